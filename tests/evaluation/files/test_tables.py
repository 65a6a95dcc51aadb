from __future__ import annotations

import csv

import pytest

from ctbone.evaluation import one_vs_rest, tabulate
from ctbone.evaluation.assessment import AssessmentOptions, assess
from ctbone.evaluation.files.accuracy_tables import write_accuracy
from ctbone.evaluation.files.comparison_table import write_comparison
from ctbone.evaluation.files.tables import (
    write_agreement,
    write_calibration,
    write_cutoffs,
    write_decision_curve,
    write_reference_change,
    write_thresholds,
)
from ctbone.evaluation.measures.comparison import compare
from ctbone.evaluation.measures.thresholds import choose_threshold, report_threshold
from ctbone.records import BoneCategory
from ctbone.rules import shipped_rule
from tests.evaluation.measures.test_thresholds import simulated
from tests.evaluation.test_assessment import with_probabilities

TARGET = BoneCategory.OSTEOPOROSIS


@pytest.fixture(scope="module")
def cases():
    return with_probabilities(simulated(90, 4))


@pytest.fixture(scope="module")
def found(cases):
    return assess("all", cases, options=AssessmentOptions(rule=shipped_rule("acr_qct")))


def rows(write, path, *what, **chosen):
    with write(path / "x.csv", *what, confidence=0.95).open(newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    return [row for row in table if all(row[name] == value for name, value in chosen.items())]


def test_accuracy_has_a_row_a_quantity(found, tmp_path):
    table = rows(write_accuracy, tmp_path, [found], target="osteoporosis")
    by_name = {row["quantity"]: row for row in table}
    assert len(by_name) == len(table)
    told = found.targets[TARGET]
    assert float(by_name["youden"]["estimate"]) == told.accuracy.youden.estimate
    assert float(by_name["auc_bootstrap"]["upper"]) == told.bootstrap.percentile.upper
    assert float(by_name["ppv_at_prevalence_0.2"]["lower"]) == told.predictive[1].ppv.lower
    assert "sensitivity_intention_to_diagnose" in by_name
    assert by_name["calibration_slope"]["estimate"]
    assert all(row["estimate"] or row["note"] for row in table)


def test_what_is_missing_is_said_in_every_row(tmp_path):
    bare = assess("all", simulated(12, 1)[:2])
    table = rows(write_accuracy, tmp_path, [bare])
    assert all(row["estimate"] or row["note"] for row in table)
    table = rows(write_agreement, tmp_path, [bare])
    assert all(row["estimate"] or row["note"] for row in table)


def test_agreement_has_categories_and_densities(found, tmp_path):
    table = {row["quantity"]: row for row in rows(write_agreement, tmp_path, [found])}
    assert float(table["upper_limit"]["lower"]) == found.density.upper_limit.lower
    assert table["upper_limit"]["unit"] == "mg/cm3"
    assert (
        float(table["calibration_slope"]["estimate"]) == found.density.calibration.slope.estimate
    )
    assert float(table["quadratic_kappa"]["estimate"]) == found.agreement.quadratic_kappa.estimate
    assert table["least_significant_change"]["note"].startswith("No patient has two")


def test_bins_hold_everybody(found, tmp_path):
    table = rows(write_calibration, tmp_path, [found], target="normal")
    assert sum(int(row["n"]) for row in table) == 90


def test_net_benefit_at_every_threshold(found, tmp_path):
    table = rows(write_decision_curve, tmp_path, [found], target="osteoporosis")
    assert len(table) == 30
    assert {row["treat_none"] for row in table} == {"0.0"}


def test_the_cut_off_of_the_rule_is_marked(cases, found, tmp_path):
    (own,) = rows(write_cutoffs, tmp_path, [found], target="osteoporosis", is_of_rule="true")
    expected = one_vs_rest(tabulate(cases), TARGET)
    assert (own["cut_off"], own["positive"]) == ("80.0", "below")
    assert (int(own["tp"]), int(own["fn"])) == (expected.true_positives, expected.false_negatives)


def test_every_rule_of_the_reference_has_its_tables(found, tmp_path):
    table = rows(write_reference_change, tmp_path, [found])
    assert len(table) == 6 * 3
    assert {int(r["tp"]) + int(r["fp"]) + int(r["fn"]) + int(r["tn"]) for r in table} == {90}
    assert {row["unit"] for row in table} == {"mg/cm3"}


def test_thresholds_stand_with_what_they_rest_on(cases, tmp_path):
    threshold = choose_threshold(cases, TARGET, sensitivity=0.95)
    report = report_threshold(threshold, with_probabilities(simulated(50, 9, start=900)))
    (row,) = rows(write_thresholds, tmp_path, [("external_test", report)])
    assert int(row["validation_diseased"]) == threshold.table.diseased
    assert row["positive"] == "at or above"
    assert sum(int(row[cell]) for cell in ("tp", "fp", "fn", "tn")) == 50


def test_a_comparison_has_a_row_a_target_and_quantity(cases, tmp_path):
    table = rows(write_comparison, tmp_path, compare(cases, with_probabilities(simulated(90, 4))))
    assert len(table) == 9
    assert {row["difference"] for row in table} == {"0.0"}
