"""A smaller version of benchmarks/coverage.py."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.coverage import METHODS, coverage, rows, simulated


def test_the_same_seed_draws_the_same_review():
    first, again = (simulated(10, (1, 10, 3)) for _ in range(2))
    np.testing.assert_array_equal(first.events, again.events)
    assert (first.totals.sum(1) >= 45).all()
    assert (first.totals.sum(1) <= 1200).all()
    assert (simulated(10, (1, 10, 4)).events != first.events).any()


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say():
    found = coverage(20, reviews=30, seed=2)
    shares = dict(zip(METHODS, np.nanmean(found, axis=0), strict=True))
    # Of 30, 95 % less three standard errors of 4 %.
    for method in METHODS[:3]:
        assert (shares[method] >= 0.83).all(), method
    assert not np.isnan(found[:, 0]).any()
    # Student's quantile is the larger one.
    assert (shares["exact, Student's t"] >= shares["exact, Wald"]).all()
    table = list(rows({20: found}))
    assert len(table) == 2 + 2 * len(METHODS)
