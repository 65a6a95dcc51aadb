"""A straight line by least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.confidence import t_value
from ctbone.records import Interval

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """y = intercept + slope x.

    Attributes:
        slope: Change of y for one of x.
        intercept: Value of y where x is 0.
    """

    slope: Interval
    intercept: Interval


def fit_line(x: Array, y: Array, *, confidence: float = 0.95) -> Line | None:
    """Fit a line with Student's intervals.

    Args:
        x: What is given, shape ``(n,)``.
        y: What is explained, shape ``(n,)``.
        confidence: Of the intervals.

    Returns:
        ``None`` with fewer than three points, or where x does not vary.
    """
    n = len(x)
    if n < 3 or float(np.ptp(x)) == 0.0:
        return None
    centred = x - x.mean()
    squares = float(centred @ centred)
    slope = float(centred @ y) / squares
    intercept = float(y.mean()) - slope * float(x.mean())
    left = y - intercept - slope * x
    sd = float(np.sqrt(left @ left / (n - 2)))
    t = t_value(confidence, n - 2)
    reach = t * sd / np.sqrt(squares)
    far = t * sd * float(np.sqrt(1.0 / n + x.mean() ** 2 / squares))
    return Line(
        slope=Interval(slope, slope - float(reach), slope + float(reach)),
        intercept=Interval(intercept, intercept - far, intercept + far),
    )
