"""Logistic regression on one variable, as far as recalibration needs it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ctbone.confidence import z_value
from ctbone.evaluation.measures.regression import Line
from ctbone.records import Interval

Array = NDArray[np.float64]
Truth = NDArray[np.bool_]

#: Newton steps after which there is taken to be no finite maximum; half a dozen are the rule.
_STEPS = 100


def fit_logistic(x: Array, truth: Truth, *, confidence: float = 0.95) -> Line | None:
    """Fit logit P(truth) = intercept + slope x by maximum likelihood, with Wald's intervals.

    Args:
        x: What is given, shape ``(n,)``.
        truth: What is explained, shape ``(n,)``.
        confidence: Of the intervals.

    Returns:
        ``None`` where x parts the two sides or does not vary, so that there is no finite maximum.
    """
    if _parts(x, truth) or float(np.ptp(x)) == 0.0:
        return None
    design = np.column_stack([np.ones(len(x)), x])
    found = _newton(design, truth, np.zeros(len(x)))
    if found is None:
        return None
    centre, variance = found
    intercept, slope = _around(centre, variance, confidence)
    return Line(slope=slope, intercept=intercept)


def fit_intercept(offset: Array, truth: Truth, *, confidence: float = 0.95) -> Interval | None:
    """Fit logit P(truth) = intercept + offset by maximum likelihood, with Wald's interval.

    Returns:
        ``None`` where all patients are of one side.
    """
    if truth.all() or not truth.any():
        return None
    found = _newton(np.ones((len(offset), 1)), truth, offset)
    return None if found is None else _around(*found, confidence)[0]


def _parts(x: Array, truth: Truth) -> bool:
    if truth.all() or not truth.any():
        return True
    ours, others = x[truth], x[~truth]
    return bool(ours.min() >= others.max() or ours.max() <= others.min())


def _newton(design: Array, truth: Truth, offset: Array) -> tuple[Array, Array] | None:
    """Return the maximum and the inverse of the information there; ``None`` if not reached."""
    beta = np.zeros(design.shape[1])
    best = _log_likelihood(design @ beta + offset, truth)
    for _ in range(_STEPS):
        p = expit(design @ beta + offset)
        information = design.T @ (design * (p * (1.0 - p))[:, None])
        if np.linalg.cond(information) > 1e14:
            return None
        step = np.linalg.solve(information, design.T @ (truth - p))
        # Halved until it climbs: far from the maximum a full step can leap over it.
        while (gained := _log_likelihood(design @ (beta + step) + offset, truth)) < best - 1e-12:
            step = step / 2.0
        beta, best = beta + step, gained
        if float(np.abs(step).max()) < 1e-9:
            return np.asarray(beta, float), np.asarray(np.linalg.inv(information), float)
    return None


def _log_likelihood(predictor: Array, truth: Truth) -> float:
    signed = np.where(truth, predictor, -predictor)
    return float(-np.logaddexp(0.0, -signed).sum())


def _around(centre: Array, variance: Array, confidence: float) -> list[Interval]:
    reach = z_value(confidence) * np.sqrt(np.diag(variance))
    limits = zip(centre, centre - reach, centre + reach, strict=True)
    return [Interval(*map(float, values)) for values in limits]
