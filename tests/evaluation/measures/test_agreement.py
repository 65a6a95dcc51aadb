from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctbone.evaluation import ConfusionMatrix
from ctbone.evaluation.measures.agreement import category_agreement, weighted_kappa

COUNTS = np.asarray([[50, 5, 0], [4, 30, 6], [1, 3, 20]])


def matrix(counts):
    return ConfusionMatrix(counts=tuple(tuple(map(int, row)) for row in counts))


def kappa_of(p, kind):
    """Kappa of shares, by its definition."""
    distance = np.abs(np.subtract.outer(np.arange(3), np.arange(3)))
    loss = {"none": distance > 0, "linear": distance, "quadratic": distance**2}[kind]
    return 1.0 - (loss * p).sum() / (loss * np.outer(p.sum(1), p.sum(0))).sum()


@pytest.mark.parametrize("kind", ["none", "linear", "quadratic"])
def test_kappa_is_that_of_scikit_learn(kind):
    from sklearn.metrics import cohen_kappa_score

    index = np.indices((3, 3)).reshape(2, -1)
    rows, columns = (np.repeat(side, COUNTS.ravel()) for side in index)
    found = weighted_kappa(matrix(COUNTS), weights=kind)
    weights = None if kind == "none" else kind
    assert found.estimate == pytest.approx(cohen_kappa_score(rows, columns, weights=weights))
    assert found.lower < found.estimate < found.upper <= 1.0


@pytest.mark.parametrize("kind", ["none", "linear", "quadratic"])
@given(counts=st.lists(st.integers(1, 60), min_size=9, max_size=9))
def test_the_variance_is_that_of_the_delta_method(kind, counts):
    counts = np.asarray(counts, float).reshape(3, 3)
    n, p, step = counts.sum(), counts / counts.sum(), 1e-6
    slopes = np.zeros((3, 3))
    for cell in np.ndindex(3, 3):
        move = np.zeros((3, 3))
        move[cell] = step
        slopes[cell] = (kappa_of(p + move, kind) - kappa_of(p - move, kind)) / (2 * step)
    se = np.sqrt(((p * slopes**2).sum() - (p * slopes).sum() ** 2) / n)
    found = weighted_kappa(matrix(counts), weights=kind)
    expected = max(found.estimate - 1.959964 * se, -1.0)
    assert found.lower == pytest.approx(expected, abs=1e-5)


def test_kappa_needs_more_than_chance():
    for counts in (((9, 0, 0), (0, 0, 0), (0, 0, 0)), ((0, 0, 0), (0, 0, 0), (0, 0, 0))):
        found = category_agreement(ConfusionMatrix(counts=counts))
        assert (found.kappa, found.linear_kappa, found.quadratic_kappa) == (None, None, None)
        assert found.note.startswith("Kappa is not given")


def test_the_share_of_right_categories_has_the_limits_asked_for():
    score = category_agreement(matrix(COUNTS)).accuracy
    exact = category_agreement(matrix(COUNTS), interval="exact").accuracy
    assert score.estimate == exact.estimate == pytest.approx(100 / 119)
    assert exact.lower < score.lower
