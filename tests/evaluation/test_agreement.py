from __future__ import annotations

import numpy as np
import pytest

from ctbone.evaluation import ConfusionMatrix
from ctbone.evaluation.agreement import density_agreement, weighted_kappa


def test_kappa_is_that_of_scikit_learn():
    from sklearn.metrics import cohen_kappa_score

    counts = np.asarray([[50, 5, 0], [4, 30, 6], [1, 3, 20]])
    index = np.indices((3, 3)).reshape(2, -1)
    rows, columns = (np.repeat(side, counts.ravel()) for side in index)
    found = weighted_kappa(ConfusionMatrix(counts=tuple(tuple(map(int, r)) for r in counts)))
    assert found.estimate == pytest.approx(cohen_kappa_score(rows, columns, weights="linear"))
    assert found.lower < found.estimate < found.upper <= 1.0


def test_kappa_needs_more_than_chance():
    assert weighted_kappa(ConfusionMatrix(counts=((9, 0, 0), (0, 0, 0), (0, 0, 0)))) is None
    assert weighted_kappa(ConfusionMatrix(counts=((0, 0, 0), (0, 0, 0), (0, 0, 0)))) is None


def test_a_constant_shift_is_all_bias():
    reference = np.asarray([60.0, 90.0, 120.0, 150.0])
    found = density_agreement(reference + 5.0, reference)
    assert (found.bias.estimate, found.mae, found.rmse) == (5.0, 5.0, 5.0)
    assert found.lower_limit == found.upper_limit == 5.0
    assert found.r == pytest.approx(1.0)
    # Lin's concordance: 2 s^2 / (2 s^2 + shift^2), s^2 = 1125.
    assert found.ccc == pytest.approx(2250 / 2275)


def test_too_few_pairs_and_no_variation_are_none():
    two = np.asarray([1.0, 2.0])
    assert density_agreement(two, two) is None
    flat = density_agreement(np.full(4, 90.0), np.asarray([80.0, 90.0, 100.0, 110.0]))
    assert (flat.r, flat.ccc) == (None, None)
