from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from ctbone.pooling.model.bivariate import fit_bivariate
from ctbone.pooling.model.laplace import laplace
from ctbone.pooling.model.likelihood import marginal

THETA = np.asarray([1.2, 2.0, 0.8, -0.5, 0.6])


def at(counts, theta):
    return laplace(np.tile(theta, (len(counts), 1)), counts)


def test_the_value_is_that_of_one_node(simulated):
    one = marginal(np.tile(THETA, (len(simulated), 1)), simulated, nodes=1)
    np.testing.assert_allclose(at(simulated, THETA).value, one.value, atol=1e-9)


@pytest.mark.parametrize("theta", [THETA, [0.3, -0.4, 1.5, 1.1, 0.0], [2.0, 1.0, 0.0, 0.0, 0.7]])
def test_score_and_hessian_are_the_slopes_of_the_value(simulated, theta):
    step, theta = 1e-5, np.asarray(theta)
    here = at(simulated, theta)
    for j, shift in enumerate(np.eye(5) * step):
        up, down = at(simulated, theta + shift), at(simulated, theta - shift)
        slope, bend = (
            (u - d) / (2 * step) for u, d in ((up.value, down.value), (up.score, down.score))
        )
        np.testing.assert_allclose(here.score[:, j], slope, atol=1e-6)
        np.testing.assert_allclose(here.hessian[:, j], bend, rtol=1e-6, atol=1e-5)


def test_the_maximum_is_that_of_a_search_without_slopes(simulated):
    fit = fit_bivariate(simulated, nodes=1)
    assert fit.model == "laplace"
    options = {"xatol": 1e-8, "fatol": 1e-11, "maxiter": 5000, "maxfev": 5000}
    found = minimize(
        lambda theta: -at(simulated, theta).value.sum(),
        THETA,
        method="Nelder-Mead",
        options=options,
    )
    assert fit.log_likelihood == pytest.approx(-found.fun, abs=1e-7)
    np.testing.assert_allclose(fit.mean, found.x[:2], atol=1e-4)
