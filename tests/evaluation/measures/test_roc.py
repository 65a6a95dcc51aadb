from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.evaluation import Case
from ctbone.evaluation.measures.roc import Scores, delong, placements, roc_curve, scores
from ctbone.records import BoneCategory


def brute_force(found):
    """DeLong's structural components, pair by pair."""
    x, y = found.values[found.is_diseased], found.values[~found.is_diseased]
    won = (x[:, None] > y[None, :]) + 0.5 * (x[:, None] == y[None, :])
    variance = won.mean(1).var(ddof=1) / len(x) + won.mean(0).var(ddof=1) / len(y)
    return won.mean(), np.sqrt(variance)


sides = st.lists(st.integers(0, 12), min_size=2, max_size=20)


@settings(deadline=None)
@given(diseased=sides, healthy=sides)
def test_delong_is_that_of_all_pairs(diseased, healthy):
    truth = np.asarray([True] * len(diseased) + [False] * len(healthy))
    found = Scores(values=np.asarray(diseased + healthy, float), is_diseased=truth, name="s")
    auc, se = brute_force(found)
    interval = delong(found)
    assert interval.estimate == pytest.approx(auc)
    assert interval.lower == pytest.approx(max(auc - 1.959963984540054 * se, 0.0), abs=1e-12)
    for side in placements(found):
        assert side.mean() == pytest.approx(auc)
    # The area under the curve that is drawn is the one that is printed.
    assert np.trapezoid(*roc_curve(found)[::-1]) == pytest.approx(auc)


def test_one_patient_a_side_leaves_everything_open():
    truth = np.asarray([True, False, False])
    found = delong(Scores(values=np.asarray([3.0, 1.0, 2.0]), is_diseased=truth, name="s"))
    assert (found.estimate, found.lower, found.upper) == (1.0, 0.0, 1.0)


def test_density_scores_both_ends_and_not_the_middle(cases):
    assert scores(cases, BoneCategory.OSTEOPOROSIS).name == "minus bmd_mg_cm3"
    assert scores(cases, BoneCategory.NORMAL).name == "bmd_mg_cm3"
    assert scores(cases, BoneCategory.OSTEOPENIA) is None


def test_probabilities_come_first_where_everybody_has_them(cases):
    def with_probability(case):
        return Case(reference=case.reference, result=replace(case.result, p_osteoporosis=0.5))

    everybody = [with_probability(case) for case in cases]
    assert scores(everybody, BoneCategory.OSTEOPOROSIS).name == "p_osteoporosis"
    some = [with_probability(cases[0]), *cases[1:]]
    assert scores(some, BoneCategory.OSTEOPOROSIS).name == "minus bmd_mg_cm3"


def test_studies_keep_whose_they_are(cases):
    again = Case(reference=replace(cases[4].reference, study_uid="2.4"), result=cases[4].result)
    found = scores([*cases, again], BoneCategory.OSTEOPOROSIS)
    assert found.patients[4] == found.patients[-1]
    assert len(set(found.patients)) == len(found.patients) - 1


def test_scores_need_both_sides():
    with pytest.raises(ValueError, match="one side is empty"):
        Scores(values=np.ones(3), is_diseased=np.ones(3, bool), name="s")
