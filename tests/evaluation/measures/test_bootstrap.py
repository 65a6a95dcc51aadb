from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap as scipy_bootstrap
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from ctbone.evaluation.measures.bootstrap import _areas, _bca_tails, _one_out, bootstrap_auc
from ctbone.evaluation.measures.roc import Scores, delong


def simulated(patients, studies, *, seed=1, apart=1.0, ties=False):
    """Studies of patients; the score of a patient is shared by its studies, up to noise."""
    rng = np.random.default_rng(seed)
    whose = np.repeat(np.arange(patients), studies)
    truth = (np.arange(patients) % 3 == 0)[whose]
    values = rng.normal(0, 1, patients)[whose] + apart * truth + rng.normal(0, 0.3, len(whose))
    values = np.round(values) if ties else values
    return Scores(values=values, is_diseased=truth, name="s", patients=whose)


@pytest.mark.parametrize("ties", [False, True])
def test_weighted_areas_are_those_of_scikit_learn(ties):
    found = simulated(40, 2, ties=ties)
    weights = np.random.default_rng(0).integers(0, 4, (20, 40)).astype(float)
    areas = _areas(found, found.patients, weights)
    for area, weight in zip(areas, weights, strict=True):
        shared = weight[found.patients]
        expected = roc_auc_score(found.is_diseased, found.values, sample_weight=shared)
        assert area == pytest.approx(expected)


def test_leaving_out_leaves_out_each_once():
    (weights,) = _one_out(7)
    assert np.array_equal(weights, 1.0 - np.eye(7))


def test_limits_are_those_of_scipy():
    found = simulated(80, 1, apart=1.5)

    def area(index):
        truth, values = found.is_diseased[index], found.values[index]
        return (values[truth][:, None] > values[~truth]).mean()

    indices = (np.arange(80),)
    for method, name in (("percentile", "percentile"), ("BCa", "bca")):
        expected = scipy_bootstrap(
            indices, area, method=method, vectorized=False, n_resamples=1500, rng=3
        ).confidence_interval
        ours = getattr(bootstrap_auc(found), name)
        # Two sets of resamples differ by the noise of a percentile.
        assert (ours.lower, ours.upper) == pytest.approx(tuple(expected), abs=0.012)


def test_one_study_a_patient_comes_near_delong():
    found = simulated(400, 1)
    ours, theirs = bootstrap_auc(found).percentile, delong(found)
    assert ours.estimate == pytest.approx(theirs.estimate)
    assert (ours.lower, ours.upper) == pytest.approx((theirs.lower, theirs.upper), abs=0.01)


def test_further_studies_of_a_patient_add_little():
    one, many = (bootstrap_auc(simulated(60, studies)).percentile for studies in (1, 10))
    naive = delong(simulated(60, 10))
    assert many.upper - many.lower > 0.75 * (one.upper - one.lower)
    assert naive.upper - naive.lower < 0.5 * (many.upper - many.lower)


def test_the_seed_decides():
    found = simulated(30, 2)
    assert bootstrap_auc(found, seed=1) == bootstrap_auc(found, seed=1)
    assert bootstrap_auc(found, seed=1) != bootstrap_auc(found, seed=2)


def test_scores_that_part_or_rest_on_one_patient_have_no_bca():
    truth = np.arange(20) < 10
    parted = bootstrap_auc(Scores(values=truth * 1.0, is_diseased=truth, name="s"))
    assert parted.percentile.lower == parted.percentile.upper == 1.0
    assert parted.bca is None
    lonely = Scores(values=np.arange(20.0) % 7, is_diseased=np.arange(20) == 4, name="s")
    found = bootstrap_auc(lonely, resamples=500)
    assert found.bca is None
    # A patient of 20 is missing from 36 % of resamples.
    assert 270 < found.resamples < 370
    assert bootstrap_auc(lonely, resamples=0) is None


def test_limits_of_clusters_cover_the_truth():
    rng, held = np.random.default_rng(9), 0
    for _ in range(300):
        whose = np.repeat(np.arange(60), 3)
        truth = (np.arange(60) < 25)[whose]
        values = rng.normal(0, 1, 60)[whose] + 1.2 * truth + rng.normal(0, 0.5, 180)
        found = Scores(values=values, is_diseased=truth, name="s", patients=whose)
        interval = bootstrap_auc(found, resamples=600).percentile
        # Normal scores with variance 1.25: the area is Phi(1.2 / sqrt(2.5)).
        held += interval.lower <= 0.77610 <= interval.upper
    assert held / 300 == pytest.approx(0.95, abs=0.035)


def test_tails_are_corrected_as_efron_says():
    drawn, tails = np.arange(1000.0), np.asarray([0.025, 0.975])
    # Three in ten lie below: z0 = -0.5244, and Phi(2 z0 -+ 1.96) without skewness.
    level = _bca_tails(drawn, 299.5, np.asarray([-1.0, 0.0, 1.0]), tails)
    assert level == pytest.approx(norm.cdf([-1.048801 - 1.959964, -1.048801 + 1.959964]), abs=1e-6)
    # Left-out areas of 0, 0 and -3: deviations -1, -1 and 2, so that a = 6 / (6 x 6^1.5).
    skewed = _bca_tails(drawn, 499.5, np.asarray([0.0, 0.0, -3.0]), tails)
    a, z = 1 / 6**1.5, np.asarray([-1.959964, 1.959964])
    assert skewed == pytest.approx(norm.cdf(z / (1 - a * z)), abs=1e-6)
