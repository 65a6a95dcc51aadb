"""The marginal likelihood of one study under the bivariate binomial-normal model.

Study ``i`` has true positives ``y1 ~ Bin(n1, sens)`` and true negatives ``y2 ~ Bin(n2, spec)``
with ``logit(sens) = m1 + a z1`` and ``logit(spec) = m2 + b z1 + c z2``, ``z`` standard normal.
(Reitsma et al., J Clin Epidemiol 2005;58:982; Chu and Cole, J Clin Epidemiol 2006;59:1331.) The
five parameters of a study are ``(m1, m2, a, b, c)``: the between-study covariance is ``L L'`` with
``L = [[a, 0], [b, c]]``. In ``L`` a variance of zero and a correlation of one are ordinary points
of the parameter space, where the likelihood is smooth, and not its edge.

``z`` is integrated out by Gauss-Hermite quadrature in two dimensions, centred on the mode of each
study's integrand and scaled by its curvature there (Pinheiro and Bates, J Comput Graph Stat
1995;4:12). Score and Hessian are expectations over the same nodes: by Fisher's and Louis's
identities (J R Stat Soc B 1982;44:226) they are those of the integral itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import expit

from ctbone.pooling.model.counts import Array, Counts

__all__ = [
    "Array",
    "Counts",
    "Marginal",
    "cholesky_factor",
    "find_peaks",
    "linear_predictors",
    "log_integrand",
    "marginal",
    "posterior",
    "slope_and_curvature",
]

#: Newton steps, and halvings of each, that no mode was ever seen to need.
_MODE_STEPS, _MODE_HALVINGS = 60, 30

#: The integral does not depend on where exactly the nodes are centred.
_MODE_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Marginal:
    """Log-likelihood of each study and its derivatives in the five parameters.

    Attributes:
        value: Shape ``(k,)``.
        score: Shape ``(k, 5)``.
        hessian: Shape ``(k, 5, 5)``.
        mode: Where each integrand peaks, shape ``(k, 2)``; a start for parameters nearby.
    """

    value: Array
    score: Array
    hessian: Array
    mode: Array


def marginal(theta: Array, counts: Counts, *, nodes: int, mode: Array | None = None) -> Marginal:
    """Integrate the random effects of every study out.

    Args:
        theta: Parameters of each study in the order ``(m1, m2, a, b, c)``, shape ``(k, 5)``.
        counts: What the k studies saw.
        nodes: Quadrature nodes a dimension; 1 is the Laplace approximation.
        mode: Where to begin to look for the peaks, shape ``(k, 2)``.
    """
    mode = find_peaks(theta, counts, np.zeros((len(counts), 2)) if mode is None else mode)
    z, q, value = _posterior(theta, counts, nodes=nodes, mode=mode)
    score, hessian = _derivatives(theta, counts, z, q)
    return Marginal(value, score, hessian, mode)


def posterior(theta: Array, counts: Counts, *, nodes: int) -> tuple[Array, Array]:
    """Return mean and covariance of each study's z given its counts.

    Args:
        theta: Parameters of each study, shape ``(k, 5)``.
        counts: What the k studies saw.
        nodes: Quadrature nodes a dimension.

    Returns:
        Shapes ``(k, 2)`` and ``(k, 2, 2)``.
    """
    mode = find_peaks(theta, counts, np.zeros((len(counts), 2)))
    z, q, _ = _posterior(theta, counts, nodes=nodes, mode=mode)
    mean = np.einsum("kn,kin->ki", q, z)
    square = np.einsum("kn,kin,kjn->kij", q, z, z)
    return mean, square - mean[:, :, None] * mean[:, None, :]


def _posterior(
    theta: Array, counts: Counts, *, nodes: int, mode: Array
) -> tuple[Array, Array, Array]:
    """Return nodes ``(k, 2, n)``, their shares of the integrals ``(k, n)``, and log integrals."""
    x, log_weights = quadrature_rule(nodes)
    scale, log_volume = _scale(theta, counts, mode)
    z = mode[:, :, None] + scale @ x.T
    height = _heights(theta, counts, z) + log_weights
    peak = height.max(1, keepdims=True)
    mass = np.exp(height - peak)
    total = mass.sum(1, keepdims=True)
    value = peak[:, 0] + np.log(total[:, 0]) + log_volume + counts.log_offset()
    return z, mass / total, value


@lru_cache(maxsize=8)
def quadrature_rule(nodes: int) -> tuple[Array, Array]:
    """Return Gauss-Hermite nodes of a plane, shape ``(nodes^2, 2)``, and their log weights.

    The weight function ``exp(-x'x / 2) / (2 pi)`` is taken out again: the integrand carries its
    own.
    """
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    points = np.stack(np.meshgrid(x, x, indexing="ij"), -1).reshape(-1, 2)
    log_w = np.add.outer(np.log(w), np.log(w)).ravel() - np.log(2.0 * np.pi)
    return points, log_w + 0.5 * (points**2).sum(1)


def linear_predictors(theta: Array, z: Array) -> Array:
    """Return both logits at z, both of shape ``(k, 2)`` or ``(k, 2, n)``."""
    m1, m2, a, b, c = theta.T if z.ndim == 2 else theta.T[:, :, None]
    logits = np.empty(z.shape)
    logits[:, 0], logits[:, 1] = m1 + a * z[:, 0], m2 + b * z[:, 0] + c * z[:, 1]
    return logits


def log_integrand(theta: Array, counts: Counts, z: Array) -> Array:
    """Return the logarithm of what is integrated at z ``(k, 2)``, up to a constant."""
    return _heights(theta, counts, z[:, :, None])[:, 0]


def _heights(theta: Array, counts: Counts, z: Array) -> Array:
    logits = linear_predictors(theta, z)
    if counts.is_large:
        return _heights_from_reference(logits, counts, z)
    # log(1 + exp(x)) without overflow, an exponential and a logarithm a node.
    soft = np.log1p(np.exp(-np.abs(logits))) + np.maximum(logits, 0.0)
    y, n = counts.events[:, :, None], counts.totals[:, :, None]
    return np.asarray((y * logits - n * soft - 0.5 * z**2).sum(1))


def _heights_from_reference(logits: Array, counts: Counts, z: Array) -> Array:
    """Return heights less those at the reference proportions.

    ``y x - n log(1 + exp(x))`` has terms of the size of n, whose rounding hides what a study of
    millions says. From the logit of a proportion p near the observed one, at a distance d, it is
    ``n (p d - log(1 - p + p exp(d))) + (y - n p) d``, with terms of the size of the root of n.
    """
    y, n, p = (x[:, :, None] for x in (counts.events, counts.totals, counts.reference))
    d = logits - (np.log(p) - np.log1p(-p))
    # The exponential is taken of what is negative, from the side on which it stands.
    side = np.where(d < 0.0, p, p - 1.0)
    gained = side * d - np.log1p(np.abs(side) * np.expm1(-np.abs(d)))
    return np.asarray((n * gained + (y - n * p) * d - 0.5 * z**2).sum(1))


def slope_and_curvature(theta: Array, counts: Counts, z: Array) -> tuple[Array, Array]:
    """Return the slope of the integrand's logarithm at z and its negative curvature there."""
    p = expit(linear_predictors(theta, z))
    factor = cholesky_factor(theta)
    residual, weight = counts.events - counts.totals * p, counts.totals * p * (1.0 - p)
    slope = np.einsum("kij,ki->kj", factor, residual) - z
    curvature = np.einsum("kia,ki,kib->kab", factor, weight, factor) + np.eye(2)
    return slope, curvature


def cholesky_factor(theta: Array) -> Array:
    """Return the factor ``L`` of the covariance between studies, shape ``(k, 2, 2)``."""
    factor = np.zeros((len(theta), 2, 2))
    factor[:, 0, 0], factor[:, 1, 0], factor[:, 1, 1] = theta[:, 2], theta[:, 3], theta[:, 4]
    return factor


def find_peaks(theta: Array, counts: Counts, z: Array) -> Array:
    """Find where each integrand peaks; it is strictly log-concave, so damped Newton arrives."""
    height = log_integrand(theta, counts, z)
    for _ in range(_MODE_STEPS):
        slope, curvature = slope_and_curvature(theta, counts, z)
        step: Array = np.linalg.solve(curvature, slope[..., None])[..., 0].astype(float)
        if np.abs(step).max(initial=0.0) < _MODE_TOLERANCE:
            break
        z, height = _ascend(theta, counts, z, height, step)
    return z


def _ascend(
    theta: Array, counts: Counts, z: Array, height: Array, step: Array
) -> tuple[Array, Array]:
    length = np.ones(len(z))
    # Near the peak rounding hides the gain; a step that loses no more than that is taken. The
    # terms that cancel in the integrand grow with the number of patients.
    slack = 1e-10 * (1.0 + np.abs(height)) + 1e-13 * counts.totals.sum(1)
    for _ in range(_MODE_HALVINGS):
        trial = z + length[:, None] * step
        reached = log_integrand(theta, counts, trial)
        lower = reached < height - slack
        if not lower.any():
            break
        length = np.where(lower, 0.5 * length, length)
    return trial, reached


def _scale(theta: Array, counts: Counts, mode: Array) -> tuple[Array, Array]:
    """Return a square root of the inverse curvature at the mode, and its log determinant."""
    _, curvature = slope_and_curvature(theta, counts, mode)
    root = np.linalg.cholesky(np.linalg.inv(curvature))
    return root, np.log(root[:, 0, 0]) + np.log(root[:, 1, 1])


#: The logit that each parameter enters, and what multiplies it there: 1, z1 or z2.
_MARGIN, _BASIS = np.asarray([0, 1, 0, 1, 1]), np.asarray([0, 0, 1, 1, 2])

#: Where the product of two of 1, z1, z2 stands among 1, z1, z2, z1 z1, z1 z2, z2 z2.
_PRODUCT = np.asarray([[0, 1, 2], [1, 3, 4], [2, 4, 5]])[_BASIS[:, None], _BASIS]


def _derivatives(theta: Array, counts: Counts, z: Array, q: Array) -> tuple[Array, Array]:
    """Average score and curvature over the nodes, ``q`` being their posterior weights.

    Both are built from moments of residuals and binomial variances with products of 1, z1 and z2.
    """
    p, n = expit(linear_predictors(theta, z)), counts.totals[:, :, None]
    p *= n
    r, w = counts.events[:, :, None] - p, p - p**2 / np.maximum(n, 1.0)
    weights = np.empty((len(z), 7, z.shape[2]))
    np.multiply(r, q[:, None], out=weights[:, :2])
    np.multiply(weights[:, :1], r, out=weights[:, 2:4])
    np.multiply(weights[:, 1], r[:, 1], out=weights[:, 4])
    np.multiply(w, q[:, None], out=weights[:, 5:])
    products = np.ones((len(z), 6, z.shape[2]))
    products[:, 1:3] = z
    np.multiply(z, z[:, :1], out=products[:, 3:5])
    np.multiply(z[:, 1], z[:, 1], out=products[:, 5])
    moments = np.matmul(weights, products.swapaxes(1, 2))
    score = moments[:, _MARGIN, _BASIS]
    outer = moments[:, 2 + _MARGIN[:, None] + _MARGIN, _PRODUCT]
    is_same = _MARGIN[:, None] == _MARGIN
    bend = moments[:, 5 + np.where(is_same, _MARGIN, 0), _PRODUCT] * is_same
    return score, outer - bend - score[:, :, None] * score[:, None, :]
