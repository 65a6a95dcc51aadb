"""lines.csv: the line of each scan that was given one of its own, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator

from ctbone.interchange.results import rounded
from ctbone.records import Rejection, ScreeningResult

#: Tissues that internal calibration fits a line to; empty where a phantom in the scan gave it.
_TISSUES = ("air", "fat", "muscle", "blood")

_LINE = ("slope_mg_cm3_per_hu", "intercept_mg_cm3", "slope_se", "intercept_se_mg_cm3")

LINE_COLUMNS = (
    "study_uid",
    "series_uid",
    "calibration",
    "phantom",
    *_LINE,
    *(f"{tissue}_hu" for tissue in _TISSUES),
)


def line_cells(outcome: ScreeningResult | Rejection) -> Iterator[dict[str, object]]:
    """Yield the row of a study whose scan was given a line; nothing for any other."""
    if isinstance(outcome, Rejection) or outcome.line is None:
        return
    line = outcome.line
    yield {
        "study_uid": outcome.study_uid,
        "series_uid": outcome.series_uid,
        "calibration": line.calibration,
        "phantom": line.phantom,
        **{name: rounded(getattr(line, name)) for name in _LINE},
        **{f"{tissue}_hu": rounded(line.tissues_hu.get(tissue)) for tissue in _TISSUES},
    }
