from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from ctbone.pooling.model.bivariate import fit_bivariate
from ctbone.pooling.model.contour import CONTOURS
from ctbone.pooling.model.likelihood import marginal
from ctbone.pooling.model.profile import profile_intervals
from tests.pooling.conftest import to_counts

#: Half of the 0.95 quantile of chi2(1).
FALL = 3.841458820694124 / 2

SCALE = {
    "sensitivity": lambda m: m[0],
    "specificity": lambda m: m[1],
    "lr_positive": lambda m: np.log(expit(m[0]) / expit(-m[1])),
    "lr_negative": lambda m: np.log(expit(-m[0]) / expit(m[1])),
    "dor": lambda m: m[0] + m[1],
}


def on_scale(name, value):
    proportion = name in {"sensitivity", "specificity"}
    return np.log(value / (1 - value)) if proportion else np.log(value)


def profile_by_brute_force(counts, fit, name, psi):
    """Maximise under the constraint by a general optimiser that knows no slopes of ours."""

    def loss(theta):
        return -marginal(np.tile(theta, (len(counts), 1)), counts, nodes=21).value.sum()

    held = {"type": "eq", "fun": lambda theta: SCALE[name](theta) - psi}
    options = {"ftol": 1e-12, "maxiter": 400}
    spread = fit.theta + np.asarray([0, 0, 0.03, 0.03, 0.03])
    found = minimize(loss, spread, method="SLSQP", constraints=[held], options=options)
    return -found.fun


@pytest.mark.parametrize("name", list(CONTOURS))
@pytest.mark.parametrize("data", ["skin_tests", "telomerase"])
def test_the_likelihood_has_fallen_by_the_quantile_at_both_limits(counts, name, data):
    # Sensitivity of skin_tests is low, so that LR- lies near 1; telomerase is on a boundary.
    tables = counts[data]
    fit = fit_bivariate(tables)
    found = profile_intervals(tables, fit, quantities=(name,))[name]
    assert on_scale(name, found.estimate) == pytest.approx(SCALE[name](fit.mean))
    assert found.lower < found.estimate < found.upper
    for limit in (found.lower, found.upper):
        psi = on_scale(name, limit)
        best = profile_by_brute_force(tables, fit, name, psi)
        assert fit.log_likelihood - best == pytest.approx(FALL, abs=1e-3)


@pytest.mark.parametrize("name", list(CONTOURS))
@pytest.mark.parametrize("psi", [-0.7, 0.0, 1.3])
def test_a_contour_holds_its_value_and_knows_its_slopes(name, psi):
    contour, t, step = CONTOURS[name], 0.4, 1e-5
    here = contour.at(psi, t)
    assert contour.value(here.mean) == pytest.approx(psi, abs=1e-12)
    assert SCALE[name](here.mean) == pytest.approx(psi, abs=1e-12)
    assert contour.position(here.mean, psi) == pytest.approx(t)
    up, down = contour.at(psi, t + step), contour.at(psi, t - step)
    np.testing.assert_allclose(here.slope, (up.mean - down.mean) / (2 * step), atol=1e-8)
    np.testing.assert_allclose(here.bend, (up.slope - down.slope) / (2 * step), atol=1e-8)
    # At 0 the other margin is solved for on either side, so that psi moves one way only.
    ahead = contour.at(psi + step, t)
    np.testing.assert_allclose(here.across, (ahead.mean - here.mean) / step, atol=1e-4)
    gradient = contour.gradient(here.mean)
    assert gradient @ here.across == pytest.approx(1.0)
    assert gradient @ here.slope == pytest.approx(0.0, abs=1e-12)


def test_many_large_studies_bring_profile_and_wald_together(simulated):
    many = type(simulated)(np.tile(simulated.events, (9, 1)), np.tile(simulated.totals, (9, 1)))
    fit = fit_bivariate(many)
    found = profile_intervals(many, fit, quantities=("sensitivity",))["sensitivity"]
    error = fit.covariance[0, 0] ** 0.5
    wald = expit(fit.mean[0] + 1.959964 * error * np.asarray([-1, 1]))
    np.testing.assert_allclose([found.lower, found.upper], wald, rtol=5e-3)


def test_wider_confidence_gives_wider_limits(simulated):
    fit = fit_bivariate(simulated)
    narrow, wide = (
        profile_intervals(simulated, fit, confidence=level)["dor"] for level in (0.8, 0.99)
    )
    assert wide.lower < narrow.lower < narrow.upper < wide.upper


def test_a_limit_that_does_not_exist_is_said():
    # One false positive in all: perfect specificity with a spread is hardly less likely.
    tables = to_counts([(9, 0, 3, 4), (8, 0, 4, 5), (10, 0, 2, 3), (7, 1, 4, 2)])
    fit = fit_bivariate(tables)
    found = profile_intervals(tables, fit, quantities=("specificity",))["specificity"]
    assert found.lower < found.estimate
    assert found.upper is None
    assert found.note.startswith("The tables set no upper limit")


def test_profiles_ask_for_the_exact_model(simulated):
    with pytest.raises(ValueError, match="an exact fit that converged, got laplace, converged"):
        profile_intervals(simulated, fit_bivariate(simulated, nodes=1))
