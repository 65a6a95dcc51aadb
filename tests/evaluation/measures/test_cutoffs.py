from __future__ import annotations

from dataclasses import replace

import pytest

from ctbone.evaluation import Case, one_vs_rest, tabulate
from ctbone.evaluation.measures.cutoffs import sweep_cutoffs
from ctbone.records import BoneCategory
from ctbone.rules import shipped_rule

from .test_thresholds import cohort, simulated

ACR = shipped_rule("acr_qct")


@pytest.mark.parametrize("target", [BoneCategory.OSTEOPOROSIS, BoneCategory.NORMAL])
def test_the_rules_own_cut_off_gives_the_ordinary_table(target):
    cases = simulated(120, 3)
    found = sweep_cutoffs(cases, target, rule=ACR)
    assert (found.rule, found.quantity) == ("acr_qct", "bmd_mg_cm3")
    (own,) = (row for row in found.rows if row.cut_off == found.rule_cut_off)
    assert own.table == one_vs_rest(tabulate(cases), target)
    assert len(found.rows) == 25


def test_a_value_at_the_cut_off_falls_as_the_rule_says():
    # 80 is osteopenia by the ACR, whatever the cut-off is moved to.
    cases = cohort([(60, 80), (60, 70), (150, 130)])
    found = sweep_cutoffs(cases, BoneCategory.OSTEOPOROSIS, rule=ACR)
    rows = {row.cut_off: row.table for row in found.rows}
    assert [rows[c].true_positives for c in (70.0, 72.5, 80.0, 82.5)] == [0, 1, 1, 2]


def test_sensitivity_only_rises_with_the_cut_off():
    rows = sweep_cutoffs(simulated(200, 5), BoneCategory.OSTEOPOROSIS, rule=ACR).rows
    found = [row.sensitivity.estimate for row in rows]
    lost = [row.specificity.estimate for row in rows]
    assert found == sorted(found)
    assert lost == sorted(lost, reverse=True)
    assert found[0] < found[-1]


def test_probabilities_are_cut_without_a_rule():
    cases = [
        Case(
            reference=case.reference,
            result=replace(case.result, quantity="probabilities", p_osteoporosis=p),
        )
        for case, p in zip(cohort([(60, 60), (60, 60), (150, 60)]), (0.9, 0.4, 0.6), strict=True)
    ]
    found = sweep_cutoffs(cases, BoneCategory.OSTEOPOROSIS)
    assert (found.rule_cut_off, found.rule, found.is_above) == (None, "", True)
    rows = {row.cut_off: row.table for row in found.rows}
    assert (rows[0.4].true_positives, rows[0.45].true_positives) == (2, 1)
    assert sweep_cutoffs(cases, BoneCategory.NORMAL) is None


def test_the_cut_offs_lie_about_those_of_the_rule_that_is_given():
    cases = simulated(60, 1)
    assert sweep_cutoffs(cases, BoneCategory.OSTEOPOROSIS) is None
    given = sweep_cutoffs(cases, BoneCategory.OSTEOPOROSIS, rule=shipped_rule("east_asian_qct"))
    assert (given.rule, given.rule_cut_off) == ("east_asian_qct", 50.0)
    assert sweep_cutoffs(cases, BoneCategory.NORMAL, rule=shipped_rule("hu_l1")) is None


def test_osteopenia_has_no_one_cut_off():
    assert sweep_cutoffs(simulated(60, 1), BoneCategory.OSTEOPENIA, rule=ACR) is None
