"""How far each study lies from the others, and how much it weighs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc

from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.likelihood import Array, Counts
from ctbone.pooling.model.models import information, predicted_effects
from ctbone.pooling.model.normal import Correction

#: Share of the variance between studies below which a predicted effect has none of its own.
_NONE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Residual:
    """One study against the model.

    Attributes:
        index: Which study, from 0.
        sensitivity: Standardised predicted effect on sensitivity, standard normal under the model;
            ``None`` where the study or the model does not tell: no patients on that side and no
            correlation, or no variance between studies.
        specificity: Of specificity, likewise.
        distance: Squared Mahalanobis distance of both; ``None`` where neither can be had.
        df: Its degrees of freedom: 2, or 1 where the effects lie on a line.
        p: Probability of a larger distance by chance, from chi2(df); likewise.
    """

    index: int
    sensitivity: float | None
    specificity: float | None
    distance: float | None
    df: int
    p: float | None


def standardised_residuals(
    counts: Counts, fit: BivariateFit, *, correction: Correction = "single"
) -> tuple[Residual, ...]:
    """Return the standardised residuals of the studies, the level-2 residuals of gllamm.

    The predicted random effect over its own standard deviation, the root of the variance between
    studies less the posterior variance (Skrondal and Rabe-Hesketh, J R Stat Soc A 2009;172:659);
    metandi and MIDAS draw the same.
    """
    effects, spread = predicted_effects(counts, fit, correction=correction)
    return tuple(_residual(i, effects[i], spread[i], fit) for i in range(len(counts)))


def _residual(index: int, effect: Array, spread: Array, fit: BivariateFit) -> Residual:
    floor = _NONE * np.diag(fit.between)
    margins = [
        float(effect[m] / np.sqrt(spread[m, m])) if spread[m, m] > floor[m] else None
        for m in (0, 1)
    ]
    values, axes = np.linalg.eigh(spread)
    is_free = values > _NONE * float(np.trace(fit.between))
    df = int(is_free.sum())
    along = (axes.T @ effect)[is_free]
    distance = float((along**2 / values[is_free]).sum()) if df else None
    return Residual(
        index=index,
        sensitivity=margins[0],
        specificity=margins[1],
        distance=distance,
        df=df,
        p=None if distance is None else float(gammaincc(df / 2.0, distance / 2.0)),
    )


def study_weights(
    counts: Counts, fit: BivariateFit, *, correction: Correction = "single"
) -> Array:
    """Return the percentage weight of each study in each pooled logit, shape ``(k, 2)``.

    With the information ``I = sum I_i`` and the covariance ``V = 1 / I`` of the means,
    ``V = sum V I_i V``: the share of study i in the variance of a mean is its weight (Burke,
    Ensor, Snell, van der Windt and Riley, Res Synth Methods 2018;9:163). Through the correlation
    a study can weigh in a margin of which it holds no patient. Each column sums to 100.
    """
    known = information(counts, fit, correction=correction)
    covariance = np.linalg.inv(known.sum(0))
    shares = np.einsum("ij,kjl,li->ki", covariance, known, covariance)
    return np.asarray(100.0 * shares / np.diag(covariance))
