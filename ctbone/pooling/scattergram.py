"""Likelihood ratios in four quadrants (Stengel et al., J Med Screen 2003;10:47).

A positive ratio above 10 confirms, a negative one below 0.1 excludes.
"""

from __future__ import annotations

from typing import Literal

from ctbone.records import ContingencyTable

CONFIRMS, EXCLUDES = 10.0, 0.1

Quadrant = Literal[
    "confirmation and exclusion",
    "confirmation only",
    "exclusion only",
    "neither confirmation nor exclusion",
]


def quadrant(lr_positive: float, lr_negative: float) -> Quadrant:
    """Say what a test with these likelihood ratios is good for.

    Example:
        >>> quadrant(12.0, 0.2)
        'confirmation only'
    """
    if lr_positive > CONFIRMS:
        both = lr_negative < EXCLUDES
        return "confirmation and exclusion" if both else "confirmation only"
    if lr_negative < EXCLUDES:
        return "exclusion only"
    return "neither confirmation nor exclusion"


def study_ratios(table: ContingencyTable) -> tuple[float, float] | None:
    """Return LR+ and LR- of one table, without correction.

    Returns:
        An infinite ratio, or one of 0, where an empty cell makes it so; ``None`` where one is 0/0
        or a margin holds nobody.
    """
    if not table.diseased or not table.healthy:
        return None
    positive = _ratio(table.true_positives, table.diseased, table.false_positives, table.healthy)
    negative = _ratio(table.false_negatives, table.diseased, table.true_negatives, table.healthy)
    return None if positive is None or negative is None else (positive, negative)


def _ratio(events: int, total: int, other_events: int, other_total: int) -> float | None:
    if other_events:
        return (events / total) / (other_events / other_total)
    return float("inf") if events else None
