"""vertebrae.csv, a row a vertebra, and rejections.csv, a row a study without a finding.

Every command that writes vertebrae.csv writes the same columns; what it does not know stays empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ctbone.delimited import write_rows
from ctbone.errors import Reason
from ctbone.interchange.results import RESULT_COLUMNS, rounded
from ctbone.records import BmdEstimate, Rejection, ScreeningResult, VertebraLocalisation

#: What was measured in a vertebra: attenuation of its trabecular region (HU) and volume of it
#: (mm3), and its density with the predictive standard deviation (mg/cm3).
_MEASURED = (
    "trabecular_hu",
    "trabecular_median_hu",
    "trabecular_sd_hu",
    "trabecular_p10_hu",
    "trabecular_p90_hu",
    "trabecular_volume_mm3",
    "bmd_mg_cm3",
    "sd_mg_cm3",
)

#: Positions are patient coordinates, LPS, millimetres.
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
    "body_volume_mm3",
    *_MEASURED,
    "flags",
)

REJECTION_COLUMNS = ("study_uid", "reason", "detail", "stage")

#: The files that a run leaves for others, and their columns.
OUTCOME_FILES = {
    "results.csv": RESULT_COLUMNS,
    "vertebrae.csv": VERTEBRA_COLUMNS,
    "rejections.csv": REJECTION_COLUMNS,
}


def write_vertebrae(path: Path, outcomes: Iterable[ScreeningResult | Rejection]) -> Path:
    """Write a row for every localised level of every screened study; return the path.

    A level that was localised and not measured has a position and no density. It is called not
    evaluable only where the field of view cuts it; the other reasons a result does not keep.
    """
    screened = (outcome for outcome in outcomes if isinstance(outcome, ScreeningResult))
    return write_rows(path, VERTEBRA_COLUMNS, (row for s in screened for row in vertebra_cells(s)))


def write_rejections(path: Path, outcomes: Iterable[ScreeningResult | Rejection]) -> Path:
    """Write a row for every rejected study; return the path."""
    rejected = (outcome for outcome in outcomes if isinstance(outcome, Rejection))
    return write_rows(path, REJECTION_COLUMNS, map(rejection_cells, rejected))


def rejection_cells(rejection: Rejection) -> dict[str, object]:
    """Return the row of a rejected study by column name."""
    return {name: getattr(rejection, name) for name in REJECTION_COLUMNS}


def vertebra_cells(result: ScreeningResult) -> Iterator[dict[str, object]]:
    """Yield a row by column name for every localised level of a study."""
    found = {vertebra.level: vertebra for vertebra in result.vertebrae}
    measured = {estimate.level: estimate for estimate in result.estimates}
    for level in sorted(found.keys() | measured.keys(), key=lambda level: level.order):
        row: dict[str, object] = {"study_uid": result.study_uid, "series_uid": result.series_uid}
        row |= {"level": level.name}
        if vertebra := found.get(level):
            row |= location_cells(vertebra)
        if estimate := measured.get(level):
            row |= measurement_cells(estimate)
        yield row


def location_cells(vertebra: VertebraLocalisation) -> dict[str, object]:
    """Return what a row says of where a vertebra is, and of whether it can be measured there."""
    names = ("centroid_x_mm", "centroid_y_mm", "centroid_z_mm")
    place = dict(zip(names, map(rounded, vertebra.centroid_mm), strict=True))
    cut = {} if vertebra.is_whole else {"evaluable": False, "reason": Reason.LEVEL_NOT_IN_FIELD}
    return {
        "level": vertebra.level.name,
        **place,
        "confidence": rounded(vertebra.confidence),
        "body_volume_mm3": rounded(vertebra.body.volume_mm3) if vertebra.body else None,
        **cut,
    }


def measurement_cells(estimate: BmdEstimate) -> dict[str, object]:
    """Return what a row says of a vertebra that was measured."""
    values = {name: rounded(getattr(estimate, name)) for name in _MEASURED}
    return {"evaluable": True, "reason": None, **values, "flags": estimate.flags}
