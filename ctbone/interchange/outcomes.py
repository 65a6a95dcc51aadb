"""vertebrae.csv, a row a vertebra, and rejections.csv, a row a study without a finding.

Every command that writes vertebrae.csv writes the same columns; what it does not know stays empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ctbone.anatomy import VertebralLevel
from ctbone.delimited import write_rows
from ctbone.errors import Reason
from ctbone.interchange.lines import LINE_COLUMNS
from ctbone.interchange.result_rows import probabilities_of
from ctbone.interchange.results import RESULT_COLUMNS, rounded
from ctbone.records import (
    BmdEstimate,
    Flag,
    Morphometry,
    Rejection,
    ScreeningResult,
    VertebraLocalisation,
)

#: What was measured in a vertebra: attenuation of its trabecular region (HU) and volume of it
#: (mm3), its density with the predictive standard deviation (mg/cm3), and the T-score expected of
#: a DXA with the same (SD).
_MEASURED = (
    "trabecular_hu",
    "trabecular_volume_mm3",
    "trabecular_median_hu",
    "trabecular_sd_hu",
    "trabecular_p10_hu",
    "trabecular_p90_hu",
    "bmd_mg_cm3",
    "sd_mg_cm3",
    "t_score",
    "t_score_sd",
)

#: Of the three categories; of a two-way test the one that it gives, as in results.csv.
_PROBABILITIES = ("p_normal", "p_osteopenia", "p_osteoporosis")

_PLACE = ("centroid_x_mm", "centroid_y_mm", "centroid_z_mm")

_HEIGHTS = ("height_anterior_mm", "height_middle_mm", "height_posterior_mm")

#: Positions are patient coordinates, LPS, millimetres.
VERTEBRA_COLUMNS = (
    "study_uid",
    "series_uid",
    "level",
    *_PLACE,
    "confidence",
    "runner_up",
    "evaluable",
    "reason",
    *_MEASURED[:2],
    "body_volume_mm3",
    *_HEIGHTS,
    "detail",
    *_MEASURED[2:],
    *_PROBABILITIES,
    "flags",
)

REJECTION_COLUMNS = ("study_uid", "reason", "detail", "stage")

#: The files that a run leaves for others, and their columns.
OUTCOME_FILES = {
    "results.csv": RESULT_COLUMNS,
    "vertebrae.csv": VERTEBRA_COLUMNS,
    "rejections.csv": REJECTION_COLUMNS,
    "lines.csv": LINE_COLUMNS,
}


def write_vertebrae(path: Path, outcomes: Iterable[ScreeningResult | Rejection]) -> Path:
    """Write a row for every level that was localised or asked for; return the path.

    A level that was localised and not measured has a position and no density. Where no reason
    against measuring it was found, it was not asked for, and the row does not call it evaluable.
    """
    rows = (row for outcome in outcomes for row in vertebra_cells(outcome))
    return write_rows(path, VERTEBRA_COLUMNS, rows)


def write_rejections(path: Path, outcomes: Iterable[ScreeningResult | Rejection]) -> Path:
    """Write a row for every rejected study; return the path."""
    rejected = (outcome for outcome in outcomes if isinstance(outcome, Rejection))
    return write_rows(path, REJECTION_COLUMNS, map(rejection_cells, rejected))


def rejection_cells(rejection: Rejection) -> dict[str, object]:
    """Return the row of a rejected study by column name."""
    return {name: getattr(rejection, name) for name in REJECTION_COLUMNS}


def vertebra_cells(outcome: ScreeningResult | Rejection) -> Iterator[dict[str, object]]:
    """Yield a row by column name for every level of a study, from cranial to caudal.

    Of a rejected study, those that were located before it was rejected.
    """
    estimates = outcome.estimates if isinstance(outcome, ScreeningResult) else ()
    for row in level_rows(outcome.vertebrae, estimates, missing=outcome.missing):
        yield {"study_uid": outcome.study_uid, "series_uid": outcome.series_uid, **row}


def level_rows(
    vertebrae: Sequence[VertebraLocalisation],
    estimates: Sequence[BmdEstimate],
    *,
    missing: Sequence[VertebralLevel] = (),
) -> list[dict[str, object]]:
    """Return a row by column name for every level, from cranial to caudal.

    Args:
        vertebrae: What was located.
        estimates: What was measured.
        missing: Levels that were asked for and do not lie in the field of view.
    """
    found = {vertebra.level: vertebra for vertebra in vertebrae}
    measured = {estimate.level: estimate for estimate in estimates}
    levels = sorted({*found, *measured, *missing}, key=lambda level: level.order)
    return [_row(level, found.get(level), measured.get(level)) for level in levels]


def _row(
    level: VertebralLevel, vertebra: VertebraLocalisation | None, estimate: BmdEstimate | None
) -> dict[str, object]:
    row: dict[str, object] = {"level": level.name}
    if vertebra is None and estimate is None:
        return row | {"evaluable": False, "reason": Reason.LEVEL_NOT_IN_FIELD}
    if vertebra is not None:
        row |= location_cells(vertebra)
    if estimate is not None:
        row |= measurement_cells(estimate)
        row["flags"] = _flags(vertebra, estimate)
    return row


def _flags(vertebra: VertebraLocalisation | None, estimate: BmdEstimate) -> tuple[Flag, ...]:
    own = vertebra.flags if vertebra else ()
    return tuple(dict.fromkeys((*estimate.flags, *own)))


def location_cells(vertebra: VertebraLocalisation) -> dict[str, object]:
    """Return what a row says of where a vertebra is, and of whether it can be measured there."""
    place = dict(zip(_PLACE, map(rounded, vertebra.centroid_mm), strict=True))
    return {
        "level": vertebra.level.name,
        **place,
        "confidence": rounded(vertebra.confidence),
        "runner_up": vertebra.runner_up.name if vertebra.runner_up else None,
        "body_volume_mm3": rounded(vertebra.body.volume_mm3) if vertebra.body else None,
        **_heights(vertebra.morphometry),
        **_refusal(vertebra),
        "flags": vertebra.flags,
    }


def _heights(morphometry: Morphometry | None) -> dict[str, object]:
    return {name: rounded(getattr(morphometry, name, None)) for name in _HEIGHTS}


def _refusal(vertebra: VertebraLocalisation) -> dict[str, object]:
    reason = vertebra.reason or (None if vertebra.is_whole else Reason.TRUNCATED)
    if reason is None:
        return {}
    return {"evaluable": False, "reason": reason, "detail": " ".join(vertebra.detail.split())}


def measurement_cells(estimate: BmdEstimate) -> dict[str, object]:
    """Return what a row says of a vertebra that was measured."""
    values = {name: rounded(getattr(estimate, name)) for name in _MEASURED}
    values |= zip(_PROBABILITIES, map(rounded, probabilities_of(estimate)), strict=True)
    return {"evaluable": True, "reason": None, **values, "flags": estimate.flags}
