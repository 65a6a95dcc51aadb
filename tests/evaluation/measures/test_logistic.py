from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from ctbone.evaluation.measures.logistic import fit_intercept, fit_logistic


def simulated(n, seed=1, slope=0.7, intercept=-0.4):
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1.5, n)
    return x, rng.random(n) < 1 / (1 + np.exp(-(intercept + slope * x)))


@pytest.mark.parametrize("n", [25, 400, 5000])
def test_the_maximum_is_that_of_scikit_learn(n):
    x, truth = simulated(n)
    expected = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x[:, None], truth)
    found = fit_logistic(x, truth)
    assert found.slope.estimate == pytest.approx(expected.coef_[0, 0], rel=1e-4)
    assert found.intercept.estimate == pytest.approx(expected.intercept_[0], rel=1e-3, abs=1e-4)


R_FIT = """
d <- read.csv(file("stdin"), header=FALSE)
a <- summary(glm(V2 ~ V1, binomial, d, epsilon=1e-14))[["coefficients"]]
b <- summary(glm(V2 ~ offset(V1), binomial, d, epsilon=1e-14))[["coefficients"]]
cat(format(c(a[, 1], a[, 2], b[1, 1:2]), digits=15))
"""


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_estimates_and_errors_are_those_of_r():
    x, truth = simulated(120)
    text = "\n".join(f"{float(v)!r},{int(t)}" for v, t in zip(x, truth, strict=True))
    run = subprocess.run(
        ["Rscript", "-e", R_FIT], input=text, capture_output=True, text=True, check=True
    )
    expected = list(map(float, run.stdout.split()))
    line, alone = fit_logistic(x, truth), fit_intercept(x, truth)
    sides = (line.intercept, line.slope, alone)
    estimates = [expected[0], expected[1], expected[4]]
    errors = [expected[2], expected[3], expected[5]]
    assert [s.estimate for s in sides] == pytest.approx(estimates, rel=1e-6)
    found = [(s.upper - s.estimate) / 1.959963984540054 for s in sides]
    assert found == pytest.approx(errors, rel=1e-5)


def test_what_has_no_maximum_is_none():
    x = np.arange(10.0)
    assert fit_logistic(x, x > 4) is None
    assert fit_logistic(x, x < 4) is None
    assert fit_logistic(np.ones(10), x > 4) is None
    assert fit_logistic(x, np.ones(10, bool)) is None
    assert fit_intercept(x, np.zeros(10, bool)) is None
