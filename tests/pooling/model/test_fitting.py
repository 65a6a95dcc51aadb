from __future__ import annotations

import numpy as np
import pytest

from ctbone.pooling.model.fitting import Point, ascend, maximise


def bowl(phi, _):
    """A quartic hill with a saddle at the origin and summits at x = +-1, y = 0."""
    x, y = phi
    value = x**2 / 2 - x**4 / 4 - y**2
    return Point(value, np.asarray([x - x**3, -2 * y]), np.diag([1 - 3 * x**2, -2.0]))


@pytest.mark.parametrize("start", [(0.1, 2.0), (3.0, -1.0), (-0.2, 0.0)])
def test_a_summit_is_reached_past_the_saddle(start):
    fit = ascend(bowl, np.asarray(start))
    assert fit.has_converged
    np.testing.assert_allclose(np.abs(fit.phi), [1.0, 0.0], atol=1e-5)
    assert fit.log_likelihood == pytest.approx(0.25)
    np.testing.assert_allclose(fit.covariance, np.diag([0.5, 0.5]), rtol=1e-4)


def test_a_slope_without_end_is_no_summit():
    fit = ascend(
        lambda phi, _: Point(float(phi[0]), np.ones(1), np.asarray([[-1e-9]])), np.zeros(1)
    )
    assert not fit.has_converged


def test_the_design_makes_up_the_parameters(simulated):
    # Twice the coefficient on a halved column is the same model.
    design = np.broadcast_to(np.eye(5), (len(simulated), 5, 5))
    start = np.asarray([1.5, 2.0, 0.5, -0.2, 0.5])
    plain, halved = (maximise(simulated, scale * design, start / scale) for scale in (1.0, 0.5))
    np.testing.assert_allclose(halved.phi, 2.0 * plain.phi, rtol=1e-6)
    np.testing.assert_allclose(halved.covariance, 4.0 * plain.covariance, rtol=1e-5)
    assert halved.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-10)
