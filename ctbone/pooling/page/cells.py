"""How numbers stand on the page."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ctbone.pages import NOT_GIVEN, Cell
from ctbone.pooling.numerals import percent, probability, ratio_interval
from ctbone.records import Interval


def share(value: Interval | None) -> Cell:
    """Return a proportion as a cell."""
    return _cell(value, percent)


def times(value: Interval | None) -> Cell:
    """Return a ratio as a cell."""
    return _cell(value, ratio_interval)


def area(value: Interval | None) -> Cell:
    """Return an area under the curve as a cell."""
    return _cell(value, lambda v: f"{v:.3f}")


def _cell(value: Interval | None, text: Callable[[Interval], str]) -> Cell:
    return NOT_GIVEN if value is None else Cell(text(value), value.estimate)


def percentage(value: float) -> Cell:
    """Return a share in percent as a cell."""
    return Cell(f"{value:.1f}\u00a0%", value)


def p_value(value: float | None) -> Cell:
    """Return a P value as a cell."""
    if value is None:
        return Cell("")
    return Cell(probability(value).removeprefix("P ").removeprefix("= "), value)


def number(value: float) -> Cell:
    """Return a plain number as a cell."""
    return Cell(f"{value:.4g}" if np.abs(value) < 1e6 else f"{value:.3e}", value)


def limits(value: Interval) -> Cell:
    """Return the limits of a proportion, which has no estimate, as a cell."""
    return Cell(f"{100 * value.lower:.1f} to {100 * value.upper:.1f}\u00a0%", value.lower)
