"""Laplace's approximation of the marginal likelihood: what lme4's ``glmer`` maximises by default.

Each integrand is replaced by the normal curve that shares its peak and its curvature there. The
value is that of the quadrature with one node. Its slope is not an average over nodes: the peak and
the curvature move with the parameters, and their part, the slope of the log determinant, is here.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from ctbone.pooling.model.likelihood import (
    Array,
    Counts,
    Marginal,
    cholesky_factor,
    find_peaks,
    linear_predictors,
    log_integrand,
    slope_and_curvature,
)

#: Half the distance over which slopes are compared to tell the curvature: with an error of its
#: square and a rounding of 1e-16 over it, both are below 1e-7.
_STEP = 1e-4


def laplace(theta: Array, counts: Counts, *, mode: Array | None = None) -> Marginal:
    """Return the approximation of every study, its slope, and its curvature by differences.

    Args:
        theta: Parameters of each study in the order of ``likelihood``, shape ``(k, 5)``.
        counts: What the k studies saw.
        mode: Where to begin to look for the peaks, shape ``(k, 2)``.
    """
    k = len(counts)
    mode = _sharp_peaks(theta, counts, np.zeros((k, 2)) if mode is None else mode)
    # The place itself and five steps either way, all studies at each, in one go.
    steps = _STEP * np.concatenate([np.zeros((1, 5)), np.eye(5), -np.eye(5)])
    around = (theta[None] + steps[:, None]).reshape(-1, 5)
    repeated = Counts(np.tile(counts.events, (11, 1)), np.tile(counts.totals, (11, 1)))
    peaks = _sharp_peaks(around, repeated, np.tile(mode, (11, 1)))
    score = _score(around, repeated, peaks).reshape(11, k, 5)
    hessian = (score[1:6] - score[6:]).transpose(1, 0, 2) / (2.0 * _STEP)
    hessian = 0.5 * (hessian + hessian.swapaxes(1, 2))
    return Marginal(_value(theta, counts, mode), score[0], hessian, mode)


def _sharp_peaks(theta: Array, counts: Counts, mode: Array) -> Array:
    """Find the peaks to rounding: the slope of the determinant, unlike an average, feels them."""
    near = find_peaks(theta, counts, mode)
    slope, curvature = slope_and_curvature(theta, counts, near)
    return np.asarray(near + np.linalg.solve(curvature, slope[..., None])[..., 0], float)


def _value(theta: Array, counts: Counts, mode: Array) -> Array:
    _, curvature = slope_and_curvature(theta, counts, mode)
    _, log_determinant = np.linalg.slogdet(curvature)
    height = log_integrand(theta, counts, mode)
    return np.asarray(height - 0.5 * log_determinant + counts.log_offset(), float)


def _score(theta: Array, counts: Counts, mode: Array) -> Array:
    """Return the slope of the height at the peak less half that of the log determinant."""
    p = expit(linear_predictors(theta, mode))
    residual, weight = counts.events - counts.totals * p, counts.totals * p * (1.0 - p)
    direct = _direct(mode)
    moved = direct + cholesky_factor(theta) @ _shift(theta, counts, mode, direct)
    a, b, c = theta[:, 2:].T
    first, second = weight.T
    # det(L'WL + 1) = 1 + a^2 w1 + (b^2 + c^2) w2 + a^2 c^2 w1 w2.
    both = (a * c) ** 2
    determinant = 1.0 + a**2 * first + (b**2 + c**2) * second + both * first * second
    by_weight = np.stack((a**2 + both * second, b**2 + c**2 + both * first), -1)
    slope = np.einsum("kj,kjp->kp", by_weight * weight * (1.0 - 2.0 * p), moved)
    slope[:, 2] += 2.0 * a * first * (1.0 + c**2 * second)
    slope[:, 3] += 2.0 * b * second
    slope[:, 4] += 2.0 * c * second * (1.0 + a**2 * first)
    # By the envelope theorem the height at the peak changes as if the peak stood still.
    height = np.einsum("kj,kjp->kp", residual, direct)
    return np.asarray(height - 0.5 * slope / determinant[:, None])


def _direct(z: Array) -> Array:
    """Return the slope of both logits in the five parameters at fixed z, shape ``(k, 2, 5)``."""
    direct = np.zeros((len(z), 2, 5))
    direct[:, 0, 0] = direct[:, 1, 1] = 1.0
    direct[:, 0, 2] = direct[:, 1, 3] = z[:, 0]
    direct[:, 1, 4] = z[:, 1]
    return direct


def _shift(theta: Array, counts: Counts, z: Array, direct: Array) -> Array:
    """Return how the peak moves with the parameters, shape ``(k, 2, 5)``."""
    p = expit(linear_predictors(theta, z))
    residual, weight = counts.events - counts.totals * p, counts.totals * p * (1.0 - p)
    _, curvature = slope_and_curvature(theta, counts, z)
    factor = cholesky_factor(theta)
    pull = -np.einsum("kij,ki,kip->kjp", factor, weight, direct)
    pull[:, 0, 2] += residual[:, 0]
    pull[:, 0, 3] += residual[:, 1]
    pull[:, 1, 4] += residual[:, 1]
    return np.asarray(np.linalg.solve(curvature, pull), float)
