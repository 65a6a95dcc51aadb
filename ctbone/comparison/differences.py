"""Differences between two tests: of shares, areas and errors, on the same patients or on others.

Paired differences of shares and areas are those of ``ctbone evaluate --against``. What stands here
beside them is for different patients, and for errors in mg/cm3 or standard deviations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import fisher_exact, t

from ctbone.confidence import t_value, wilson, z_value
from ctbone.evaluation.measures.roc import Scores, placements
from ctbone.records import Interval

Array = NDArray[np.float64]

#: Fewer patients than this on a side have no spread to speak of.
_FEWEST = 3

#: A standard error below this is rounding.
_NONE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """First less second.

    Attributes:
        measure: Of what: ``sensitivity``, ``specificity``, ``auc`` or ``absolute_error``.
        target: The condition; empty for errors.
        first: Value of the first.
        second: Value of the second.
        difference: First less second, with its limits.
        p_value: Two-sided; ``None`` where the difference has no variance.
        n: Patients, of both sides where they are others.
        unit: Of the values.
        method: How limits and P were found.
    """

    measure: str
    target: str
    first: float
    second: float
    difference: Interval
    p_value: float | None
    n: int
    unit: str
    method: str


def share_difference(
    first: tuple[int, int], second: tuple[int, int], *, confidence: float
) -> tuple[Interval, float] | None:
    """Compare shares of different patients, each as events and total.

    Limits: Newcombe's hybrid score (Stat Med 1998;17:873, method 10); P: Fisher's exact test.

    Returns:
        ``None`` where a side has nobody.

    Example:
        >>> found, p = share_difference((56, 70), (48, 80), confidence=0.95)
        >>> f"{found.estimate:.4f} {found.lower:.4f} {found.upper:.4f}"
        '0.2000 0.0524 0.3339'
    """
    one, other = (wilson(k, n, confidence=confidence) for k, n in (first, second))
    if one is None or other is None:
        return None
    difference = one.estimate - other.estimate
    below = sqrt((one.estimate - one.lower) ** 2 + (other.upper - other.estimate) ** 2)
    above = sqrt((one.upper - one.estimate) ** 2 + (other.estimate - other.lower) ** 2)
    table = np.asarray([[k, n - k] for k, n in (first, second)])
    found = fisher_exact(table)
    return Interval(difference, difference - below, difference + above), float(found.pvalue)


def area_difference(
    first: Scores, second: Scores, *, confidence: float
) -> tuple[float, float, Interval, float | None] | None:
    """Compare areas under the curve of different patients, by the variances of DeLong.

    Returns:
        Both areas, their difference and P; ``None`` where a side is too small for a variance.
    """
    sides = [placements(first), placements(second)]
    if min(len(part) for side in sides for part in side) < _FEWEST:
        return None
    ours, theirs = (float(side[0].mean()) for side in sides)
    variance = sum(float(part.var(ddof=1)) / len(part) for side in sides for part in side)
    difference, se = ours - theirs, sqrt(variance)
    reach = z_value(confidence) * se
    limits = Interval(difference, max(difference - reach, -1.0), min(difference + reach, 1.0))
    return ours, theirs, limits, 2.0 * float(ndtr(-abs(difference) / se)) if se > _NONE else None


def paired_mean_difference(
    first: Sequence[float], second: Sequence[float], *, confidence: float
) -> tuple[Interval, float | None] | None:
    """Compare means of the same patients by Student's paired t.

    Returns:
        ``None`` with fewer than three patients.
    """
    moved = np.asarray(first, float) - np.asarray(second, float)
    if len(moved) < _FEWEST:
        return None
    se = float(moved.std(ddof=1)) / sqrt(len(moved))
    return _by_t(float(moved.mean()), se, len(moved) - 1.0, confidence)


def mean_difference(
    first: Sequence[float], second: Sequence[float], *, confidence: float
) -> tuple[Interval, float | None] | None:
    """Compare means of different patients by Welch's t (Biometrika 1947;34:28).

    Returns:
        ``None`` with fewer than three patients on a side.
    """
    sides = [np.asarray(side, float) for side in (first, second)]
    if min(map(len, sides)) < _FEWEST:
        return None
    parts = [float(side.var(ddof=1)) / len(side) for side in sides]
    difference = float(sides[0].mean() - sides[1].mean())
    squares = [part**2 / (len(side) - 1) for part, side in zip(parts, sides, strict=True)]
    freedom = sum(parts) ** 2 / sum(squares) if sum(squares) > 0.0 else 1.0
    return _by_t(difference, sqrt(sum(parts)), freedom, confidence)


def _by_t(
    difference: float, se: float, freedom: float, confidence: float
) -> tuple[Interval, float | None]:
    reach = t_value(confidence, freedom) * se
    p_value = 2.0 * float(t.sf(abs(difference) / se, freedom)) if se > _NONE else None
    return Interval(difference, difference - reach, difference + reach), p_value
