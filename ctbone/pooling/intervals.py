"""Intervals on the scales on which the pooled quantities are normal, and exact ones for counts."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, expit

from ctbone.confidence import z_value
from ctbone.pooling.likelihood import Array
from ctbone.records import Interval

#: Beyond this the exponential is no number that anybody reads; ratios are clipped to it.
_LARGEST_LOG = 700.0


def from_logit(centre: float, se: float, confidence: float) -> Interval:
    """Return a proportion and its limits from its logit and the standard error of that."""
    reach = z_value(confidence) * se
    low, mid, high = expit(np.asarray([centre - reach, centre, centre + reach]))
    return Interval(float(mid), float(low), float(high))


def from_log(centre: float, se: float, confidence: float) -> Interval:
    """Return a ratio and its limits from its logarithm and the standard error of that."""
    reach = z_value(confidence) * se
    logs = np.clip([centre - reach, centre, centre + reach], -_LARGEST_LOG, _LARGEST_LOG)
    low, mid, high = np.exp(logs)
    return Interval(float(mid), float(low), float(high))


def exact(events: int, total: int, confidence: float) -> Interval:
    """Return a proportion with its exact limits (Clopper and Pearson, Biometrika 1934;26:404).

    Raises:
        ValueError: If there is nobody to take a proportion of.
    """
    if total < 1:
        raise ValueError(f"a proportion needs at least one patient, got {events} of {total}")
    tail = (1.0 - confidence) / 2.0
    low = float(betaincinv(events, total - events + 1, tail)) if events else 0.0
    high = float(betaincinv(events + 1, total - events, 1.0 - tail)) if events < total else 1.0
    return Interval(events / total, min(low, events / total), max(high, events / total))


def likelihood_ratios(
    mean: Array, covariance: Array, confidence: float
) -> tuple[Interval, Interval, Interval]:
    """Return LR+, LR- and the diagnostic odds ratio by the delta method on the log scale.

    Args:
        mean: Logit sensitivity and specificity, shape ``(2,)``.
        covariance: Of the two, shape ``(2, 2)``.
        confidence: Of the limits.
    """
    sens, spec = expit(mean)
    # log expit(x) and log(1 - expit(x)) without the loss that 1 - expit(x) has far out.
    log_p, log_q = -np.logaddexp(0.0, -mean), -np.logaddexp(0.0, mean)
    centres = (log_p[0] - log_q[1], log_q[0] - log_p[1], mean.sum())
    slopes = ((1.0 - sens, spec), (-sens, spec - 1.0), (1.0, 1.0))
    errors = [float(np.sqrt(np.asarray(g) @ covariance @ np.asarray(g))) for g in slopes]
    first, second, third = (
        from_log(float(c), e, confidence) for c, e in zip(centres, errors, strict=True)
    )
    return first, second, third
