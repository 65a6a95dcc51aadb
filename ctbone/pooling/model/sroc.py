"""The summary receiver operating characteristic that the bivariate model implies.

The curve is that of the hierarchical model of Rutter and Gatsonis (Stat Med 2001;20:2865), whose
parameters follow from those of the bivariate one (Harbord et al., Biostatistics 2007;8:239).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import f as f_distribution

from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.intervals import from_logit
from ctbone.pooling.model.likelihood import Array, Counts
from ctbone.records import Interval

#: Logits over which the area is summed: beyond them lie 1e-17 of the axis of specificity.
_REACH, _POINTS = 40.0, 8001


@dataclass(frozen=True, slots=True, kw_only=True)
class Hsroc:
    """Parameters of the hierarchical model.

    Attributes:
        accuracy: Lambda, the log diagnostic odds ratio at the symmetric point.
        threshold: Theta.
        shape: beta; 0 for a symmetric curve.
        var_accuracy: Variance of accuracy between studies.
        var_threshold: Variance of the threshold between studies.
    """

    accuracy: float
    threshold: float
    shape: float
    var_accuracy: float
    var_threshold: float


def hsroc(fit: BivariateFit) -> Hsroc | None:
    """Return the hierarchical parameters; ``None`` where one variance alone is zero."""
    root = _root(fit)
    if root is None:
        return None
    (var_sens, cov), (_, var_spec) = fit.between
    product = float(np.sqrt(var_sens * var_spec))
    sens, spec = fit.mean
    return Hsroc(
        accuracy=float(root * sens + spec / root),
        threshold=float(0.5 * (root * sens - spec / root)),
        shape=2.0 * float(np.log(root)),
        var_accuracy=2.0 * (product + float(cov)),
        var_threshold=0.5 * (product - float(cov)),
    )


def curve(fit: BivariateFit, specificity: Array) -> Array | None:
    """Return the sensitivity of the curve at specificities; ``None`` where there is no curve."""
    root, found = _root(fit), hsroc(fit)
    if root is None or found is None:
        return None
    return np.asarray(expit((found.accuracy - logit(specificity) / root) / root))


def area(fit: BivariateFit, confidence: float) -> Interval | None:
    """Return the area under the curve, its limits by the delta method on its logit.

    MIDAS prints another interval, which takes the points of its own grid for a sample.
    """
    return _mean_sensitivity(fit, (-_REACH, _REACH), confidence)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialArea:
    """The area under a stretch of the curve.

    Attributes:
        specificity: The lowest and the highest specificity of the stretch.
        area: The area itself, at most the length of the stretch.
        mean_sensitivity: The area over that length, comparable with the whole area.
    """

    specificity: tuple[float, float]
    area: Interval
    mean_sensitivity: Interval


def partial_area(fit: BivariateFit, counts: Counts, confidence: float) -> PartialArea | None:
    """Return the area over the range of observed specificities, beyond which the curve is a guess.

    ``None`` where there is no curve, or all studies observed one specificity.
    """
    seen = counts.totals[:, 1] > 0
    observed = counts.events[seen, 1] / counts.totals[seen, 1]
    low, high = float(observed.min()), float(observed.max())
    with np.errstate(divide="ignore"):
        ends = np.clip(logit([low, high]), -_REACH, _REACH)
    if low == high or (mean := _mean_sensitivity(fit, (ends[0], ends[1]), confidence)) is None:
        return None
    width = high - low
    area = Interval(mean.estimate * width, mean.lower * width, mean.upper * width)
    return PartialArea(specificity=(low, high), area=area, mean_sensitivity=mean)


def _mean_sensitivity(
    fit: BivariateFit, logits: tuple[float, float], confidence: float
) -> Interval | None:
    """Average the curve over specificities between two logits, limits on the logit scale."""
    root = _root(fit)
    if root is None:
        return None
    t = np.linspace(*logits, _POINTS)
    accuracy = root * fit.mean[0] + fit.mean[1] / root
    sens, share = expit((accuracy - t / root) / root), expit(t) * expit(-t) * _simpson(_POINTS)
    share /= share.sum()
    mean = float(sens @ share)
    by_line = sens * (1.0 - sens) * share
    by_accuracy = float(by_line.sum()) / root
    by_root = float((by_line * (2.0 * t / root**3 - accuracy / root**2)).sum())
    gradient = _gradient(fit, root, by_accuracy, by_root)
    mean = float(np.clip(mean, 1e-12, 1.0 - 1e-12))
    variance = max(float(gradient @ fit.covariance @ gradient), 0.0)
    se = float(np.sqrt(variance)) / (mean * (1.0 - mean))
    return from_logit(float(np.log(mean / (1.0 - mean))), se, confidence)


def _simpson(points: int) -> Array:
    weights = np.where(np.arange(points) % 2, 4.0, 2.0)
    weights[[0, -1]] = 1.0
    return weights


def confidence_region(fit: BivariateFit, confidence: float, *, points: int = 241) -> Array:
    """Return sensitivity and specificity around the summary point, shape ``(points, 2)``."""
    return _ellipse(fit, fit.covariance[:2, :2], confidence, points)


def prediction_region(fit: BivariateFit, confidence: float, *, points: int = 241) -> Array:
    """Return the region that holds the true accuracy of a new study, shape ``(points, 2)``."""
    return _ellipse(fit, fit.covariance[:2, :2] + fit.between, confidence, points)


def _root(fit: BivariateFit) -> float | None:
    """Return the fourth root of the ratio of variances, the scale between the two axes."""
    var_sens, var_spec = np.diag(fit.between)
    if var_sens == 0.0 and var_spec == 0.0:
        return 1.0
    if var_sens == 0.0 or var_spec == 0.0:
        return None
    return float((var_spec / var_sens) ** 0.25)


def _gradient(fit: BivariateFit, root: float, by_accuracy: float, by_root: float) -> Array:
    """Carry derivatives by accuracy and root over to the five parameters of the fit."""
    through_root = by_root + by_accuracy * (fit.mean[0] - fit.mean[1] / root**2)
    gradient = np.asarray([by_accuracy * root, by_accuracy / root, 0.0, 0.0, 0.0])
    if fit.between[0, 0] > 0.0:
        gradient[2] = -0.25 * through_root * root / fit.between[0, 0]
        gradient[3] = 0.25 * through_root * root / fit.between[1, 1]
    return gradient


def _ellipse(fit: BivariateFit, covariance: Array, confidence: float, points: int) -> Array:
    # With two studies the distribution has no denominator; the model asks for four.
    quantile = float(f_distribution.ppf(confidence, 2, fit.k - 2))
    values, axes = np.linalg.eigh(covariance)
    angle = np.linspace(0.0, 2.0 * np.pi, points)
    circle = np.stack((np.cos(angle), np.sin(angle)))
    offsets = axes @ (np.sqrt(np.maximum(values, 0.0) * 2.0 * quantile)[:, None] * circle)
    return np.asarray(expit(fit.mean + offsets.T))
