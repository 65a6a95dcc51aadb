"""What the trabecular region of each vertebra holds, for vertebrae.csv."""

from __future__ import annotations

from collections.abc import Sequence

from ctbone.densitometry import measure, to_estimate
from ctbone.errors import NotEvaluable
from ctbone.localisation.trust import doubted_by
from ctbone.patches import PatchGrid, extract
from ctbone.records import BmdEstimate, VertebraLocalisation
from ctbone.volume import CTVolume

_GRID = PatchGrid()


def measure_vertebrae(
    volume: CTVolume, vertebrae: Sequence[VertebraLocalisation]
) -> tuple[tuple[VertebraLocalisation, ...], list[BmdEstimate]]:
    """Measure every vertebra against which nothing speaks.

    Returns:
        The same vertebrae, those that could not be measured with the reason, and an estimate for
        each of the others.
    """
    found = tuple(vertebrae)
    estimates: list[BmdEstimate] = []
    for vertebra in vertebrae:
        if vertebra.reason is not None or not vertebra.is_whole:
            continue
        try:
            measured = measure(extract(volume, vertebra, grid=_GRID))
        except NotEvaluable as fault:
            found = doubted_by(found, vertebra.level, fault)
        else:
            estimates.append(to_estimate(measured, vertebra.level))
    return found, estimates
