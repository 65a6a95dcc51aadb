from __future__ import annotations

import numpy as np
import pytest

from ctbone.evaluation.measures.decision_curve import decision_curve

from .test_probabilities import simulated


def test_net_benefit_is_that_of_its_definition():
    p, truth = simulated(300)
    found = decision_curve(p, truth, thresholds=(0.1, 0.25, 0.5))
    for point in found.points:
        positive, t = p >= point.threshold, point.threshold
        hits, alarms = (positive & truth).sum(), (positive & ~truth).sum()
        assert point.net_benefit.estimate == pytest.approx((hits - alarms * t / (1 - t)) / 300)
        share = truth.mean()
        assert point.treat_all == pytest.approx(share - (1 - share) * t / (1 - t))


def test_acting_on_everybody_is_worth_nothing_at_the_prevalence():
    _, truth = simulated(200)
    (point,) = decision_curve(np.ones(200), truth, thresholds=(float(truth.mean()),)).points
    assert point.treat_all == pytest.approx(0.0, abs=1e-12)
    assert point.net_benefit.estimate == pytest.approx(point.treat_all, abs=1e-12)


def test_the_interval_is_as_wide_as_resampling_makes_it():
    p, truth = simulated(400)
    rng, t = np.random.default_rng(1), 0.3
    rows = rng.integers(400, size=(4000, 400))
    worth = np.where(truth, 1.0, -t / (1 - t)) * (p >= t)
    low, high = np.quantile(worth[rows].mean(1), [0.025, 0.975])
    (point,) = decision_curve(p, truth, thresholds=(t,)).points
    assert (point.net_benefit.lower, point.net_benefit.upper) == pytest.approx(
        (low, high), abs=0.005
    )


def test_what_is_no_threshold_and_who_is_nobody():
    p, truth = simulated(10)
    with pytest.raises(ValueError, match="thresholds must lie between 0 and 1"):
        decision_curve(p, truth, thresholds=(0.5, 1.0))
    assert decision_curve(p[:1], truth[:1]) is None


def test_a_patient_at_the_threshold_is_treated():
    (point,) = decision_curve(
        np.asarray([0.2, 0.1]), np.asarray([True, False]), thresholds=(0.2,)
    ).points
    assert point.net_benefit.estimate == 0.5
