from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ctbone.evaluation import Case
from ctbone.evaluation.measures.comparison import compare
from ctbone.records import BoneCategory
from tests.evaluation.conftest import make_reference, make_result

TARGET = BoneCategory.OSTEOPOROSIS


def cohort(n, noise, seed):
    rng = np.random.default_rng(seed)
    truth = np.random.default_rng(0).normal(100, 35, n).clip(20, 220)
    measured = truth + rng.normal(0, noise, n)
    return [
        Case(reference=make_reference(i, float(t)), result=make_result(i, float(m)))
        for i, (t, m) in enumerate(zip(truth, measured, strict=True))
    ]


def test_a_better_test_is_better():
    found = compare(cohort(300, 4, 1), cohort(300, 30, 2))
    assert found.patients == 300
    told = found.targets[TARGET]
    assert told.sensitivity.difference.lower > 0
    assert told.sensitivity.p_mid < 0.01
    assert told.auc.difference.lower > 0
    assert told.auc.p_value < 0.01
    assert found.targets[BoneCategory.OSTEOPENIA].auc is None
    assert "No area is compared" in found.targets[BoneCategory.OSTEOPENIA].notes[0]


def test_the_four_cells_count_everybody_of_a_side():
    found = compare(cohort(80, 10, 1), cohort(80, 10, 2))
    diseased = sum(c.reference.category is TARGET for c in cohort(80, 10, 1))
    told = found.targets[TARGET]
    for shares, count in ((told.sensitivity, diseased), (told.specificity, 80 - diseased)):
        cells = (shares.both_right, shares.first_only, shares.second_only, shares.both_wrong)
        assert sum(cells) == count


def test_order_and_strangers_play_no_part():
    first, second = cohort(60, 5, 1), cohort(60, 15, 2)
    expected = compare(first, second).targets
    found = compare(first[::-1], second)
    assert found.targets[TARGET].sensitivity == expected[TARGET].sensitivity
    assert found.targets[TARGET].auc.p_value == pytest.approx(expected[TARGET].auc.p_value)
    fewer = compare(first[:50], second[10:])
    assert (fewer.patients, fewer.only_first, fewer.only_second) == (40, 10, 10)


def test_patients_without_a_result_are_counted():
    first, second = cohort(20, 5, 1), cohort(20, 5, 2)
    first[0] = Case(reference=first[0].reference, result=make_result(0, None))
    second[1] = Case(reference=second[1].reference, result=make_result(1, None))
    found = compare(first, second)
    assert (found.patients, found.nonevaluable_first, found.nonevaluable_second) == (18, 1, 1)


def test_what_cannot_be_compared_is_refused():
    first = cohort(5, 1, 1)
    with pytest.raises(ValueError, match="expected each patient once, got 6 cases of 5"):
        compare([*first, first[0]], first)
    with pytest.raises(ValueError, match="expected patients with results of both"):
        compare(first[:2], first[3:])
    other = Case(
        reference=make_reference(0, 250 - first[0].reference.bmd_mg_cm3), result=first[0].result
    )
    with pytest.raises(ValueError, match="one reference category a patient, found two in 1 of 5"):
        compare(first, [other, *first[1:]])


def test_patients_whom_a_test_does_not_mention_are_not_compared():
    ours, theirs = cohort(80, 10, 1), cohort(80, 10, 2)
    missed = [
        replace(case, result=make_result(i, None), is_listed=False) if i < 20 else case
        for i, case in enumerate(theirs)
    ]
    found = compare(ours, missed)
    assert (found.patients, found.only_first, found.nonevaluable_second) == (60, 20, 0)
