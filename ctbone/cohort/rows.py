"""``cohort.csv``: a row a study, with its reference result and its split.

Dates are ISO 8601, an empty cell is an unknown value, and the columns stand in the order of
``CohortRow``. A patient belongs to one split only: otherwise a test set would hold patients whom
training has seen, so that both reading and writing refuse it.

A file need not state the category where the measurement gives it: the T-score of DXA by the WHO
classes, any other density by the cut-offs of QCT. Those classes hold for DXA alone, so that the
T-score of another standard is kept and decides nothing; nor does a density beside HU.

A category that is stated must be that of the measurement which the reference standard decides by:
of the T-score for DXA; of the density, by the cut-offs of the ACR, for QCT and simulated patients.
A density that other cut-offs were applied to says so in the column ``density_rule``, which a file
may leave out. For HU the category comes from attenuation, which the file does not hold, and a
density beside DXA or HU decides nothing. Since densities are printed rounded, a stated category
stands where the density lies within ``ROUNDING_MG_CM3`` of the cut-off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

from ctbone.cohort.plausible import PLAUSIBLE, require_plausible, require_unit
from ctbone.delimited import read_rows, to_number, write_rows
from ctbone.records import BoneCategory
from ctbone.rules import DecisionRule, shipped_rule

#: What a study is used for.
Split = Literal["train", "validation", "internal_test", "temporal_test", "external_test"]

#: Where a reference result comes from.
ReferenceStandard = Literal["QCT", "DXA", "HU", "simulated"]

#: Cut-offs, by the names of the rules that ship, that a category can be read from a density by.
DensityRule = Literal["acr_qct", "east_asian_qct"]

#: Half the last digit of a density that is printed without decimals, mg/cm3.
ROUNDING_MG_CM3 = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRow:
    """One study and its reference result.

    Attributes:
        patient_id: Who the patient is, in the pseudonyms of whoever wrote the file. Studies are
            linked by ``study_uid``, never by this.
        study_uid: StudyInstanceUID.
        path: Folder of the study, relative to the file; empty when it is not told.
        study_date: Date of the CT.
        sex: ``F``, ``M``, ``O`` or ``None``.
        age_years: Age at the CT.
        site: Where it was scanned.
        split: What the study is used for.
        reference_standard: Where the reference result comes from.
        reference_date: Date of the reference result.
        bmd_mg_cm3: Reference density, mg/cm3 of K2HPO4, mean of L1 and L2.
        t_score: Reference T-score.
        category: Reference category.
        density_rule: Cut-offs that the category was read from the density by; ``None`` means those
            of the ACR.

    Raises:
        ValueError: If an identifier is empty, a number is none that a person has, or the category
            is not that of the T-score of DXA or of the density of QCT.
    """

    patient_id: str
    study_uid: str
    path: str
    study_date: date | None
    sex: str | None
    age_years: float | None
    site: str
    split: Split
    reference_standard: ReferenceStandard
    reference_date: date | None
    bmd_mg_cm3: float | None
    t_score: float | None
    category: BoneCategory | None
    density_rule: DensityRule | None = None

    def __post_init__(self) -> None:
        if not self.patient_id or not self.study_uid:
            raise ValueError("patient_id and study_uid must not be empty")
        require_plausible({name: getattr(self, name) for name in PLAUSIBLE})
        if self.category is not None and self.category not in (means := _meant(self)):
            name = "t_score" if self.reference_standard == "DXA" else "bmd_mg_cm3"
            found = f"category {self.category} with {name} {getattr(self, name):g}"
            expected = " or ".join(means)
            raise ValueError(
                f"that {name} of {self.reference_standard} means {expected}, got {found}"
            )


COLUMNS = tuple(column.name for column in fields(CohortRow))

_CATEGORIES = tuple(category.value for category in BoneCategory)

#: What a file must hold.
_REQUIRED = COLUMNS[:-1]


def read_cohort(path: Path) -> tuple[CohortRow, ...]:
    """Read a cohort file; a category that is not stated is read from the measurement.

    Raises:
        ValueError: If a column is missing, a value is none of those allowed, all densities are
            in g/cm3, a category is not that of its measurement, a study stands twice or a patient
            is in two splits; the message names the file and the lines, never the patient.
    """
    table = read_rows(path, required=_REQUIRED)
    require_unit(path.name, _densities(cells for _, cells in table))
    rows: dict[str, CohortRow] = {}
    for line, cells in table:
        try:
            rows[f"line {line}"] = _to_row(cells)
        except ValueError as fault:
            raise ValueError(f"{path.name}, line {line}: {fault}") from None
    _check(path.name, rows)
    return tuple(rows.values())


def write_cohort(path: Path, rows: Iterable[CohortRow]) -> None:
    """Write a cohort file; the same rows give the same bytes.

    Raises:
        ValueError: If a study stands twice, or a patient is in two splits; the message names the
            rows, counted from 1.
    """
    rows = tuple(rows)
    _check(path.name, {f"row {number}": row for number, row in enumerate(rows, start=1)})
    write_rows(path, COLUMNS, ({name: getattr(row, name) for name in COLUMNS} for row in rows))


def _check(file: str, rows: Mapping[str, CohortRow]) -> None:
    """Refuse what no single row shows: a study that stands twice, a patient in two splits.

    Rows are named by where they stand: identifiers of patients belong into no message.
    """
    studies: dict[str, str] = {}
    patients: dict[str, str] = {}
    for place, row in rows.items():
        first = studies.setdefault(row.study_uid, place)
        if first != place:
            raise ValueError(f"{file}: a study must stand once, {first} and {place} are of one")
        first = patients.setdefault(row.patient_id, place)
        if rows[first].split != row.split:
            raise ValueError(
                f"{file}: a patient must be in one split, {first} says {rows[first].split} and"
                f" {place} says {row.split} of one patient"
            )


def _densities(table: Iterable[Mapping[str, str]]) -> Iterator[float]:
    """Yield the densities of a table that are numbers; the others are refused by their line."""
    for cells in table:
        with suppress(ValueError):
            yield to_number(cells["bmd_mg_cm3"], name="bmd_mg_cm3")


def _to_row(cells: Mapping[str, str]) -> CohortRow:
    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(cells[name]) if cells[name] else None
        except ValueError:
            expected = "a date as in 2025-06-21 (ISO 8601)"
            raise ValueError(f"{name} must be {expected}, got {cells[name]!r}") from None

    def number(name: str) -> float | None:
        return to_number(cells[name], name=name) if cells[name] else None

    category, rule = cells["category"], cells.get("density_rule")
    row = CohortRow(
        patient_id=cells["patient_id"],
        study_uid=cells["study_uid"],
        path=cells["path"],
        study_date=day("study_date"),
        sex=cells["sex"] or None,
        age_years=number("age_years"),
        site=cells["site"],
        split=_one_of("split", cells["split"], get_args(Split)),
        reference_standard=_one_of(
            "reference_standard", cells["reference_standard"], get_args(ReferenceStandard)
        ),
        reference_date=day("reference_date"),
        bmd_mg_cm3=number("bmd_mg_cm3"),
        t_score=number("t_score"),
        category=BoneCategory(_one_of("category", category, _CATEGORIES)) if category else None,
        density_rule=_one_of("density_rule", rule, get_args(DensityRule)) if rule else None,
    )
    return with_category(row)


def with_category(row: CohortRow) -> CohortRow:
    """Return a row with the category that its measurement means, where it states none."""
    return row if row.category else replace(row, category=_measured_category(row))


def _measured_category(row: CohortRow) -> BoneCategory | None:
    """Return the category that the measurement of a row means; ``None`` where it gives none."""
    if row.reference_standard == "DXA":
        return None if row.t_score is None else shipped_rule("dxa_t_score").category(row.t_score)
    # A density beside attenuation is no measurement of that reference.
    if row.reference_standard == "HU" or row.bmd_mg_cm3 is None:
        return None
    return _density_rule(row).category(row.bmd_mg_cm3)


def _meant(row: CohortRow) -> tuple[BoneCategory, ...]:
    """Return the categories that the deciding measurement of a row allows; all without one."""
    if row.reference_standard == "DXA" and row.t_score is not None:
        return (shipped_rule("dxa_t_score").category(row.t_score),)
    if row.reference_standard in ("QCT", "simulated") and row.bmd_mg_cm3 is not None:
        near = (row.bmd_mg_cm3 + step for step in (0.0, -ROUNDING_MG_CM3, ROUNDING_MG_CM3))
        return tuple(dict.fromkeys(map(_density_rule(row).category, near)))
    return tuple(BoneCategory)


def _density_rule(row: CohortRow) -> DecisionRule:
    return shipped_rule(row.density_rule or "acr_qct")


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> Any:  # noqa: ANN401 - a Literal
    if value not in allowed:
        raise ValueError(f"{name} must be one of {list(allowed)}, got {value!r}")
    return value
