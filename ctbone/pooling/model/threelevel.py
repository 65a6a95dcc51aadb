"""The bivariate model with tables within studies: two levels of random effects.

Table ``t`` of study ``s`` has ``logit(sens, spec) = mean + A u_s + B v_st``, with ``u`` and ``v``
standard normal and ``A``, ``B`` lower triangles: ``A A'`` is the covariance between studies and
``B B'`` that between tables of one study. With ``A = 0`` it is the bivariate model that takes
tables for independent.

The integral over ``v_st`` is the marginal likelihood of one table. That over ``u_s`` is taken by
adaptive Gauss-Hermite quadrature over the product of those of its tables; nested quadrature of
this kind is in Rabe-Hesketh et al., J Econometrics 2005;128:301. Score and Hessian follow by the
identities of Fisher and Louis at both levels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.fitting import SEARCH_TOLERANCE, Fit, Point, ascend
from ctbone.pooling.model.likelihood import Array, Counts, Marginal, marginal, quadrature_rule

#: Nodes a dimension and level: of the search, and of the reported fit.
SEARCH_NODES, NODES = 5, 11

#: Newton decrement at which the search ends: far below what is reported.
TOLERANCE = 1e-8

#: Newton steps towards the peak of each study's integrand, and the longest of them. The integral
#: does not depend on where exactly the nodes lie.
_PEAK_STEPS, _LONGEST_STEP = 8, 2.0


@dataclass(frozen=True, slots=True, eq=False)
class ThreeLevelFit:
    """Maximum-likelihood estimates of the three-level model.

    Attributes:
        mean: Mean logit sensitivity and specificity, shape ``(2,)``.
        covariance: Of the two means, shape ``(2, 2)``.
        between_studies: Covariance of the logits between studies, shape ``(2, 2)``.
        between_tables: Covariance between tables of one study, shape ``(2, 2)``.
        log_likelihood: With the binomial coefficients.
        has_converged: Whether a finite maximum was reached.
    """

    mean: Array
    covariance: Array
    between_studies: Array
    between_tables: Array
    log_likelihood: float
    has_converged: bool


def fit_three_level(counts: Counts, cluster: NDArray[np.intp], fit: BivariateFit) -> ThreeLevelFit:
    """Fit the model by maximum likelihood.

    Args:
        counts: What the tables saw.
        cluster: Study of each table, from 0, shape ``(k,)``.
        fit: The bivariate model of the same tables, where the search begins.
    """
    # Half of each variance to either level, a little off the boundary, where the score is zero.
    half: Array = fit.theta[2:] * np.sqrt(0.5) + 0.02
    start = np.concatenate([fit.theta[:2], half, half])
    near = _climb(start, counts, cluster, SEARCH_NODES, SEARCH_TOLERANCE)
    found = _climb(near.phi, counts, cluster, NODES, TOLERANCE) if near.has_converged else near
    studies, tables = _triangle(found.phi[2:5]), _triangle(found.phi[5:8])
    return ThreeLevelFit(
        mean=found.phi[:2],
        covariance=found.covariance[:2, :2],
        between_studies=_square(studies),
        between_tables=_square(tables),
        log_likelihood=found.log_likelihood,
        has_converged=found.has_converged and bool((np.diag(found.covariance)[:2] > 0.0).all()),
    )


def _climb(
    start: Array, counts: Counts, cluster: NDArray[np.intp], nodes: int, tolerance: float
) -> Fit:
    def surface(phi: Array, _: Array | None) -> Point:
        return nested(phi, counts, cluster, nodes=nodes)

    return ascend(surface, start, tolerance=tolerance)


def nested(phi: Array, counts: Counts, cluster: NDArray[np.intp], *, nodes: int) -> Point:
    """Integrate the random effects of both levels out.

    Args:
        phi: Two means, three of the triangle A and three of B, each ``(a, b, c)`` as in
            ``likelihood``; shape ``(8,)``.
        counts: What the tables saw.
        cluster: Study of each table, from 0, shape ``(k,)``.
        nodes: Quadrature nodes a dimension, at each level.

    Returns:
        The log-likelihood, its score of shape ``(8,)`` and its Hessian.
    """
    member = np.eye(int(cluster.max()) + 1)[:, cluster]
    peak, root = _peaks(phi, counts, cluster, member)
    x, log_weights = quadrature_rule(nodes)
    u = peak[:, None, :] + np.einsum("sij,nj->sni", root, x)
    value, score, hessian = _tables(phi, counts, u[cluster], nodes)
    height = np.tensordot(member, value, 1) - 0.5 * (u**2).sum(-1) + log_weights
    top = height.max(1, keepdims=True)
    mass = np.exp(height - top)
    total = mass.sum(1, keepdims=True)
    q = mass / total
    within = np.tensordot(member, score, 1)
    bend = np.tensordot(member, hessian, 1) + within[..., :, None] * within[..., None, :]
    mean = np.einsum("sn,snj->sj", q, within)
    log_volume = np.log(np.abs(np.linalg.det(root)))
    return Point(
        float((top[:, 0] + np.log(total[:, 0]) + log_volume).sum()),
        mean.sum(0),
        np.einsum("sn,snij->ij", q, bend) - mean.T @ mean,
    )


def _triangle(parts: Array) -> Array:
    a, b, c = parts
    return np.asarray([[a, 0.0], [b, c]])


def _square(triangle: Array) -> Array:
    covariance = triangle @ triangle.T
    # What the search leaves of a variance that is zero at the maximum.
    return np.where(np.abs(covariance) < 1e-10, 0.0, covariance)


def _tables(phi: Array, counts: Counts, u: Array, nodes: int) -> tuple[Array, Array, Array]:
    """Return log-likelihood, score and Hessian in phi of each table at each u.

    Args:
        phi: Shape ``(8,)``.
        counts: k tables.
        u: Effects of their studies, shape ``(k, n, 2)``.
        nodes: Of the inner quadrature.
    """
    found = _given(phi, counts, u, nodes)
    k, n = u.shape[:2]
    design = np.zeros((k, n, 5, 8))
    design[:, :, 0, 0] = design[:, :, 1, 1] = 1.0
    design[:, :, 0, 2] = design[:, :, 1, 3] = u[..., 0]
    design[:, :, 1, 4] = u[..., 1]
    design[:, :, 2, 5] = design[:, :, 3, 6] = design[:, :, 4, 7] = 1.0
    score = np.einsum("knj,knjm->knm", found.score.reshape(k, n, 5), design)
    inner = np.matmul(found.hessian.reshape(k, n, 5, 5), design)
    return found.value.reshape(k, n), score, np.matmul(design.swapaxes(2, 3), inner)


def _given(phi: Array, counts: Counts, u: Array, nodes: int) -> Marginal:
    """Return the marginal likelihood of each table given the effects of its study, flat."""
    k, n = u.shape[:2]
    theta = np.empty((k, n, 5))
    theta[..., :2] = phi[:2] + u @ _triangle(phi[2:5]).T
    theta[..., 2:] = phi[5:8]
    repeated = Counts(np.repeat(counts.events, n, axis=0), np.repeat(counts.totals, n, axis=0))
    return marginal(theta.reshape(-1, 5), repeated, nodes=nodes)


def _peaks(
    phi: Array, counts: Counts, cluster: NDArray[np.intp], member: Array
) -> tuple[Array, Array]:
    """Find where the integrand of each study peaks, and a root of its inverse curvature there."""
    triangle = _triangle(phi[2:5])
    u = np.zeros((len(member), 2))
    for _ in range(_PEAK_STEPS):
        found = _given(phi, counts, u[cluster][:, None], SEARCH_NODES)
        slope = member @ found.score[:, :2] @ triangle - u
        bend = np.tensordot(member, found.hessian[:, :2, :2], 1)
        values, axes = np.linalg.eigh(np.eye(2) - triangle.T @ bend @ triangle)
        # At least that of the effects themselves: what is below is rounding of huge counts.
        root = axes / np.sqrt(np.maximum(values, 1.0))[:, None, :]
        step = (root @ (root.swapaxes(1, 2) @ slope[..., None]))[..., 0]
        u = u + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        if np.abs(step).max() < 1e-3:
            break
    return u, root
