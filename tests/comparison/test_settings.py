from dataclasses import replace

import pytest
import yaml

from ctbone.cli import _configuration
from ctbone.comparison import Arm, read_plan
from ctbone.comparison.command import choose, plan_path
from ctbone.comparison.plan import About
from ctbone.comparison.settings import lay_over, require_alike, settle
from ctbone.interchange.tables import COVARIATES
from ctbone.presets import read_presets
from ctbone.training import train


def test_an_option_is_laid_over_without_touching_its_neighbours():
    base = {"head": {"network": {"width": 1.0, "task": "bmd"}}, "seed": 1}
    found = lay_over(base, "head.network.width", 0.25)
    assert found == {"head": {"network": {"width": 0.25, "task": "bmd"}}, "seed": 1}
    assert base["head"]["network"]["width"] == 1.0
    assert lay_over({}, "fit.epochs", 2) == {"fit": {"epochs": 2}}
    with pytest.raises(ValueError, match=r"seed holds no options, so that seed.x cannot be set"):
        lay_over(base, "seed.x", 1)


def test_the_budget_is_that_of_all_and_an_arm_wins_over_the_plan(plan_file):
    plan = read_plan(plan_file)
    arms = {"a": Arm(preset="wu2025", options={"head.network.width": 0.5})}
    found = settle(replace(plan, arms=arms, questions=()), "a")
    assert found.training["head"]["network"]["width"] == 0.5
    assert found.training["fit"]["epochs"] == 1
    assert found.training["fit"]["batch_size"] == 4
    assert found.levels == ("L1", "L2")


@pytest.mark.parametrize(
    ("preset", "reference"), [("wu2025", "QCT"), ("huang2025", "DXA"), ("dzierzak2022", "QCT")]
)
def test_a_preset_learns_from_its_own_reference(plan_file, preset, reference):
    plan = replace(read_plan(plan_file), arms={"a": Arm(preset=preset)}, questions=())
    assert settle(plan, "a").reference == reference


def test_an_arm_can_be_a_file_beside_the_plan(plan_file):
    (plan_file.parent / "own.yaml").write_text("head: {levels: [T12]}\n", encoding="utf-8")
    plan = replace(read_plan(plan_file), arms={"a": Arm(configuration="own.yaml")}, questions=())
    found = settle(plan, "a")
    assert (found.levels, found.reference, found.preset) == (("T12",), "QCT", "")


def test_a_preset_that_there_is_not_is_refused(plan_file):
    plan = replace(read_plan(plan_file), arms={"a": Arm(preset="nobody")}, questions=())
    with pytest.raises(ValueError, match="no preset 'nobody'; choose one of"):
        settle(plan, "a")


def test_two_arms_differ_in_what_the_question_says_alone(plan_file):
    plan = read_plan(plan_file)
    a, b = (settle(plan, name) for name in "ab")
    question = plan.questions[0]
    require_alike(question, a, b)
    other = replace(b, training=lay_over(b.training, "head.input.window_hu", "soft"))
    with pytest.raises(ValueError, match=r"differ in head.input.window_hu too"):
        require_alike(question, a, other)
    with pytest.raises(ValueError, match="a and a, about backbone, are the same"):
        require_alike(question, a, a)
    with pytest.raises(ValueError, match="differ in reference too"):
        require_alike(question, a, replace(b, reference="DXA"))


def test_questions_are_those_of_the_review():
    assert set(About.__args__) == set(COVARIATES)
    asked = {question.about for question in read_plan(plan_path("review")).questions}
    assert asked == set(COVARIATES)


def test_the_review_plan_has_every_preset():
    arms = read_plan(plan_path("review")).arms
    assert {p.id for p in read_presets()} <= {arm.preset for arm in arms.values()}


@pytest.mark.parametrize("name", ["review", "trial", "quick"])
def test_every_arm_that_ships_is_a_configuration_of_train(name, tmp_path):
    for settings in choose(read_plan(plan_path(name)), ()):
        path = tmp_path / f"{settings.name}.yaml"
        path.write_text(yaml.safe_dump(dict(settings.training)), encoding="utf-8")
        given = ["--head.export", "e", "--head.cohort", "c", "--out", "o", "--config", str(path)]
        parsed = _configuration("train", train, given)
        assert parsed.head.levels == settings.levels


def test_quick_has_four_presets_of_four_kinds():
    chosen = choose(read_plan(plan_path("quick")), ())
    heads = [settings.training["head"] for settings in chosen]
    kinds = {(h["network"]["dimensions"], h["network"]["task"], h["input"]["unit"]) for h in heads}
    assert len(kinds) == len(chosen) == 4
    assert {settings.reference for settings in chosen} == {"QCT", "DXA"}
