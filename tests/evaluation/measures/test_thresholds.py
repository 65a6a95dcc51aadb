from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.evaluation import Case
from ctbone.evaluation.measures.thresholds import choose_threshold, report_threshold
from ctbone.records import BoneCategory
from tests.evaluation.conftest import make_reference, make_result

TARGET = BoneCategory.OSTEOPOROSIS


def cohort(pairs, start=0):
    return [
        Case(reference=make_reference(i, a), result=make_result(i, b))
        for i, (a, b) in enumerate(pairs, start=start)
    ]


def simulated(n, seed, start=0):
    rng = np.random.default_rng(seed)
    truth = rng.normal(95, 35, n).clip(20, 220)
    measured = np.round(truth + rng.normal(0, 15, n)).clip(1)
    return cohort([(float(t), float(m)) for t, m in zip(truth, measured, strict=True)], start)


def test_the_threshold_is_the_least_that_reaches_the_sensitivity():
    # Osteoporosis by reference: index 50, 60, 70, 90; three of four lie at or below 70.
    pairs = [(60, 50), (60, 60), (60, 70), (60, 90), (150, 65), (150, 140), (100, 75)]
    found = choose_threshold(cohort(pairs), TARGET, sensitivity=0.75)
    assert (found.quantity, found.sign, found.cut_off) == ("bmd_mg_cm3", -1.0, 70.0)
    assert (found.table.true_positives, found.table.diseased) == (3, 4)
    assert found.table.false_positives == 1
    assert found.basis == (
        "bmd_mg_cm3 at or below 70 finds 3 of 4 validation patients with osteoporosis."
    )
    assert choose_threshold(cohort(pairs), TARGET, sensitivity=0.76).cut_off == 90.0


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 500), wanted=st.floats(0.05, 1.0))
def test_no_stricter_cut_off_reaches_it(seed, wanted):
    cases = simulated(40, seed)
    found = choose_threshold(cases, TARGET, sensitivity=wanted)
    truth = np.asarray([c.reference.category is TARGET for c in cases])
    values = np.asarray([c.result.bmd_mg_cm3 for c in cases])
    reaching = [v for v in values if (values[truth] <= v).mean() >= wanted - 1e-12]
    assert found.cut_off == min(reaching)
    assert found.accuracy.sensitivity.estimate == (values[truth] <= found.cut_off).mean()


def test_probabilities_are_cut_from_above():
    cases = [
        Case(reference=c.reference, result=replace(c.result, p_osteoporosis=p))
        for c, p in zip(cohort([(60, 60), (60, 60), (150, 60)]), (0.9, 0.4, 0.6), strict=True)
    ]
    found = choose_threshold(cases, TARGET, sensitivity=1.0)
    assert (found.quantity, found.sign, found.cut_off) == ("p_osteoporosis", 1.0, 0.4)
    assert found.table.false_positives == 1


def test_the_test_patients_are_reported_and_no_other():
    validation, test = simulated(200, 1), simulated(300, 2, start=1000)
    threshold = choose_threshold(validation, TARGET, sensitivity=0.95)
    test[0] = Case(reference=test[0].reference, result=make_result(1000, None))
    found = report_threshold(threshold, test)
    assert found.table.diseased + found.table.healthy == 299
    assert found.without_value == 1
    expected = sum(
        c.reference.category is TARGET and (c.result.bmd_mg_cm3 or 999) <= threshold.cut_off
        for c in test
    )
    assert found.table.true_positives == expected


def test_a_patient_in_both_is_refused():
    validation = simulated(50, 1)
    threshold = choose_threshold(validation, TARGET, sensitivity=0.9)
    test = [*simulated(20, 2, start=1000), validation[3]]
    with pytest.raises(ValueError, match="not chosen on, found 1 patient in both") as caught:
        report_threshold(threshold, test)
    assert validation[3].reference.patient_id + " " not in str(caught.value)


@pytest.mark.parametrize("wanted", [0.0, 1.1, 95.0, float("nan")])
def test_a_sensitivity_that_is_none_is_refused(wanted):
    with pytest.raises(ValueError, match="a sensitivity must lie above 0 and up to 1"):
        choose_threshold(simulated(20, 1), TARGET, sensitivity=wanted)


def test_patients_that_nothing_can_be_chosen_on_are_refused():
    with pytest.raises(ValueError, match="validation patients with and without osteoporosis"):
        choose_threshold(cohort([(150, 140), (130, 120)]), TARGET, sensitivity=0.9)
    with pytest.raises(ValueError, match="with and without osteopenia"):
        choose_threshold(simulated(30, 1), BoneCategory.OSTEOPENIA, sensitivity=0.9)
