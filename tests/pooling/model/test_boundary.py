from __future__ import annotations

import numpy as np
import pytest

from ctbone.pooling.model.boundary import FULL, edges, reduce_model
from ctbone.pooling.model.fitting import Fit


def fit_at(theta, log_likelihood):
    phi = np.asarray(theta, float)
    return Fit(phi, log_likelihood, np.eye(phi.size), has_converged=True, steps=1)


@pytest.mark.parametrize(
    ("theta", "free", "names"),
    [
        ((1, 2, 0.001, 0.001, 0.001), (0, 1),
         ("variance of sensitivity 0", "variance of specificity 0")),
        ((1, 2, 0.001, 0.3, 0.4), (0, 1, 4), ("variance of sensitivity 0",)),
        ((1, 2, 0.5, 0.001, 0.001), (0, 1, 2), ("variance of specificity 0",)),
        ((1, 2, 0.5, 0.6, 0.001), (0, 1, 2, 3), ("correlation +-1",)),
        ((1, 2, 0.5, 0.6, 0.5), FULL, ()),
    ],
)  # fmt: skip
def test_the_smallest_model_that_says_the_same_is_taken(theta, free, names):
    tried = []

    def restricted(chosen, start):
        tried.append(chosen)
        return fit_at(start[list(chosen)], -10.0)

    found, fit = reduce_model(fit_at(theta, -10.0), restricted)
    assert found == free
    assert edges(found) == names
    assert fit.phi.size == len(free)
    # The first that holds ends the search.
    assert tried == ([free] if free != FULL else [])


def test_a_model_that_fits_worse_is_not_taken():
    full = fit_at((1, 2, 0.5, 0.6, 0.001), -10.0)
    found, fit = reduce_model(full, lambda free, start: fit_at(start[list(free)], -10.001))
    assert found == FULL
    assert fit is full


def test_a_variance_at_zero_hands_its_spread_on():
    starts = []

    def restricted(free, start):
        starts.append(start)
        return fit_at(start[list(free)], -10.0)

    reduce_model(fit_at((1, 2, 0.001, 0.3, 0.4), -10.0), restricted)
    np.testing.assert_allclose(starts[0], [1, 2, 0, 0, 0.5])
