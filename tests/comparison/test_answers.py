"""Questions answered from files, and the tables and the page that come of them."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from ctbone.comparison import answers, read_plan
from ctbone.comparison.answers import against_baselines, answer_all, splits_of
from ctbone.comparison.arms import Outcome
from ctbone.comparison.page import write_page
from ctbone.comparison.plan import Question
from ctbone.comparison.settings import settle
from ctbone.comparison.tables import accuracy_rows, question_rows, write_tables
from ctbone.evaluation import EvaluateConfig, evaluate
from tests.comparison.conftest import reference

QUIET = {"bootstrap": 0, "figures": False, "page": False}


@pytest.fixture
def outcomes(plan_file, material, screened, tmp_path):
    """A good arm, a poor one, and the line between them."""
    plan = read_plan(plan_file)
    found = {}
    for name, sd in (("a", 2.0), ("b", 60.0), ("hu_line", 25.0)):
        results, out = screened(name, sd), tmp_path / name / "evaluation"
        evaluate(EvaluateConfig(results=results, cohort=material.cohorts["QCT"], out=out, **QUIET))
        found[name] = Outcome(
            name=name,
            results=results,
            evaluations={"QCT": out},
            training_seconds=12.0,
            settings=settle(plan, name) if name in plan.arms else None,
        )
    return found


def by(rows, **wanted):
    return [r for r in rows if all(r.get(key) == value for key, value in wanted.items())]


def test_two_arms_are_compared_on_the_same_patients(plan_file, outcomes, material):
    plan = read_plan(plan_file)
    rows = question_rows(answer_all(plan.questions, outcomes, material))
    [row] = by(rows, question="backbone", split="internal_test", measure="absolute_error")
    rng = np.random.default_rng(3)
    unit = np.abs(rng.normal(0.0, 1.0, 40))[:24]
    assert row["first_value"] == pytest.approx(2.0 * unit.mean(), abs=0.01)
    assert row["second_value"] == pytest.approx(60.0 * unit.mean(), abs=0.01)
    assert (row["n"], row["unit"]) == (24, "mg/cm3")
    assert row["upper"] < 0.0
    assert row["p_value"] < 0.001
    [row] = by(rows, question="backbone", split="external_test", measure="sensitivity",
               target="osteoporosis")  # fmt: skip
    assert (row["first_value"], row["n"]) == (1.0, 8)
    assert row["method"].startswith("paired")


def test_one_arm_is_compared_across_splits(plan_file, outcomes, material):
    rows = question_rows(answer_all(read_plan(plan_file).questions, outcomes, material))
    [row] = by(rows, question="validation", measure="sensitivity", target="osteoporosis")
    assert (row["first"], row["second"]) == ("a, internal_test", "a, external_test")
    assert (row["difference"], row["n"]) == (0.0, 20)
    assert row["method"].startswith("unpaired")


def test_every_arm_is_laid_beside_the_line(outcomes, material):
    found = against_baselines(outcomes, material)
    assert [(one.first, one.second, one.split) for one in found] == [
        (arm, "hu_line", split) for arm in "ab" for split in ("internal_test", "external_test")
    ]
    errors = {
        one.first: d.difference.estimate
        for one in found
        for d in one.differences
        if d.measure == "absolute_error"
    }
    assert errors["a"] < 0.0 < errors["b"]


def test_arms_of_two_references_are_compared_unpaired(plan_file, outcomes, material):
    both = replace(material, cohorts=dict.fromkeys(("QCT", "DXA"), material.cohorts["QCT"]))
    dxa = replace(outcomes["b"], evaluations={"DXA": outcomes["b"].evaluations["QCT"]})
    question = Question(about="reference_standard", first="a", second="b")
    found = answer_all([question], outcomes | {"b": dxa}, both)
    assert {one.reference for one in found} == {"QCT and DXA"}
    assert all(d.method.startswith("unpaired") for one in found for d in one.differences)


def test_an_arm_that_failed_leaves_its_questions_with_a_reason(plan_file, outcomes, material):
    outcomes["b"] = Outcome(name="b", reason="train: no")
    rows = question_rows(answer_all(read_plan(plan_file).questions, outcomes, material))
    [row] = by(rows, question="backbone")
    assert row["note"] == "b did not end well"
    assert not by(rows, question="backbone", measure="auc")


def test_questions_of_arms_that_were_not_run_are_not_asked(plan_file, outcomes, material):
    del outcomes["b"]
    found = answer_all(read_plan(plan_file).questions, outcomes, material)
    assert {one.about for one in found} == {"validation"}


def test_splits_are_those_of_the_cohort(material):
    assert splits_of(material) == ("internal_test", "external_test")
    assert "train" not in answers.TESTS


def test_accuracy_has_a_row_an_arm_split_and_target(outcomes, material):
    lost = Outcome(name="c", reason="train: no")
    rows = accuracy_rows([*outcomes.values(), lost], material)
    assert len(rows) == 3 * 2 * 3 + 1
    [row] = by(rows, arm="a", split="internal_test", target="osteoporosis")
    assert (row["tp"], row["tn"], row["n"], row["sensitivity"]) == (12, 12, 24, 1.0)
    assert (row["preset"], row["training_seconds"], row["unit"]) == ("fangy2021", 12.0, "mg/cm3")
    values = [reference(n) for n in range(24)]
    assert (row["n_measured"], row["interval_n"]) == (len(values), 24)
    assert row["interval_coverage"] == 1.0
    assert by(rows, arm="b", split="internal_test")[0]["interval_coverage"] < 0.4
    assert by(rows, arm="c") == [{"arm": "c", "preset": "", "note": "train: no"}]


def test_tables_and_page_are_written(plan_file, outcomes, material, tmp_path):
    plan = read_plan(plan_file)
    told = [*outcomes.values(), Outcome(name="c", reason="train: <no>")]
    found = [*answer_all(plan.questions, outcomes, material)]
    found += against_baselines(outcomes, material)
    accuracy = accuracy_rows(told, material)
    known = {"plan_sha256": "p", "simulated": True, "cohorts_sha256": {"QCT": "q"}, "pooled": "x"}
    out = tmp_path / "out"
    write_tables(out, accuracy=accuracy, questions=question_rows(found), known=known)
    with (out / "comparison.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(accuracy)
    document = json.loads((out / "comparison.json").read_text())
    assert len(document["questions"]) == len(question_rows(found))
    path = write_page(out, plan, outcomes=told, answers=found, accuracy=accuracy, known=known)
    page = path.read_text(encoding="utf-8")
    for words in (
        "Does the network beat the line?", "DenseNet or ResNet", "Internal or external patients",
        "c did not end well. train: &lt;no&gt;", "Nothing is pooled: x", "not independent",
    ):  # fmt: skip
        assert words in page
