from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ctbone.confidence import t_value
from ctbone.evaluation.measures.regression import fit_line


@given(seed=st.integers(0, 200), n=st.integers(3, 50))
def test_the_line_is_that_of_scipy(seed, n):
    rng = np.random.default_rng(seed)
    x = rng.normal(100, 30, n)
    y = 3 + 0.9 * x + rng.normal(0, 8, n)
    expected, found = stats.linregress(x, y), fit_line(x, y)
    t = t_value(0.95, n - 2)
    assert t == pytest.approx(stats.t.ppf(0.975, n - 2))
    for side, value, se in (
        (found.slope, expected.slope, expected.stderr),
        (found.intercept, expected.intercept, expected.intercept_stderr),
    ):
        reach = (side.estimate, side.upper - side.estimate, side.estimate - side.lower)
        assert reach == pytest.approx((value, t * se, t * se), rel=1e-6)


def test_a_line_needs_three_points_and_two_places():
    assert fit_line(np.arange(2.0), np.arange(2.0)) is None
    assert fit_line(np.ones(5), np.arange(5.0)) is None
