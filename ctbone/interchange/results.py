"""results.csv: one row a study, whether it was screened or rejected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from ctbone.anatomy import VertebralLevel, to_levels
from ctbone.delimited import MEMBERS, read_rows, to_number, to_truth
from ctbone.errors import Reason
from ctbone.records import BoneCategory, CoarseCategory, Flag

Status = Literal["screened", "rejected"]

#: Decimals that results carry: finer than any measurement of attenuation or density.
DECIMALS = 4

#: How far the sum of three probabilities may lie from 1: each may be rounded to two decimals.
_ROUNDING = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRow:
    """One row of results.csv; what does not apply is ``None`` or empty.

    Attributes:
        study_uid: StudyInstanceUID.
        patient_id: Keyed pseudonym.
        status: ``screened`` or ``rejected``.
        reason: Why it was rejected.
        detail: What was expected, what was found, and where: why a study was rejected, or why a
            screened one has no QCT T-score or no QCT Z-score though a population is configured.
        series_uid: SeriesInstanceUID of the series that was read.
        levels: The measured levels, cranio-caudal.
        bmd_mg_cm3: Density of the patient.
        bmd_lower_mg_cm3: Lower 90 % limit of it.
        bmd_upper_mg_cm3: Upper 90 % limit of it.
        t_score: T-score that a DXA of the patient is expected to give.
        t_score_lower: Lower 90 % limit of it.
        t_score_upper: Upper 90 % limit of it.
        category: Category that the decision rule assigns, or one of the two of a two-way test.
        p_normal: Probability of a normal density: alone, of a test for low bone mass.
        p_osteopenia: Probability of osteopenia.
        p_osteoporosis: Probability of osteoporosis: alone, of a test for that.
        indeterminate: Whether the limits straddle a cut-off.
        flags: What a reader has to know.
        model: Name and digest of what estimated.
        seconds: Wall time it took.
        trabecular_hu: Mean trabecular attenuation over the levels, Hounsfield units.
        quantity: Which quantity decided: ``bmd_mg_cm3``, ``trabecular_hu``, ``t_score``,
            ``probabilities`` or ``binary``.
        manufacturer: Manufacturer of the scanner of the series that was read, or was to be read;
            like what follows, empty where the header is silent or no series was chosen.
        kvp: Tube potential, kilovolts.
        kernel: ConvolutionKernel.
        slice_thickness_mm: SliceThickness, else the distance between slices.
        contrast: Whether a contrast agent is recorded.
        qct_t_score: Standard deviations by which the density lies above that of young adults, by
            the configured reference population: for information, no T-score of DXA, never read by
            a decision rule.
        qct_z_score: Likewise above that of the same age and sex.
        study_month: Year and month of the study, as in ``2024-02``; empty where it is unknown. The
            day is not needed to see drift, and identifies more.
        scanner: The maker's known word and a keyed digest, as in ``siemens-3f2a9c``, by which one
            scanner is told from others; empty where the header names neither its serial number nor
            its station.
    """

    study_uid: str
    patient_id: str
    status: Status
    reason: Reason | None = None
    detail: str = ""
    series_uid: str = ""
    levels: tuple[VertebralLevel, ...] = ()
    bmd_mg_cm3: float | None = None
    bmd_lower_mg_cm3: float | None = None
    bmd_upper_mg_cm3: float | None = None
    t_score: float | None = None
    t_score_lower: float | None = None
    t_score_upper: float | None = None
    category: BoneCategory | CoarseCategory | None = None
    p_normal: float | None = None
    p_osteopenia: float | None = None
    p_osteoporosis: float | None = None
    indeterminate: bool | None = None
    flags: tuple[Flag, ...] = ()
    model: str = ""
    seconds: float | None = None
    trabecular_hu: float | None = None
    quantity: str = ""
    manufacturer: str = ""
    kvp: float | None = None
    kernel: str = ""
    slice_thickness_mm: float | None = None
    contrast: bool | None = None
    qct_t_score: float | None = None
    qct_z_score: float | None = None
    study_month: str = ""
    scanner: str = ""

    def __post_init__(self) -> None:
        if self.status not in get_args(Status):
            raise ValueError(f"status must be one of {get_args(Status)}, got {self.status!r}")
        if (self.status == "screened") != (self.category is not None):
            found = f"status {self.status!r} with category {self.category}"
            raise ValueError(f"a screened study and no other has a category, got {found}")
        _require_probabilities((self.p_normal, self.p_osteopenia, self.p_osteoporosis))


#: The columns of results.csv, in order.
RESULT_COLUMNS = tuple(item.name for item in fields(ResultRow))


def read_results(path: Path) -> tuple[ResultRow, ...]:
    """Read results.csv.

    Raises:
        ValueError: If a column is missing, a cell is not what its column holds or a study stands
            twice; the message names the file, the line and the column.
    """
    table = read_rows(path, required=("study_uid", "patient_id", "status", "category"))
    first: dict[str, int] = {}
    for line, cells in table:
        if (before := first.setdefault(cells["study_uid"], line)) != line:
            lines = f"line {before} and line {line}"
            raise ValueError(f"{path.name}: a study must stand once, {lines} are of one")
    return tuple(_parsed(cells, f"{path.name}, line {line}") for line, cells in table)


def _require_probabilities(found: tuple[float | None, float | None, float | None]) -> None:
    known = [value for value in found if value is not None]
    is_off = len(known) == len(found) and abs(sum(known) - 1.0) > _ROUNDING
    if is_off or any(not 0.0 <= value <= 1.0 for value in known):
        told = ", ".join("none" if value is None else f"{value:g}" for value in found)
        raise ValueError(
            "p_normal, p_osteopenia and p_osteoporosis must lie between 0 and 1 and add up to 1,"
            f" got {told}"
        )


def _category(text: str) -> BoneCategory | CoarseCategory | None:
    if not text:
        return None
    return CoarseCategory(text) if text in set(CoarseCategory) else BoneCategory(text)


def rounded(value: float | None) -> float | None:
    """Return a value with the decimals that results carry."""
    return None if value is None else round(float(value), DECIMALS)


def result_cells(row: ResultRow) -> dict[str, object]:
    """Return a row by column name, levels by their names."""
    values: dict[str, object] = {name: getattr(row, name) for name in RESULT_COLUMNS}
    return values | {"levels": tuple(level.name for level in row.levels)}


def _members(text: str) -> list[str]:
    return [member.strip() for member in text.split(MEMBERS) if member.strip()]


_NUMBERS = (
    "bmd_mg_cm3", "bmd_lower_mg_cm3", "bmd_upper_mg_cm3", "t_score", "t_score_lower",
    "t_score_upper", "p_normal", "p_osteopenia", "p_osteoporosis", "seconds", "trabecular_hu",
    "kvp", "slice_thickness_mm", "qct_t_score", "qct_z_score",
)  # fmt: skip

_TRUTHS = ("indeterminate", "contrast")

#: How the text of a cell becomes the value of its column; numbers and truths aside, the others are
#: text.
_PARSERS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "reason": lambda text: Reason(text) if text else None,
        "category": _category,
        "levels": lambda text: to_levels(_members(text)),
        "flags": lambda text: tuple(Flag(name) for name in _members(text)),
    }
)


def _parsed(cells: Mapping[str, str], where: str) -> ResultRow:
    values = {name: _value(name, cells[name], where) for name in RESULT_COLUMNS if name in cells}
    try:
        return ResultRow(**values)
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _value(name: str, text: str, where: str) -> Any:  # noqa: ANN401 - a cell of any column
    if name in _NUMBERS:
        return to_number(text, name=f"{where}: {name}") if text else None
    if name in _TRUTHS:
        return to_truth(text, name=f"{where}: {name}")
    try:
        return _PARSERS.get(name, str)(text)
    except (ValueError, KeyError) as error:
        raise ValueError(f"{where}: {text!r} is no value of the column {name}") from error
