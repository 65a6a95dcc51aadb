from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ctbone.evaluation.measures.concordance import intraclass, lin, pearson


def pair(n, *, rho=0.8, shift=4.0, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(100, 30, n)
    return x, rho * (x - 100) + 100 + shift + rng.normal(0, 30 * np.sqrt(1 - rho**2), n)


@given(n=st.integers(4, 60), seed=st.integers(0, 99), confidence=st.floats(0.6, 0.99))
def test_pearson_is_that_of_scipy(n, seed, confidence):
    x, y = pair(n, seed=seed)
    expected = stats.pearsonr(x, y)
    limits = expected.confidence_interval(confidence)
    found = pearson(x, y, confidence=confidence)
    assert (found.estimate, found.lower, found.upper) == pytest.approx(
        (expected.statistic, limits.low, limits.high), abs=1e-9
    )


def concordance(moments):
    m1, m2, v1, v2, c = moments
    return 2 * c / (v1 + v2 + (m1 - m2) ** 2)


def delta_variance(x, y):
    """n times the variance of the concordance of normal pairs, from that of their moments."""
    c = float(np.cov(x, y, bias=True)[0, 1])
    moments = np.asarray([x.mean(), y.mean(), x.var(), y.var(), c])
    (v1, v2), step = moments[2:4], 1e-4
    spread = np.zeros((5, 5))
    spread[:2, :2] = [[v1, c], [c, v2]]
    spread[2:, 2:] = [
        [2 * v1**2, 2 * c**2, 2 * v1 * c],
        [2 * c**2, 2 * v2**2, 2 * v2 * c],
        [2 * v1 * c, 2 * v2 * c, v1 * v2 + c**2],
    ]
    moves = step * np.eye(5)
    slopes = [(concordance(moments + m) - concordance(moments - m)) / (2 * step) for m in moves]
    return np.asarray(slopes) @ spread @ np.asarray(slopes)


@pytest.mark.parametrize(("rho", "shift"), [(0.9, 2), (0.5, 20), (-0.4, 5), (0.0, 0), (0.97, 40)])
def test_lin_has_the_variance_of_the_moments(rho, shift):
    x, y = pair(200, rho=rho, shift=shift)
    found = lin(x, y)
    expected = concordance((x.mean(), y.mean(), x.var(), y.var(), np.cov(x, y, bias=True)[0, 1]))
    assert found.estimate == pytest.approx(expected)
    reach = np.arctanh(found.upper) - np.arctanh(found.lower)
    se = np.sqrt(delta_variance(x, y) / 198) / (1 - expected**2)
    assert reach == pytest.approx(2 * 1.959964 * se, rel=1e-5)


def test_intraclass_of_shrout_and_fleiss():
    # Their table 2: six targets, four judges; ICC(2,1) = 0.29, limits 0.02 and 0.76.
    ratings = np.asarray(
        [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
        float,
    )
    found = intraclass(ratings)
    assert (found.estimate, found.lower, found.upper) == pytest.approx(
        (0.2898, 0.0188, 0.7611), abs=5e-4
    )


R_ICC = """
x <- as.matrix(read.csv(file("stdin"), header=FALSE)); n <- nrow(x); k <- ncol(x)
d <- data.frame(v=as.vector(x), s=factor(rep(1:n, k)), m=factor(rep(1:k, each=n)))
a <- anova(lm(v ~ s + m, d))[["Mean Sq"]]
cat(format((a[1] - a[3]) / (a[1] + (k - 1) * a[3] + k * (a[2] - a[3]) / n), digits=15))
"""


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_intraclass_is_that_of_the_mean_squares_of_r():
    ratings = np.column_stack(pair(25))
    text = "\n".join(",".join(map(repr, map(float, row))) for row in ratings)
    run = subprocess.run(
        ["Rscript", "-e", R_ICC], input=text, capture_output=True, text=True, check=True
    )
    assert intraclass(ratings).estimate == pytest.approx(float(run.stdout), rel=1e-9)


@pytest.mark.slow
def test_limits_of_intraclass_and_lin_cover_the_truth():
    rng, held = np.random.default_rng(5), np.zeros(2)
    # Lin's truth takes the methods as they are; ICC takes their shifts as drawn.
    for _ in range(2000):
        truth = rng.normal(0, 3, 40)
        first, second = (truth + rng.normal(0, 1, 40) for _ in range(2))
        found = (
            intraclass(np.column_stack([first + rng.normal(0, 0.2), second])),
            lin(first, second),
        )
        held += [interval.lower <= 0.9 <= interval.upper for interval in found]
    assert held / 2000 == pytest.approx(0.95, abs=0.025)


def test_identical_and_flat_measurements():
    x = np.asarray([60.0, 90.0, 120.0, 150.0])
    same = pearson(x, x), lin(x, x), intraclass(np.column_stack([x, x]))
    assert [found.lower for found in same] == pytest.approx([1.0] * 3)
    flat = np.full(4, 90.0)
    assert (pearson(x, flat), lin(x, flat)) == (None, None)
    assert intraclass(np.column_stack([flat, flat])) is None
    assert pearson(x[:3], x[:3]) is None


@given(seed=st.integers(0, 300), n=st.integers(3, 8), shift=st.sampled_from([0.0, 5.0, 500.0]))
def test_limits_hold_the_estimate_whatever_the_numbers(seed, n, shift):
    ratings = np.random.default_rng(seed).normal((0.0, shift), 1, (n, 2))
    found = intraclass(ratings)
    if found is not None:
        assert found.lower <= found.estimate <= found.upper <= 1.0


def test_methods_that_tell_nobody_apart_have_no_intraclass_correlation():
    assert intraclass(np.column_stack([np.full(3, 20.0), np.full(3, 21.0)])) is None
    flat_index = np.column_stack([np.full(4, 20.0), [18.0, 20.0, 23.0, 21.0]])
    assert intraclass(flat_index).estimate <= 0.0
