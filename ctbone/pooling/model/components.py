"""Variance components and the hierarchical parameters, each with its standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ctbone.confidence import z_value
from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.intervals import LARGEST_LOG
from ctbone.pooling.model.likelihood import Array
from ctbone.pooling.model.sroc import hsroc

_AT_ZERO = "The variance lies at 0, the edge of what is possible, where it has no standard error."
_AT_ONE = "The correlation lies at +-1, the edge of what is possible, and has no standard error."
_NO_CORRELATION = "A variance is 0: there is nothing to correlate."
_HELD = "Both variances are 0: the shape of the curve is held at symmetry."

#: Share of its scale below which a variance counts as none.
_NONE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One parameter of the model.

    Attributes:
        estimate: The estimate; ``None`` where there is none.
        se: Its standard error by the delta method; likewise.
        lower: Lower limit; likewise.
        upper: Upper limit; likewise.
        note: Why something is missing.
    """

    estimate: float | None
    se: float | None = None
    lower: float | None = None
    upper: float | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceComponents:
    """How the true logits differ between studies.

    Attributes:
        var_logit_sensitivity: Variance; limits on the log scale.
        var_logit_specificity: Likewise.
        sd_logit_sensitivity: Its root.
        sd_logit_specificity: Likewise.
        covariance: Of the two logits; limits on its own scale.
        correlation: Of the two logits; limits by Fisher's z.
    """

    var_logit_sensitivity: Component
    var_logit_specificity: Component
    sd_logit_sensitivity: Component
    sd_logit_specificity: Component
    covariance: Component
    correlation: Component


@dataclass(frozen=True, slots=True, kw_only=True)
class HsrocComponents:
    """Parameters of the hierarchical model, as in ``sroc.Hsroc``.

    Attributes:
        accuracy: Lambda.
        threshold: Theta.
        shape: beta; a limit above or below 0 on both sides speaks against a symmetric curve.
        var_accuracy: Variance of accuracy; limits on the log scale.
        var_threshold: Variance of the threshold, likewise.
    """

    accuracy: Component
    threshold: Component
    shape: Component
    var_accuracy: Component
    var_threshold: Component


def variance_components(fit: BivariateFit, confidence: float) -> VarianceComponents:
    """Return the variance components with standard errors and limits."""
    errors = np.sqrt(np.diag(fit.covariance)[2:])
    z = z_value(confidence)
    first, second = (_variance(float(fit.between[m, m]), float(errors[m]), z) for m in (0, 1))
    covariance = float(fit.between[0, 1])
    has_both = fit.correlation is not None
    return VarianceComponents(
        var_logit_sensitivity=first,
        var_logit_specificity=second,
        sd_logit_sensitivity=_root(first),
        sd_logit_specificity=_root(second),
        covariance=_plain(covariance, float(errors[2]), z)
        if has_both
        else Component(estimate=0.0, note=_NO_CORRELATION),
        correlation=_correlation(fit, z),
    )


def _variance(estimate: float, se: float, z: float, *, scale: float = 0.0) -> Component:
    if estimate <= _NONE * scale:
        return Component(estimate=0.0, note=_AT_ZERO)
    reach = np.exp(min(z * se / estimate, LARGEST_LOG))
    lower, upper = float(estimate / reach), float(estimate * reach)
    return Component(estimate=estimate, se=se, lower=lower, upper=upper)


def _root(variance: Component) -> Component:
    """Return the standard deviation: limits are roots, the error is halved on the log scale."""
    estimate, se, lower, upper = (
        variance.estimate, variance.se, variance.lower, variance.upper
    )  # fmt: skip
    if not estimate or se is None or lower is None or upper is None:
        return variance
    sd = float(np.sqrt(estimate))
    lower, upper = float(np.sqrt(lower)), float(np.sqrt(upper))
    return Component(estimate=sd, se=se / (2.0 * sd), lower=lower, upper=upper)


def _plain(estimate: float, se: float, z: float) -> Component:
    return Component(estimate=estimate, se=se, lower=estimate - z * se, upper=estimate + z * se)


def _correlation(fit: BivariateFit, z: float) -> Component:
    rho = fit.correlation
    if rho is None:
        return Component(estimate=None, note=_NO_CORRELATION)
    if "correlation +-1" in fit.boundary:
        return Component(estimate=float(np.sign(rho)), note=_AT_ONE)
    first, second = np.diag(fit.between)
    by_covariance = 1.0 / float(np.sqrt(first * second))
    gradient = np.asarray([-0.5 * rho / first, -0.5 * rho / second, by_covariance])
    se = float(np.sqrt(gradient @ fit.covariance[2:, 2:] @ gradient))
    reach, centre = z * se / (1.0 - rho**2), float(np.arctanh(rho))
    low, high = np.tanh([centre - reach, centre + reach])
    return Component(estimate=rho, se=se, lower=float(low), upper=float(high))


def hsroc_components(fit: BivariateFit, confidence: float) -> HsrocComponents | None:
    """Return the hierarchical parameters with standard errors by the delta method.

    ``None`` where one variance alone is zero and there is no curve.
    """
    found = hsroc(fit)
    if found is None:
        return None
    jacobian, z = _hsroc_jacobian(fit), z_value(confidence)
    covariance = jacobian @ fit.covariance @ jacobian.T
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    scale = float(np.trace(fit.between))
    held = Component(estimate=0.0, note=_HELD)
    return HsrocComponents(
        accuracy=_plain(found.accuracy, float(errors[0]), z),
        threshold=_plain(found.threshold, float(errors[1]), z),
        shape=_plain(found.shape, float(errors[2]), z) if scale else held,
        var_accuracy=_variance(found.var_accuracy, float(errors[3]), z, scale=scale),
        var_threshold=_variance(found.var_threshold, float(errors[4]), z, scale=scale),
    )


def _hsroc_jacobian(fit: BivariateFit) -> Array:
    """Return the slopes of the five hierarchical parameters in those of the fit."""
    (sens, spec), (first, second) = fit.mean, np.diag(fit.between)
    if first == 0.0:
        return np.asarray([[1.0, 1.0, 0, 0, 0], [0.5, -0.5, 0, 0, 0], *np.zeros((3, 5))])
    root = (second / first) ** 0.25
    by_root = np.asarray([0.0, 0.0, -0.25 * root / first, 0.25 * root / second, 0.0])
    product = np.sqrt(first * second)
    by_product = np.asarray([0.0, 0.0, 0.5 * product / first, 0.5 * product / second, 0.0])
    by_covariance = np.eye(5)[4]
    return np.stack(
        [
            np.asarray([root, 1.0 / root, 0, 0, 0]) + (sens - spec / root**2) * by_root,
            0.5 * (np.asarray([root, -1.0 / root, 0, 0, 0]) + (sens + spec / root**2) * by_root),
            2.0 * by_root / root,
            2.0 * (by_product + by_covariance),
            0.5 * (by_product - by_covariance),
        ]
    )
