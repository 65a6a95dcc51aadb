from __future__ import annotations

from dataclasses import replace

import pytest

from ctbone.evaluation import Case
from ctbone.evaluation.assessment import FLAT, AssessmentOptions, assess
from ctbone.evaluation.measures.bootstrap import bootstrap_auc
from ctbone.evaluation.measures.roc import scores
from ctbone.evaluation.scales import TARGETS
from ctbone.records import BoneCategory
from ctbone.rules import shipped_rule

from .conftest import make_reference, make_result
from .measures.test_thresholds import simulated

TARGET = BoneCategory.OSTEOPOROSIS


def with_probabilities(cases):
    def one(case):
        if not case.is_evaluable:
            return case
        low = min(max((110 - case.result.bmd_mg_cm3) / 100, 0.01), 0.9)
        changed = replace(
            case.result, p_osteoporosis=low, p_normal=(1 - low) / 2, p_osteopenia=(1 - low) / 2
        )
        return Case(reference=case.reference, result=changed)

    return [one(case) for case in cases]


def test_a_group_with_everything_has_everything():
    found = assess("all", with_probabilities(simulated(80, 1)))
    for target in TARGETS:
        told = found.targets[target]
        assert told.calibration.n == told.decision_curve.n == 80
        assert told.bootstrap.percentile.estimate == pytest.approx(told.auc.estimate)
        assert [values.prevalence for values in told.predictive] == [0.1, 0.2, 0.3]
    assert found.brier.estimate > 0
    assert found.kappa == found.agreement.linear_kappa
    assert found.precision is None


def test_a_group_with_densities_alone_says_what_it_lacks():
    found = assess(
        "all", simulated(80, 1), options=AssessmentOptions(rule=shipped_rule("acr_qct"))
    )
    told = found.targets[TARGET]
    assert (told.calibration, told.decision_curve, found.brier) == (None, None, None)
    assert told.indeterminate is None
    assert told.cutoffs.rule == "acr_qct"
    assert found.targets[BoneCategory.OSTEOPENIA].auc_note.startswith("No score covers")


def test_further_studies_widen_the_bootstrap_and_give_precision():
    cases = simulated(40, 1)
    again = [
        Case(
            reference=make_reference(
                1000 + i, case.reference.bmd_mg_cm3, patient_id=case.reference.patient_id
            ),
            result=make_result(1000 + i, case.result.bmd_mg_cm3 + 2.0),
        )
        for i, case in enumerate(cases)
    ]
    found = assess("all", cases, studies=[*cases, *again])
    told = found.targets[TARGET].bootstrap
    assert (told.patients, told.studies) == (40, 80)
    assert found.precision.rms_sd.estimate == pytest.approx(2**0.5)
    assert found.targets[TARGET].table == assess("all", cases).targets[TARGET].table


def test_precision_asks_for_no_reference():
    cases = simulated(40, 1)
    again = [
        Case(
            reference=make_reference(1000 + i, None, patient_id=case.reference.patient_id),
            result=make_result(1000 + i, case.result.bmd_mg_cm3 + 2.0),
        )
        for i, case in enumerate(cases)
    ]
    assert {case.reference.category for case in again} == {None}
    found = assess("all", cases, studies=[*cases, *again])
    assert (found.precision.patients, found.precision.studies) == (40, 80)
    assert found.precision.rms_sd.estimate == pytest.approx(2**0.5)
    assert found.targets[TARGET].bootstrap == assess("all", cases).targets[TARGET].bootstrap


def test_a_score_that_tells_nobody_apart_has_no_area():
    flat = [
        Case(reference=c.reference, result=replace(c.result, p_osteoporosis=0.5))
        for c in simulated(30, 1)
    ]
    told = assess("all", flat).targets[TARGET]
    assert (told.auc, told.bootstrap, told.auc_note) == (None, None, FLAT)
    assert told.score == "p_osteoporosis"


def test_options_reach_what_they_are_for():
    cases = simulated(60, 2)
    options = AssessmentOptions(
        interval="exact",
        prevalences=(0.05,),
        resamples=0,
        rule=shipped_rule("east_asian_qct"),
        reference_rules=(shipped_rule("acr_qct"),),
    )
    found, usual = assess("all", cases, options=options), assess("all", cases)
    told = found.targets[TARGET]
    wide, narrow = told.accuracy.sensitivity, usual.targets[TARGET].accuracy.sensitivity
    assert wide.upper - wide.lower > narrow.upper - narrow.lower
    assert told.intention.accuracy.sensitivity == wide
    assert [values.prevalence for values in told.predictive] == [0.05]
    assert told.bootstrap is None
    assert told.cutoffs.rule_cut_off == 50.0
    assert len(found.reference_changes) == 1


def test_confidence_reaches_every_interval():
    cases = with_probabilities(simulated(60, 2))
    wide, narrow = assess("all", cases, confidence=0.99), assess("all", cases, confidence=0.8)
    pairs = [
        (wide.brier, narrow.brier),
        (wide.kappa, narrow.kappa),
        (wide.density.bias, narrow.density.bias),
        (wide.density.upper_limit, narrow.density.upper_limit),
        (wide.density.icc, narrow.density.icc),
    ]
    for name in ("bootstrap.percentile", "calibration.slope", "accuracy.f1", "auc"):
        holder, _, inner = name.partition(".")
        sides = [getattr(g.targets[TARGET], holder) for g in (wide, narrow)]
        pairs.append(tuple(getattr(s, inner) if inner else s for s in sides))
    for outer, inner in pairs:
        assert outer.upper - outer.lower > inner.upper - inner.lower


def test_the_bootstrap_is_that_of_all_studies():
    cases = simulated(50, 3)
    expected = bootstrap_auc(scores(cases, TARGET))
    assert assess("all", cases).targets[TARGET].bootstrap == expected
