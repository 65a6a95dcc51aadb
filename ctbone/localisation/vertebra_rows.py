"""Rows of vertebrae.csv: where each vertebra is, and what its trabecular region holds."""

from __future__ import annotations

from collections.abc import Sequence

from ctbone.densitometry import TrabecularMeasurement, measure
from ctbone.errors import NotEvaluable, Reason
from ctbone.interchange.outcomes import location_cells, rounded
from ctbone.patches import PatchGrid, extract
from ctbone.records import BmdEstimate, VertebraLocalisation
from ctbone.volume import CTVolume

_GRID = PatchGrid()


def measure_vertebrae(
    volume: CTVolume, vertebrae: Sequence[VertebraLocalisation]
) -> tuple[list[dict[str, object]], list[BmdEstimate]]:
    """Return a row for every vertebra, and an estimate for every one that can be measured."""
    rows, estimates = [], []
    for vertebra in vertebrae:
        found, reason = _measure_one(volume, vertebra)
        cells = {"evaluable": False, "reason": reason} if found is None else _measured(found)
        rows.append({"series_uid": volume.series_uid, **location_cells(vertebra), **cells})
        if found is not None:
            estimates.append(BmdEstimate(level=vertebra.level, trabecular_hu=found.mean_hu))
    return rows, estimates


def _measure_one(
    volume: CTVolume, vertebra: VertebraLocalisation
) -> tuple[TrabecularMeasurement | None, Reason | None]:
    if not vertebra.is_whole:
        return None, Reason.LEVEL_NOT_IN_FIELD
    try:
        return measure(extract(volume, vertebra, grid=_GRID)), None
    except NotEvaluable as fault:
        return None, fault.reason


def _measured(found: TrabecularMeasurement) -> dict[str, object]:
    return {
        "evaluable": True,
        "reason": None,
        "trabecular_hu": rounded(found.mean_hu),
        "trabecular_median_hu": rounded(found.median_hu),
        "trabecular_sd_hu": rounded(found.sd_hu),
        "trabecular_volume_mm3": rounded(found.volume_mm3),
        "flags": found.flags,
    }
