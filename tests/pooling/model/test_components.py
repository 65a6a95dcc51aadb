from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ctbone.pooling.model.bivariate import fit_bivariate
from ctbone.pooling.model.components import hsroc_components, variance_components
from ctbone.pooling.model.sroc import hsroc

PARAMETERS = ("accuracy", "threshold", "shape", "var_accuracy", "var_threshold")


def moved(fit, index, step):
    """The fit with one of its five parameters moved."""
    shift = step * np.eye(5)[index]
    between = fit.between + np.asarray([[shift[2], shift[4]], [shift[4], shift[3]]])
    return replace(fit, mean=fit.mean + shift[:2], between=between)


def slopes(fit, quantity, step=1e-6):
    return np.asarray(
        [(quantity(moved(fit, j, step)) - quantity(moved(fit, j, -step))) / (2 * step)
         for j in range(5)]
    )  # fmt: skip


@pytest.mark.parametrize("name", PARAMETERS)
def test_hierarchical_errors_are_the_delta_method(simulated, name):
    fit = fit_bivariate(simulated)
    gradient = slopes(fit, lambda f: getattr(hsroc(f), name))
    expected = np.sqrt(gradient @ fit.covariance @ gradient)
    found = getattr(hsroc_components(fit, 0.95), name)
    assert found.se == pytest.approx(expected, rel=1e-5)
    assert found.lower < found.estimate < found.upper


def test_the_correlation_keeps_within_its_bounds(simulated):
    fit = fit_bivariate(simulated)
    found = variance_components(fit, 0.95).correlation
    gradient = slopes(fit, lambda f: f.correlation)
    assert found.se == pytest.approx(np.sqrt(gradient @ fit.covariance @ gradient), rel=1e-5)
    assert -1 < found.lower < found.estimate < found.upper < 1


def test_deviations_are_roots_of_variances(simulated):
    found = variance_components(fit_bivariate(simulated), 0.95)
    variance, deviation = found.var_logit_sensitivity, found.sd_logit_sensitivity
    for end in ("estimate", "lower", "upper"):
        assert getattr(deviation, end) ** 2 == pytest.approx(getattr(variance, end))
    # Relative errors halve under the root.
    assert deviation.se / deviation.estimate == pytest.approx(variance.se / variance.estimate / 2)


def test_what_lies_on_the_boundary_has_no_error_and_says_why(counts):
    ends = variance_components(fit_bivariate(counts["telomerase"]), 0.95)
    assert ends.correlation.estimate == -1.0
    assert ends.correlation.se is ends.correlation.lower is None
    assert "lies at +-1" in ends.correlation.note
    assert ends.var_logit_sensitivity.se is not None
    curve = hsroc_components(fit_bivariate(counts["telomerase"]), 0.95)
    assert curve.var_accuracy.estimate == 0.0
    assert curve.var_accuracy.se is None


def test_without_variances_there_is_nothing_to_correlate(counts):
    fit = fit_bivariate(counts["edge_identical_k5"])
    found, curve = variance_components(fit, 0.95), hsroc_components(fit, 0.95)
    assert found.correlation.estimate is None
    assert found.var_logit_sensitivity.estimate == found.sd_logit_sensitivity.estimate == 0.0
    assert "variance lies at 0" in found.sd_logit_sensitivity.note
    assert curve.shape.note.startswith("Both variances are 0")
    # Lambda is the log odds ratio there.
    assert curve.accuracy.estimate == pytest.approx(fit.mean.sum())
    assert curve.accuracy.se == pytest.approx(np.sqrt(fit.covariance[:2, :2].sum()))


def test_one_variance_alone_leaves_no_curve(counts):
    assert hsroc_components(fit_bivariate(counts["edge_tausens0_k8"]), 0.95) is None
