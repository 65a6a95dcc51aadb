"""A whole evaluation of 400 simulated patients: that its files agree with each other."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict

import pytest

from ctbone.evaluation import EvaluateConfig, evaluate
from ctbone.interchange import read_tables
from tests.evaluation.simulated import write_study


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    cohort, results = write_study(folder)
    _, other = write_study(folder / "other", noise=30.0)
    evaluate(
        EvaluateConfig(
            results=results,
            cohort=cohort,
            out=folder / "out",
            figures=False,
            against=other,
            wanted_sensitivity=0.9,
            prevalence=(0.15,),
            bootstrap=50,
        )
    )
    return folder / "out"


def rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_subgroups_of_a_covariate_add_up_to_the_group(out):
    document = json.loads((out / "evaluation.json").read_text())
    found = defaultdict(Counter)
    for row in rows(out / "subgroups.csv"):
        key = row["group"], row["covariate"], row["target"]
        found[key].update(
            {n: int(row[n]) for n in ("patients", "nonevaluable", "tp", "fp", "fn", "tn")}
        )
    assert len({covariate for _, covariate, _ in found}) == 12
    for (group, covariate, target), numbers in found.items():
        whole = document["groups"][group]
        if covariate == "level":
            assert numbers["patients"] == 2 * whole["patients"]
            continue
        wanted = whole["targets"][target]
        assert {n: numbers[n] for n in ("tp", "fp", "fn", "tn")} == {
            n: wanted[n] for n in ("tp", "fp", "fn", "tn")
        }
        assert numbers["nonevaluable"] == whole["nonevaluable"]


def test_a_rejected_study_stands_with_its_scanner(out):
    vendors = [r for r in rows(out / "subgroups.csv") if r["covariate"] == "vendor"]
    lost = {r["value"]: int(r["nonevaluable"]) for r in vendors if r["group"] == "all patients"}
    # A patient whom the results do not mention was scanned by nobody knows what.
    assert set(lost) == {"Siemens", "GE", "Canon or Toshiba", "unknown"}
    assert all(count > 0 for count in lost.values())


def test_the_tables_for_pooling_count_no_patient_twice(out):
    tables = [t for t in read_tables(out / "confusion_matrices.csv") if t.target == "normal"]
    document = json.loads((out / "evaluation.json").read_text())
    total = sum(t.table.diseased + t.table.healthy + t.n_nonevaluable for t in tables)
    assert total == document["accounting"]["patients"] == document["flow"]["evaluated"]
    assert len({t.cohort for t in tables}) == len(tables) == 5


def test_reasons_are_those_of_the_flow(out):
    document = json.loads((out / "evaluation.json").read_text())
    reasons = [r for r in rows(out / "nonevaluable.csv") if r["group"] == "all patients"]
    order = document["flow"]["reference_order"]
    assert {r["reason"]: [int(r[n]) for n in order] for r in reasons} == (
        document["flow"]["nonevaluable"]
    )
    assert (
        sum(int(r["total"]) for r in reasons)
        == (document["groups"]["all patients"]["nonevaluable"])
    )


def test_warnings_are_the_same_everywhere(out):
    document = json.loads((out / "evaluation.json").read_text())
    record = json.loads((out / "run.json").read_text())
    assert [w["sentence"] for w in document["warnings"]] == record["warnings"]
    assert [(r["code"], int(r["count"])) for r in rows(out / "warnings.csv")] == [
        (w["code"], w["count"]) for w in document["warnings"]
    ]


def test_checklists_are_counted_as_they_are_written(out):
    document = json.loads((out / "evaluation.json").read_text())
    found = defaultdict(Counter)
    for row in rows(out / "checklist.csv"):
        found[row["checklist"]][row["state"]] += 1
    for name, states in document["checklists"].items():
        assert {s: n for s, n in states.items() if n} == found[name]
    assert "to be answered by the authors" in (out / "checklist.md").read_text()


def test_every_patient_counts_by_intention_to_diagnose(out):
    document = json.loads((out / "evaluation.json").read_text())
    for row in rows(out / "intention_to_diagnose.csv"):
        if row["group"] in ("all patients", "external_test"):
            whole = document["groups"][row["group"]]
            counts = [int(row[name]) for name in ("tp", "fp", "fn", "tn")]
            assert sum(counts) == whole["patients"]
            ordinary = whole["targets"][row["target"]]
            assert counts[0] == ordinary["tp"]
            assert counts[3] == ordinary["tn"]
            lost = int(row["nonevaluable_diseased"]) + int(row["nonevaluable_healthy"])
            assert lost == whole["nonevaluable"]
            assert float(row["sensitivity"]) <= ordinary["sensitivity"]["estimate"]


def test_a_threshold_is_of_other_patients_than_its_report(out):
    document = json.loads((out / "evaluation.json").read_text())
    found = rows(out / "thresholds.csv")
    assert [row["group"] for row in found] == [
        "all patients",
        "internal_test",
        "temporal_test",
        "external_test",
    ]
    assert {row["wanted_sensitivity"] for row in found} == {"0.9"}
    reached = int(found[0]["validation_tp"]) / int(found[0]["validation_diseased"])
    assert 0.9 <= reached <= 1.0
    assert "validation split" in document["facts"]["threshold"]
    assert [t["group"] for t in document["thresholds"]] == [row["group"] for row in found]


def test_a_better_test_is_told_from_a_worse_one(out):
    document = json.loads((out / "evaluation.json").read_text())
    found = document["comparison"]["targets"]["osteoporosis"]["auc"]
    assert found["first"]["estimate"] > found["second"]["estimate"]
    assert {row["target"] for row in rows(out / "comparison.csv")} == {
        "osteoporosis",
        "osteopenia",
        "normal",
    }


def test_prevalences_are_those_asked_for(out):
    names = {row["quantity"] for row in rows(out / "accuracy.csv")}
    assert {name for name in names if "at_prevalence" in name} == {
        "ppv_at_prevalence_0.15",
        "npv_at_prevalence_0.15",
    }


def test_the_flow_adds_up(out):
    found = Counter()
    for row in rows(out / "flow.csv"):
        found[row["step"]] += int(row["count"])
    results = found["result of the index test"] + found["no result of the index test"]
    assert found["evaluated"] == results
    assert found["patients"] == results + found["without a reference category"]
