"""vertebrae.csv, a row a measured level, and rejections.csv, a row a study without a finding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ctbone.delimited import write_rows
from ctbone.interchange.results import DECIMALS, RESULT_COLUMNS
from ctbone.records import Rejection, ScreeningResult, VertebraLocalisation

#: Positions are patient coordinates, LPS, millimetres.
VERTEBRA_COLUMNS = (
    "study_uid",
    "series_uid",
    "level",
    "centroid_x_mm",
    "centroid_y_mm",
    "centroid_z_mm",
    "confidence",
    "trabecular_hu",
    "bmd_mg_cm3",
    "sd_mg_cm3",
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

    A level that was localised and not measured has a position and no density.
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
            row |= _place(vertebra)
        if estimate := measured.get(level):
            names = ("trabecular_hu", "bmd_mg_cm3", "sd_mg_cm3")
            row |= {name: _rounded(getattr(estimate, name)) for name in names}
            row |= {"flags": estimate.flags}
        yield row


def _place(vertebra: VertebraLocalisation) -> dict[str, object]:
    names = ("centroid_x_mm", "centroid_y_mm", "centroid_z_mm")
    place = zip(names, map(_rounded, vertebra.centroid_mm), strict=True)
    return {**dict(place), "confidence": _rounded(vertebra.confidence)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), DECIMALS)
