"""The bivariate random-effects model of sensitivity and specificity, fitted by maximum likelihood.

Order of the two margins everywhere: sensitivity, specificity. Scale everywhere: logit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ctbone.pooling.model.boundary import (
    EQUAL,
    FULL,
    SMALL_SD,
    Boundary,
    Free,
    edges,
    reduce_model,
)
from ctbone.pooling.model.fitting import (
    FINE_NODES,
    NODES,
    SEARCH_NODES,
    SEARCH_TOLERANCE,
    Fit,
    maximise,
)
from ctbone.pooling.model.likelihood import Array, Counts, marginal

#: How the likelihood of the studies is had: the binomial one by quadrature, the same by Laplace's
#: approximation, or a normal one of the empirical logits by maximum or by restricted likelihood.
Model = Literal["exact", "laplace", "normal_ml", "normal_reml"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BivariateFit:
    """Maximum-likelihood estimates of the bivariate model.

    Attributes:
        mean: Mean logit sensitivity and specificity, shape ``(2,)``.
        between: Covariance of the logits between studies, shape ``(2, 2)``.
        covariance: Of ``(mean of sens, mean of spec, variance of sens, variance of spec, their
            covariance)``, shape ``(5, 5)``; rows of what lies on the boundary are zero.
        log_likelihood: With the binomial coefficients.
        boundary: What lies on the edge of the parameter space.
        has_converged: Whether a finite maximum was reached.
        theta: The five parameters of ``likelihood``.
        k: Studies.
        model: Whose likelihood it is.
    """

    mean: Array
    between: Array
    covariance: Array
    log_likelihood: float
    boundary: tuple[Boundary, ...]
    has_converged: bool
    theta: Array
    k: int
    model: Model = "exact"

    @property
    def correlation(self) -> float | None:
        """Correlation of the logits between studies; ``None`` where a variance is zero."""
        spread = np.sqrt(np.diag(self.between))
        if min(spread) == 0.0:
            return None
        return float(np.clip(self.between[0, 1] / spread.prod(), -1.0, 1.0))


@dataclass(frozen=True, slots=True)
class MarginFit:
    """Random-effects estimate of one margin alone.

    Attributes:
        mean: Mean logit.
        se: Standard error of it.
        variance: Variance of the logits between studies.
        log_likelihood: With the binomial coefficients.
        has_converged: Whether a finite maximum was reached.
    """

    mean: float
    se: float
    variance: float
    log_likelihood: float
    has_converged: bool


def fit_bivariate(
    counts: Counts, *, start: Array | None = None, nodes: int = NODES
) -> BivariateFit:
    """Fit the model by maximum likelihood; a coarse search first, then the full quadrature.

    Args:
        counts: What the studies saw; none of them empty.
        start: Parameters near the maximum, shape ``(5,)``; two starts of its own without.
        nodes: Quadrature nodes a dimension; with 1 Laplace's approximation is maximised.
    """
    if start is None:
        coarse = [_search(counts, guess) for guess in moment_starts(counts)]
        start = max(coarse, key=lambda fit: fit.log_likelihood).phi
    full = _restricted(counts, FULL, start, nodes=nodes)
    if nodes > 1 and _is_coarse(full, counts, nodes):
        nodes = FINE_NODES
        full = _restricted(counts, FULL, full.phi, nodes=nodes)
    free, fit = reduce_model(full, lambda f, theta: _restricted(counts, f, theta, nodes=nodes))
    return estimates(fit, free, k=len(counts), model="laplace" if nodes == 1 else "exact")


def _is_coarse(fit: Fit, counts: Counts, nodes: int) -> bool:
    """Whether more nodes would change the likelihood: studies with zero cells skew it."""
    if not fit.has_converged:
        return False
    finer = marginal(np.tile(fit.phi, (len(counts), 1)), counts, nodes=nodes + 10)
    return bool(abs(finer.value.sum() - fit.log_likelihood) > EQUAL)


def _search(counts: Counts, start: Array) -> Fit:
    design = np.broadcast_to(np.eye(5), (len(counts), 5, 5))
    return maximise(counts, design, start, nodes=SEARCH_NODES, tolerance=SEARCH_TOLERANCE)


def moment_starts(counts: Counts) -> tuple[Array, Array]:
    """Guess the parameters from the empirical logits, with either sign of the correlation."""
    events, totals = counts.events, counts.totals
    # Half a patient a cell keeps the first guess finite; it enters no result.
    logits = np.log((events + 0.5) / (totals - events + 0.5))
    within = 1.0 / (events + 0.5) + 1.0 / (totals - events + 0.5)
    mean = np.average(logits, axis=0, weights=1.0 / (within + 0.5))
    # At least 0.1, a choice: at a variance of 0 the score is zero by symmetry.
    spread = np.sqrt(np.maximum(logits.var(0) - within.mean(0), 0.1))
    first, second = (
        np.asarray([*mean, spread[0], r * spread[1], np.sqrt(1 - r * r) * spread[1]])
        for r in (-0.5, 0.5)
    )
    return first, second


def fit_margin(counts: Counts, margin: int) -> MarginFit:
    """Fit sensitivity (0) or specificity (1) alone: the model with the other margin unseen."""
    seen = np.arange(2) == margin
    alone = Counts(counts.events * seen, counts.totals * seen)
    mean, sd = (0, 2) if margin == 0 else (1, 4)
    start = moment_starts(counts)[0]
    start[sd] = 0.5
    fit = _restricted(alone, (mean, sd), start, nodes=NODES)
    if abs(fit.phi[1]) < SMALL_SD:
        fixed = _restricted(alone, (mean,), start, nodes=NODES)
        fit = fixed if fixed.log_likelihood > fit.log_likelihood - EQUAL else fit
    variance = float(fit.phi[1] ** 2) if fit.phi.size > 1 else 0.0
    se = float(np.sqrt(fit.covariance[0, 0]))
    return MarginFit(float(fit.phi[0]), se, variance, fit.log_likelihood, fit.has_converged)


def _restricted(counts: Counts, free: Free, theta: Array, *, nodes: int) -> Fit:
    columns = np.eye(5)[:, free]
    design = np.broadcast_to(columns, (len(counts), *columns.shape))
    return maximise(counts, design, theta[list(free)], nodes=nodes)


def estimates(fit: Fit, free: Free, *, k: int, model: Model) -> BivariateFit:
    """Turn the free parameters of a fit into means, variances and their covariance."""
    theta = np.zeros(5)
    theta[list(free)] = fit.phi
    a, b, c = theta[2:]
    jacobian = np.zeros((5, 5))
    jacobian[:2, :2] = np.eye(2)
    jacobian[2:, 2:] = [[2.0 * a, 0.0, 0.0], [0.0, 2.0 * b, 2.0 * c], [b, a, 0.0]]
    chosen = jacobian[:, free]
    return BivariateFit(
        mean=theta[:2],
        between=np.asarray([[a * a, a * b], [a * b, b * b + c * c]]),
        covariance=chosen @ fit.covariance @ chosen.T,
        log_likelihood=fit.log_likelihood,
        boundary=edges(free),
        has_converged=fit.has_converged,
        theta=theta,
        k=k,
        model=model,
    )
