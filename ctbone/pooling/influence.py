"""What each study does to the whole: the model fitted without it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ctbone.pooling.bivariate import BivariateFit, fit_bivariate
from ctbone.pooling.likelihood import Array, Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """The summary without one study.

    Attributes:
        index: Which study was left out, from 0.
        sensitivity: Pooled sensitivity of the others.
        specificity: Pooled specificity of the others.
        cooks_distance: How far both logits move together, in units of their covariance.
        has_converged: Whether the model holds without the study.
    """

    index: int
    sensitivity: float
    specificity: float
    cooks_distance: float
    has_converged: bool


def leave_one_out(counts: Counts, fit: BivariateFit) -> tuple[Influence, ...]:
    """Fit the model once without each study, starting from the fit of all."""
    precision = np.asarray(np.linalg.pinv(fit.covariance[:2, :2], hermitian=True), float)
    return tuple(_without(i, counts, fit, precision) for i in range(len(counts)))


def _without(index: int, counts: Counts, fit: BivariateFit, precision: Array) -> Influence:
    others = counts.take(np.arange(len(counts)) != index)
    # On the boundary the score is zero by symmetry; a little off it the search can leave again.
    start = fit.theta + np.where(np.arange(5) >= 2, 0.05, 0.0)
    without = fit_bivariate(others, start=start)
    moved = fit.mean - without.mean
    sens, spec = expit(without.mean)
    return Influence(
        index=index,
        sensitivity=float(sens),
        specificity=float(spec),
        cooks_distance=float(moved @ precision @ moved) / 2.0,
        has_converged=without.has_converged,
    )
