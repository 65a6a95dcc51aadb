"""Rows of vertebrae.csv: where each vertebra is, and what its trabecular region holds."""

from __future__ import annotations

from collections.abc import Sequence

from ctbone.densitometry import TrabecularMeasurement, measure
from ctbone.errors import NotEvaluable, Reason
from ctbone.patches import PatchGrid, extract
from ctbone.records import BmdEstimate, VertebraLocalisation
from ctbone.volume import CTVolume

#: Positions are patient coordinates, LPS.
VERTEBRA_COLUMNS = (
    "study_uid",
    "series_uid",
    "level",
    "centroid_x_mm",
    "centroid_y_mm",
    "centroid_z_mm",
    "confidence",
    "evaluable",
    "reason",
    "trabecular_hu",
    "trabecular_volume_mm3",
    "body_volume_mm3",
    "flags",
)

_GRID = PatchGrid()


def measure_vertebrae(
    volume: CTVolume, vertebrae: Sequence[VertebraLocalisation]
) -> tuple[list[dict[str, object]], list[BmdEstimate]]:
    """Return a row for every vertebra, and an estimate for every one that can be measured."""
    rows, estimates = [], []
    for vertebra in vertebrae:
        found, reason = _measure_one(volume, vertebra)
        rows.append({"series_uid": volume.series_uid, **_cells(vertebra, found, reason)})
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


def _cells(
    vertebra: VertebraLocalisation,
    found: TrabecularMeasurement | None,
    reason: Reason | None,
) -> dict[str, object]:
    x, y, z = (round(value, 1) for value in vertebra.centroid_mm)
    body = vertebra.body
    return {
        "level": vertebra.level.name,
        "centroid_x_mm": x,
        "centroid_y_mm": y,
        "centroid_z_mm": z,
        "confidence": round(vertebra.confidence, 3),
        "evaluable": found is not None,
        "reason": reason,
        "trabecular_hu": None if found is None else round(found.mean_hu, 1),
        "trabecular_volume_mm3": None if found is None else round(found.volume_mm3),
        "body_volume_mm3": None if body is None else round(body.volume_mm3),
        "flags": () if found is None else found.flags,
    }
