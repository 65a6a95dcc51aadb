"""Selective reporting: how much better the answers become that a system dares to give.

Answers are taken in order of confidence. Coverage is the share of them that is given, risk the
mean error of those. What a system refuses comes last, however sure it is, so that refusing has to
earn its place too. Terms and area as in Geifman & El-Yaniv, NeurIPS 2017 (recalled); the area in
excess of the best order is theirs of ICLR 2019 (recalled).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Coverages at which the error is given.
COVERAGES = (0.8, 0.9, 0.95, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SelectiveReport:
    """Error against coverage.

    Attributes:
        coverage: Share of answers given, rising to 1, shape ``(N,)``.
        risk: Mean error of those, shape ``(N,)``.
        area: Mean risk over all coverages; less is better.
        excess_area: What it is above that of the best order of the same errors; 0 is perfect.
        error_at: Risk at each of the coverages that were asked for.
        reported: Share of answers that the system does not refuse.
        error_reported: Mean error of those; ``None`` where it refuses all.
        error_refused: Mean error of the others; ``None`` where it refuses none.
    """

    coverage: Floats
    risk: Floats
    area: float
    excess_area: float
    error_at: dict[float, float]
    reported: float
    error_reported: float | None
    error_refused: float | None


def selective_report(
    confidence: Sequence[float],
    error: Sequence[float],
    evaluable: Sequence[bool],
    *,
    coverages: Sequence[float] = COVERAGES,
) -> SelectiveReport:
    """Return error against coverage.

    Args:
        confidence: Of each answer, higher is surer; a score of doubt goes in with its sign turned.
        error: Of each answer: 1 for a wrong level and 0 for a right one, or millimetres, or HU.
        evaluable: Whether the system gives the answer.
        coverages: Where the error is asked for, each above 0 and at most 1.

    Answers of equal confidence stand in no order: each place among them has their mean error.

    Raises:
        ValueError: If there is no answer, the three differ in length, or a number is not finite.
    """
    sure, wrong, given = _checked(confidence, error, evaluable)
    if any(not 0.0 < share <= 1.0 for share in coverages):
        raise ValueError(f"coverages must lie above 0 and at most at 1, got {tuple(coverages)}")
    in_order = _expected_errors(sure, wrong, given)
    coverage, risk = _running_mean(in_order)
    best = _running_mean(np.sort(wrong))[1]
    area = float(risk.mean())
    return SelectiveReport(
        coverage=coverage,
        risk=risk,
        area=area,
        # Rounding alone can put the same order below itself.
        excess_area=max(area - float(best.mean()), 0.0),
        error_at={share: _error_at(in_order, share) for share in coverages},
        reported=float(given.mean()),
        error_reported=float(wrong[given].mean()) if given.any() else None,
        error_refused=float(wrong[~given].mean()) if not given.all() else None,
    )


def _checked(
    confidence: Sequence[float], error: Sequence[float], evaluable: Sequence[bool]
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    lengths = len(confidence), len(error), len(evaluable)
    if len(set(lengths)) > 1 or not lengths[0]:
        raise ValueError(f"expected as many confidences as errors and answers, got {lengths}")
    sure, wrong = np.asarray(confidence, np.float64), np.asarray(error, np.float64)
    if not (np.isfinite(sure).all() and np.isfinite(wrong).all()):
        raise ValueError("confidence and error must be finite numbers")
    return sure, wrong, np.asarray(evaluable, np.bool_)


def _expected_errors(sure: Floats, wrong: Floats, given: NDArray[np.bool_]) -> Floats:
    """Return the errors in order, each replaced by the mean of those that stand equal to it."""
    order = np.lexsort((-sure, ~given))
    keys = np.stack([~given[order], sure[order]], axis=1)
    begins = np.r_[True, np.any(keys[1:] != keys[:-1], axis=1)]
    group = np.cumsum(begins) - 1
    means = np.bincount(group, weights=wrong[order]) / np.bincount(group)
    return np.asarray(means[group], dtype=np.float64)


def _running_mean(errors: Floats) -> tuple[Floats, Floats]:
    counts = np.arange(1, errors.size + 1)
    return counts / errors.size, np.cumsum(errors) / counts


def _error_at(errors: Floats, share: float) -> float:
    """Return the mean error of the first answers, the last of them by as much of it as counts."""
    wanted = share * errors.size
    # A share that is a whole number of answers must not lose one to rounding.
    whole = int(np.floor(wanted + 1e-9))
    part = max(wanted - whole, 0.0) if whole < errors.size else 0.0
    total = float(errors[:whole].sum()) + (part * float(errors[whole]) if part else 0.0)
    return total / (whole + part)
