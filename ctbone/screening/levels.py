"""Which levels a screening measures, and whether its head has learnt from such."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ctbone.anatomy import MeasuredLevel
from ctbone.estimation import model_levels

#: The levels of the consensus on QCT, measured where nothing else is said.
_LEVELS: tuple[MeasuredLevel, ...] = ("L1", "L2")


def wanted_levels(
    asked: tuple[MeasuredLevel, ...], model: Path | None
) -> tuple[MeasuredLevel, ...]:
    """Return the levels that are asked for, or those that the head learnt from, or L1 and L2."""
    return asked or (model_levels(model) if model else ()) or _LEVELS


def unlearnt_levels(asked: Sequence[MeasuredLevel], model: Path) -> str | None:
    """Return a warning of levels that a head has not learnt from; ``None`` without such."""
    learnt = model_levels(model)
    others = [level for level in asked if level not in learnt]
    if not learnt or not others:
        return None
    return (
        f"this model learnt from {', '.join(learnt)} and is asked for {', '.join(others)}, of "
        "which nothing is known"
    )
