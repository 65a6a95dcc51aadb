"""Rows of vertebrae.csv: where each vertebra is, and what its trabecular region holds."""

from __future__ import annotations

from collections.abc import Sequence

from ctbone.densitometry import measure, to_estimate
from ctbone.errors import NotEvaluable, Reason
from ctbone.interchange.outcomes import location_cells, measurement_cells
from ctbone.patches import PatchGrid, extract
from ctbone.records import BmdEstimate, VertebraLocalisation
from ctbone.volume import CTVolume

_GRID = PatchGrid()


def measure_vertebrae(
    volume: CTVolume, vertebrae: Sequence[VertebraLocalisation]
) -> tuple[list[dict[str, object]], list[BmdEstimate]]:
    """Return a row for every vertebra, and an estimate for every one that can be measured."""
    rows: list[dict[str, object]] = []
    estimates: list[BmdEstimate] = []
    for vertebra in vertebrae:
        row: dict[str, object] = {"series_uid": volume.series_uid, **location_cells(vertebra)}
        match _measure_one(volume, vertebra):
            case Reason() as reason:
                row |= {"evaluable": False, "reason": reason}
            case estimate:
                row |= measurement_cells(estimate)
                estimates.append(estimate)
        rows.append(row)
    return rows, estimates


def _measure_one(volume: CTVolume, vertebra: VertebraLocalisation) -> BmdEstimate | Reason:
    if not vertebra.is_whole:
        return Reason.LEVEL_NOT_IN_FIELD
    try:
        found = measure(extract(volume, vertebra, grid=_GRID))
    except NotEvaluable as fault:
        return fault.reason
    return to_estimate(found, vertebra.level)
