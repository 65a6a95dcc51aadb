import pytest

from ctbone.comparison import Arm, Question, read_plan
from ctbone.comparison.command import choose, plan_path
from tests.comparison.conftest import PLAN


def test_a_plan_is_read(plan_file):
    plan = read_plan(plan_file)
    assert (plan.title, plan.budget.epochs, plan.simulation.patients) == ("Small", 1, 6)
    assert plan.arms["b"] == Arm(preset="fangy2021", options={"head.network.backbone": "resnet18"})
    assert plan.questions[0].differs == ("head.network.backbone",)
    assert plan.folder == plan_file.parent


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: Small\n", "", "plan.yaml: expected the keys .*'title'"),
        ("epochs: 1", "epochs: 0", "plan.yaml, budget: epochs must be positive, got 0"),
        ("epochs: 1", "passes: 1", r"plan.yaml, budget holds unknown keys \['passes'\]"),
        ("patients: 6", "patients: 0", "plan.yaml, simulation: patients must be positive"),
        ("a: {preset: fangy2021}", "a: {}", "plan.yaml, arm a: expected either preset or conf"),
        ("a: {preset", "A b: {preset", "plan.yaml: names of arms must be .* got 'A b'"),
        ("a: {preset", "hu_line: {preset", "plan.yaml: names of arms .* got 'hu_line'"),
        ("second: b", "second: c", r"plan.yaml: questions name arms that the plan has not: \['c'"),
        ("head.network.width", "fit.epochs", "fit.epochs is that of the budget"),
        ("about: backbone", "about: colour", "plan.yaml, question 1: about must be one of"),
        ("differs: [head.network.backbone]", "differs: x", "question 1: differs must be a list"),
        ("first: a}", "first: a, second: b}", "question 2: expected two arms, or about valida"),
        ("options: {head.network.width: 0.25}", "options: 3", "options: expected a mapping, foun"),
    ],
)
def test_what_is_no_plan_is_refused_by_its_place(plan_file, old, new, said):
    assert old in PLAN
    plan_file.write_text(PLAN.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        read_plan(plan_file)


def test_a_question_of_two_arms_needs_the_second():
    with pytest.raises(ValueError, match="expected two arms"):
        Question(about="plane", first="a")


def test_plans_ship_by_name_and_lie_in_files(plan_file):
    assert plan_path("quick").name == "quick.yaml"
    assert plan_path(str(plan_file)) == plan_file
    with pytest.raises(ValueError, match=r"no configuration 'comparison/slow.yaml' ships"):
        plan_path("slow")
    with pytest.raises(ValueError, match="found no such file"):
        plan_path("absent.yaml")


def test_arms_are_chosen_in_the_order_of_the_plan(plan_file):
    plan = read_plan(plan_file)
    assert [one.name for one in choose(plan, ("b,a",))] == ["a", "b"]
    assert [one.name for one in choose(plan, ("b",))] == ["b"]
    with pytest.raises(ValueError, match="the plan has no arm 'c'; choose among a, b"):
        choose(plan, ("c",))
