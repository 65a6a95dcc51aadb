"""The approximate bivariate model, in which the empirical logits of each study are normal.

Reitsma et al., J Clin Epidemiol 2005;58:982. The variance of a logit within a study is taken from
its counts as if it were known, ``1/y + 1/(n - y)``, and an empty cell makes that infinite: half a
patient is then added, to whom is the caller's choice. The exact model needs neither; this one is
here because reviews and other programs (mada, metafor, mvmeta) report it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ctbone.pooling.model.bivariate import BivariateFit, Model, estimates, moment_starts
from ctbone.pooling.model.boundary import FULL, Free, reduce_model
from ctbone.pooling.model.fitting import Fit, Point, ascend
from ctbone.pooling.model.likelihood import Array, Counts, cholesky_factor

#: Which studies take half a patient a cell: those with an empty cell, or all as soon as one has.
Correction = Literal["single", "all"]

#: The value has closed form and carries no error of quadrature: the slope is followed to rounding.
_TOLERANCE = 1e-18

#: Half the distance over which slopes are compared to tell the curvature.
_STEP = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class EmpiricalLogits:
    """Logits of k studies and what is known of their error.

    Attributes:
        logits: Of sensitivity and specificity, 0 where a study cannot tell, shape ``(k, 2)``.
        within: Their variances within the study, any where it cannot tell, shape ``(k, 2)``.
        seen: 1 where a study tells the margin, else 0, shape ``(k, 2)``.
        corrected: Studies that took half a patient a cell, shape ``(k,)``.
    """

    logits: Array
    within: Array
    seen: Array
    corrected: NDArray[np.bool_]


def empirical_logits(counts: Counts, correction: Correction) -> EmpiricalLogits:
    """Return the logits of all studies, corrected where they have to be.

    A study without diseased or without healthy patients is silent on that margin; its absent cells
    ask for no correction.
    """
    seen = counts.totals > 0.0
    misses = counts.totals - counts.events
    has_empty = np.asarray((seen & ((counts.events == 0.0) | (misses == 0.0))).any(1))
    corrected = np.full(len(counts), has_empty.any()) if correction == "all" else has_empty
    half = 0.5 * corrected[:, None]
    hits, misses = (np.where(seen, cell + half, 2.0) for cell in (counts.events, misses))
    logits = np.where(seen, np.log(hits / misses), 0.0)
    return EmpiricalLogits(logits, 1.0 / hits + 1.0 / misses, seen.astype(float), corrected)


def fit_normal(
    counts: Counts, *, model: Model = "normal_reml", correction: Correction = "single"
) -> BivariateFit:
    """Fit the approximate model by maximum (``normal_ml``) or restricted likelihood.

    The restricted likelihood can have two peaks; the highest of those that several starts reach is
    taken. Standard errors of the means are those of generalised least squares at the estimated
    variances, as mada and metafor give them; means and variances share no information.

    Args:
        counts: What the studies saw; none of them empty.
        model: Which likelihood.
        correction: Which studies take half a patient a cell.

    Raises:
        ValueError: If the model is not a normal one.
    """
    if model not in {"normal_ml", "normal_reml"}:
        raise ValueError(f"the approximate model is normal_ml or normal_reml, got {model}")
    data, is_restricted = empirical_logits(counts, correction), model == "normal_reml"

    def restricted(free: Free, theta: Array) -> Fit:
        return _maximise(data, free, theta, is_restricted=is_restricted)

    full = max((restricted(FULL, s) for s in _starts(counts)), key=lambda f: f.log_likelihood)
    free, fit = reduce_model(full, restricted)
    found = estimates(fit, free, k=len(counts), model=model)
    covariance = np.zeros((5, 5))
    covariance[2:, 2:] = found.covariance[2:, 2:]
    known = precision(found.theta[None], data)[0][0].sum(0)
    covariance[:2, :2] = np.linalg.inv(known)
    return replace(found, covariance=covariance)


def _starts(counts: Counts) -> list[Array]:
    near = moment_starts(counts)
    # With few studies there can be several maxima: wider and narrower guesses as well.
    wide, narrow = np.asarray([1, 1, 3, 3, 3]), np.asarray([1, 1, 0.3, 0.3, 0.3])
    return [*near, near[0] * wide, near[1] * narrow]


def _maximise(data: EmpiricalLogits, free: Free, theta: Array, *, is_restricted: bool) -> Fit:
    chosen = list(free)

    def surface(phi: Array, _: Array | None) -> Point:
        here = np.zeros(5)
        here[chosen] = phi
        steps = _STEP * np.eye(5)[chosen]
        places = np.concatenate([here[None], here + steps, here - steps])
        value, score = _restricted_likelihood(places, data, is_restricted=is_restricted)
        m, score = len(chosen), score[:, chosen]
        hessian = (score[1 : m + 1] - score[m + 1 :]) / (2.0 * _STEP)
        return Point(float(value[0]), score[0], 0.5 * (hessian + hessian.T))

    return ascend(surface, theta[chosen], tolerance=_TOLERANCE)


def precision(theta: Array, data: EmpiricalLogits) -> tuple[Array, Array]:
    """Return what each study knows of both means, and the log determinants of its variance.

    Args:
        theta: Parameters at p places, shape ``(p, 5)``.
        data: The logits of k studies.

    Returns:
        Precisions of shape ``(p, k, 2, 2)``, zero where a study is silent, and ``(p, k)``.
    """
    between = np.einsum("pij,plj->pil", *(cholesky_factor(theta),) * 2)
    pair = data.seen[:, :, None] * data.seen[:, None, :]
    error = data.within[:, :, None] * np.eye(2)
    total = pair * between[:, None] + error
    inverse = np.linalg.inv(total)
    # A silent margin adds its variance within, whatever that is, and nothing else.
    silent = (np.log(data.within) * (1.0 - data.seen)).sum(1)
    return pair * inverse, np.linalg.slogdet(total)[1] - silent


def _restricted_likelihood(
    theta: Array, data: EmpiricalLogits, *, is_restricted: bool
) -> tuple[Array, Array]:
    """Return the log-likelihood and its slope at p places, shapes ``(p,)`` and ``(p, 5)``.

    The term that restricts it holds no mean, so that its maximum over all five parameters is that
    of the restricted likelihood, in which the means are integrated out.
    """
    known, log_determinant = precision(theta, data)
    total = known.sum(1)
    residual = data.logits - theta[:, None, :2] * data.seen
    pull = np.einsum("pkij,pkj->pki", known, residual)
    value = -0.5 * (log_determinant.sum(1) + np.einsum("pki,pki->p", pull, residual))
    by_between = np.einsum("pki,pkj->pij", pull, pull) - total
    observations = float(data.seen.sum())
    if is_restricted:
        value -= 0.5 * np.linalg.slogdet(total)[1]
        value += 0.5 * np.log(data.seen.sum(0)).sum()
        spare = np.linalg.inv(total)
        by_between = by_between + np.einsum("pkij,pjl,pklm->pim", known, spare, known)
        observations -= 2.0
    slope = by_between @ cholesky_factor(theta)
    score = np.stack([*pull.sum(1).T, slope[:, 0, 0], slope[:, 1, 0], slope[:, 1, 1]], -1)
    return value - 0.5 * observations * np.log(2.0 * np.pi), score
