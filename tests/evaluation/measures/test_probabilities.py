from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from ctbone.evaluation import Case
from ctbone.evaluation.measures.probabilities import (
    calibration,
    multiclass_brier,
    target_probabilities,
)
from ctbone.records import BoneCategory


def simulated(n, seed=1, sharpen=1.0):
    """True probabilities, made too sure by ``sharpen``."""
    rng = np.random.default_rng(seed)
    p = rng.beta(1, 2, n)
    truth = rng.random(n) < p
    odds = (p / (1 - p)) ** sharpen
    return odds / (1 + odds), truth


def test_brier_and_bins_are_those_of_scikit_learn():
    p, truth = simulated(500)
    found = calibration(p, truth, bins=8)
    assert found.brier.estimate == pytest.approx(brier_score_loss(truth, p))
    observed, predicted = calibration_curve(truth, p, n_bins=8)
    assert [b.observed.estimate for b in found.bins] == pytest.approx(list(observed))
    assert [b.predicted for b in found.bins] == pytest.approx(list(predicted))
    weights = [b.n / 500 for b in found.bins]
    expected = np.abs(observed - predicted) @ weights
    assert found.expected_error == pytest.approx(expected)
    assert (found.bin_count, sum(b.n for b in found.bins)) == (8, 500)


def test_true_probabilities_are_calibrated_and_sharpened_ones_are_not():
    p, truth = simulated(6000)
    good = calibration(p, truth)
    assert good.slope.lower < 1 < good.slope.upper
    assert good.intercept.lower < 0 < good.intercept.upper
    sure = calibration(simulated(6000, sharpen=2.0)[0], truth)
    assert sure.slope.estimate == pytest.approx(0.5, abs=0.05)
    assert sure.slope.upper < 1
    assert sure.expected_error > 3 * good.expected_error


def test_certainty_is_moved_and_said():
    p = np.asarray([0.0, 0.2, 0.7, 1.0, 0.4, 0.6])
    truth = np.asarray([False, False, True, True, True, False])
    found = calibration(p, truth)
    assert found.notes == ("Probabilities of 0 or 1 moved by 5e-05 for the fit: 2 patients.",)
    assert found.slope is not None
    assert found.bins[-1].upper == 1.0


def test_what_cannot_be_fitted_is_said():
    parted = calibration(np.asarray([0.1, 0.2, 0.8, 0.9]), np.asarray([0, 0, 1, 1], bool))
    assert parted.slope is None
    assert parted.intercept is not None
    assert parted.notes[0].startswith("No recalibration: the probabilities are all alike or part")
    healthy = calibration(np.asarray([0.1, 0.2]), np.zeros(2, bool))
    assert (healthy.slope, healthy.intercept) == (None, None)
    assert healthy.notes == ("All patients are of one side: no recalibration.",)
    assert calibration(np.asarray([0.5]), np.ones(1, bool)) is None


def with_probabilities(case, values):
    names = ("p_normal", "p_osteopenia", "p_osteoporosis")
    changed = replace(case.result, **dict(zip(names, values, strict=True)))
    return Case(reference=case.reference, result=changed)


def test_the_score_of_three_categories_worked_by_hand(cases):
    # Both patients are normal: 0.09 + 0.04 + 0.01 and 0.64 + 0.49 + 0.01.
    two = [
        with_probabilities(cases[0], (0.7, 0.2, 0.1)),
        with_probabilities(cases[1], (0.2, 0.7, 0.1)),
    ]
    assert multiclass_brier(two).estimate == pytest.approx((0.14 + 1.14) / 2)
    assert multiclass_brier([two[0], *cases[2:]]) is None


def test_patients_without_a_probability_are_left_out(cases):
    some = [with_probabilities(cases[4], (0.1, 0.2, 0.7)), *cases[:3]]
    p, truth = target_probabilities(some, BoneCategory.OSTEOPOROSIS)
    assert (list(p), list(truth)) == ([0.7], [True])


def test_an_edge_belongs_to_the_bin_above_it():
    found = calibration(np.asarray([0.5, 0.2, 1.0]), np.asarray([1, 0, 1], bool), bins=2)
    assert [(b.lower, b.upper, b.n) for b in found.bins] == [(0.0, 0.5, 1), (0.5, 1.0, 2)]
