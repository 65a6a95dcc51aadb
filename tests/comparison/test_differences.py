import numpy as np
import pytest
from scipy.stats import fisher_exact, ttest_ind, ttest_rel

from ctbone.comparison.differences import (
    area_difference,
    mean_difference,
    paired_mean_difference,
    share_difference,
)
from ctbone.evaluation.measures.roc import Scores

RNG = np.random.default_rng(7)


# Newcombe, Stat Med 1998;17:873, table II, method 10.
@pytest.mark.parametrize(
    ("first", "second", "lower", "upper"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_shares_have_the_limits_of_newcombe(first, second, lower, upper):
    found, p_value = share_difference(first, second, confidence=0.95)
    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=6e-5)
    table = [[k, n - k] for k, n in (first, second)]
    assert p_value == pytest.approx(fisher_exact(table).pvalue)


def test_nobody_has_no_share():
    assert share_difference((0, 0), (1, 2), confidence=0.95) is None


def test_means_are_compared_as_scipy_does():
    ours, theirs = RNG.normal(5, 2, 30), RNG.normal(6, 4, 30)
    for ours_is, theirs_is in ((paired_mean_difference, ttest_rel), (mean_difference, _welch)):
        found, p_value = ours_is(ours, theirs, confidence=0.95)
        wanted = theirs_is(ours, theirs)
        limits = wanted.confidence_interval(0.95)
        assert p_value == pytest.approx(wanted.pvalue)
        assert (found.lower, found.upper) == pytest.approx((limits.low, limits.high))


def _welch(first, second):
    return ttest_ind(first, second, equal_var=False)


def test_equal_values_have_no_p():
    assert paired_mean_difference([1, 2, 3], [0, 1, 2], confidence=0.95)[1] is None
    assert mean_difference([1, 1, 1], [2, 2, 2], confidence=0.95)[1] is None
    assert paired_mean_difference([1, 2], [0, 1], confidence=0.95) is None
    assert mean_difference([1, 2], [0, 1, 3], confidence=0.95) is None


def test_areas_of_different_patients_are_compared():
    truth = np.arange(60) % 2 == 0
    good = Scores(values=truth + RNG.normal(0, 0.6, 60), is_diseased=truth, name="x")
    poor = Scores(values=truth + RNG.normal(0, 3.0, 60), is_diseased=truth, name="x")
    ours, theirs, difference, p_value = area_difference(good, poor, confidence=0.95)
    assert difference.estimate == pytest.approx(ours - theirs)
    brute = [
        np.mean([a > b for a in s.values[truth] for b in s.values[~truth]]) for s in (good, poor)
    ]
    assert (ours, theirs) == pytest.approx(brute)
    assert p_value < 0.05
    assert area_difference(good, good, confidence=0.95)[3] == pytest.approx(1.0)
    few = Scores(values=np.arange(4.0), is_diseased=np.arange(4) > 1, name="x")
    assert area_difference(good, few, confidence=0.95) is None
