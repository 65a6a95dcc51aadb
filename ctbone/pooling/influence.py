"""What each study does to the whole: the model fitted without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.fitting import SEARCH_NODES
from ctbone.pooling.model.likelihood import Array, Counts, marginal
from ctbone.pooling.model.models import fit_model
from ctbone.pooling.model.normal import Correction


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """The summary without one study.

    Attributes:
        index: Which study was left out, from 0.
        sensitivity: Pooled sensitivity of the others.
        specificity: Pooled specificity of the others.
        cooks_distance: How far both mean logits move together, in units of their covariance, over
            their number, 2 (Cook, Technometrics 1977;19:15, for estimates with a covariance).
        cooks_distance_all: The same of means, variances and covariance between studies together,
            over the number of those that are not on a boundary.
        log_likelihood: Of the others.
        has_converged: Whether the model holds without the study.
    """

    index: int
    sensitivity: float
    specificity: float
    cooks_distance: float
    cooks_distance_all: float
    log_likelihood: float
    has_converged: bool


def leave_one_out(
    counts: Counts, fit: BivariateFit, *, correction: Correction = "single"
) -> tuple[Influence, ...]:
    """Fit the model of a fit once without each study, starting near the fit of all.

    Args:
        counts: What the studies saw; those that were fitted.
        fit: The fit of all.
        correction: Which studies took half a patient a cell, in the normal models alone.
    """
    starts = _one_step(counts, fit)

    def without(index: int) -> BivariateFit:
        others = counts.take(np.arange(len(counts)) != index)
        return fit_model(others, model=fit.model, correction=correction, start=starts[index])

    return tuple(_compare(index, fit, without(index)) for index in range(len(counts)))


def _one_step(counts: Counts, fit: BivariateFit) -> Array:
    """Return one Newton step from the fit of all towards that without each study, ``(k, 5)``."""
    here = marginal(np.tile(fit.theta, (len(counts), 1)), counts, nodes=SEARCH_NODES)
    others = here.hessian.sum(0) - here.hessian
    move = np.einsum("kij,kj->ki", np.linalg.pinv(-others), here.score)
    # One study of few can ask for a step into nowhere: half a logit is as far as it may go.
    starts = fit.theta - np.clip(move, -0.5, 0.5)
    # On the boundary the score is zero by symmetry; a little off it the search can leave again.
    at_edge = (np.abs(fit.theta) < 1e-3) & (np.arange(5) >= 2)
    return np.asarray(starts + 0.05 * at_edge)


def _compare(index: int, fit: BivariateFit, without: BivariateFit) -> Influence:
    sens, spec = expit(without.mean)
    moved = np.concatenate([fit.mean - without.mean, _covariances(fit) - _covariances(without)])
    return Influence(
        index=index,
        sensitivity=float(sens),
        specificity=float(spec),
        cooks_distance=_distance(moved[:2], fit.covariance[:2, :2]),
        cooks_distance_all=_distance(moved, fit.covariance),
        log_likelihood=without.log_likelihood,
        has_converged=without.has_converged,
    )


def _covariances(fit: BivariateFit) -> Array:
    return np.asarray([fit.between[0, 0], fit.between[1, 1], fit.between[0, 1]])


def _distance(moved: Array, covariance: Array) -> float:
    """Return Cook's distance; directions that the covariance holds fixed do not count."""
    values, axes = np.linalg.eigh(covariance)
    is_free = values > 1e-10 * float(values.max())
    along = (axes.T @ moved)[is_free]
    return float((along**2 / values[is_free]).sum() / is_free.sum())
