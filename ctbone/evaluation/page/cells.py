"""How numbers stand on the page."""

from __future__ import annotations

from ctbone.pages import NOT_GIVEN, Cell
from ctbone.records import Interval


def count(number: int) -> Cell:
    """Return a number of patients."""
    return Cell(str(number), float(number))


def share(value: Interval | None) -> Cell:
    """Return a share in percent with its limits."""
    if value is None:
        return NOT_GIVEN
    parts = (100.0 * part for part in (value.estimate, value.lower, value.upper))
    return Cell("{:.1f} ({:.1f} to {:.1f})".format(*parts), value.estimate)


def ratio(value: Interval | None, decimals: int = 2) -> Cell:
    """Return a number with its limits."""
    if value is None:
        return NOT_GIVEN
    return Cell(f"{value:.{decimals}f}", value.estimate)


def number(value: float | None, decimals: int = 2) -> Cell:
    """Return a number without limits."""
    return NOT_GIVEN if value is None else Cell(f"{value:.{decimals}f}", value)


def p_value(value: float | None) -> Cell:
    """Return a P value; none is so small that it is 0."""
    if value is None:
        return NOT_GIVEN
    return Cell("<0.001" if value < 0.001 else f"{value:.3f}", value)


def plain(name: str) -> str:
    """Return the name of a group as people write it, so that it can break between words."""
    return name.replace("_", " ")
