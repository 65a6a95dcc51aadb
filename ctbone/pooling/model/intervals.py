"""Intervals on the scales on which the pooled quantities are normal, and exact ones for counts."""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from ctbone.confidence import exact, z_value
from ctbone.pooling.model.likelihood import Array
from ctbone.records import ContingencyTable, Interval

#: Beyond this the exponential is no number that anybody reads; ratios are clipped to it.
LARGEST_LOG = 700.0


def study_intervals(
    table: ContingencyTable, confidence: float
) -> tuple[Interval | None, Interval | None]:
    """Return sensitivity and specificity of one table with exact limits, as every study has them.

    Returns:
        ``None`` for a margin that holds nobody.
    """
    sens, spec = (
        exact(events, total, confidence) if total else None
        for events, total in (
            (table.true_positives, table.diseased),
            (table.true_negatives, table.healthy),
        )
    )
    return sens, spec


def from_logit(centre: float, se: float, confidence: float) -> Interval:
    """Return a proportion and its limits from its logit and the standard error of that."""
    reach = z_value(confidence) * se
    low, mid, high = expit(np.asarray([centre - reach, centre, centre + reach]))
    return Interval(float(mid), float(low), float(high))


def from_log(centre: float, se: float, confidence: float) -> Interval:
    """Return a ratio and its limits from its logarithm and the standard error of that."""
    reach = z_value(confidence) * se
    logs = np.clip([centre - reach, centre, centre + reach], -LARGEST_LOG, LARGEST_LOG)
    low, mid, high = np.exp(logs)
    return Interval(float(mid), float(low), float(high))


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
