"""``cohort.csv``: a row a study, with its reference result and its split.

Dates are ISO 8601, an empty cell is an unknown value, and the columns stand in the order of
``CohortRow``. A patient belongs to one split only: otherwise a test set would hold patients whom
training has seen, so that both reading and writing refuse it.

A file need not state the category where the measurement gives it: the T-score of DXA by the WHO
classes, any other density by the cut-offs of QCT. Those classes hold for DXA alone, so that the
T-score of another standard is kept and decides nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

from ctbone.delimited import read_rows, write_rows
from ctbone.records import BoneCategory
from ctbone.rules import shipped_rule

#: What a study is used for.
Split = Literal["train", "validation", "internal_test", "temporal_test", "external_test"]

#: Where a reference result comes from.
ReferenceStandard = Literal["QCT", "DXA", "HU", "simulated"]


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

    Raises:
        ValueError: If an identifier is empty, a number is not finite, or the category is not that
            of a T-score of DXA.
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

    def __post_init__(self) -> None:
        if not self.patient_id or not self.study_uid:
            raise ValueError("patient_id and study_uid must not be empty")
        for name in ("age_years", "bmd_mg_cm3", "t_score"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{name} must be finite or unknown, got {value}")
        if self.reference_standard == "DXA" and self.t_score is not None and self.category:
            expected = shipped_rule("dxa_t_score").category(self.t_score)
            if self.category is not expected:
                found = f"category {self.category} with t_score {self.t_score:g}"
                raise ValueError(f"that T-score of DXA means {expected}, got {found}")


COLUMNS = tuple(column.name for column in fields(CohortRow))


def read_cohort(path: Path) -> tuple[CohortRow, ...]:
    """Read a cohort file; a category that is not stated is read from the measurement.

    Raises:
        ValueError: If a column is missing, a value is none of those allowed, a category is not
            that of its T-score, a study stands twice or a patient is in two splits; the message
            names the file and, for a single row, the line.
    """
    rows = []
    for line, cells in read_rows(path, required=COLUMNS):
        try:
            rows.append(_to_row(cells))
        except ValueError as fault:
            raise ValueError(f"{path.name}, line {line}: {fault}") from None
    check_cohort(rows)
    return tuple(rows)


def write_cohort(path: Path, rows: Iterable[CohortRow]) -> None:
    """Write a cohort file; the same rows give the same bytes.

    Raises:
        ValueError: If a study stands twice, or a patient is in two splits.
    """
    rows = tuple(rows)
    check_cohort(rows)
    write_rows(path, COLUMNS, ({name: getattr(row, name) for name in COLUMNS} for row in rows))


def check_cohort(rows: Iterable[CohortRow]) -> None:
    """Check what no single row shows.

    Raises:
        ValueError: If a study stands twice, or a patient is in two splits; the message names it.
    """
    split_of: dict[str, str] = {}
    studies: set[str] = set()
    for row in rows:
        if row.study_uid in studies:
            raise ValueError(f"a study must stand once, study {row.study_uid} stands twice")
        studies.add(row.study_uid)
        split = split_of.setdefault(row.patient_id, row.split)
        if split != row.split:
            raise ValueError(
                f"a patient must be in one split, patient {row.patient_id} is in"
                f" {split} and in {row.split}"
            )


def _to_row(cells: Mapping[str, str]) -> CohortRow:
    def maybe(name: str, convert: Callable[[str], Any]) -> Any:  # noqa: ANN401 - as the converter
        if not cells[name]:
            return None
        try:
            return convert(cells[name])
        except ValueError:
            raise ValueError(f"{name} cannot be read from {cells[name]!r}") from None

    row = CohortRow(
        patient_id=cells["patient_id"],
        study_uid=cells["study_uid"],
        path=cells["path"],
        study_date=maybe("study_date", date.fromisoformat),
        sex=maybe("sex", str),
        age_years=maybe("age_years", float),
        site=cells["site"],
        split=_one_of("split", cells["split"], get_args(Split)),
        reference_standard=_one_of(
            "reference_standard", cells["reference_standard"], get_args(ReferenceStandard)
        ),
        reference_date=maybe("reference_date", date.fromisoformat),
        bmd_mg_cm3=maybe("bmd_mg_cm3", float),
        t_score=maybe("t_score", float),
        category=maybe("category", BoneCategory),
    )
    return row if row.category else replace(row, category=_measured_category(row))


def _measured_category(row: CohortRow) -> BoneCategory | None:
    """Return the category that the measurement of a row means; ``None`` where it gives none."""
    if row.reference_standard == "DXA":
        return None if row.t_score is None else shipped_rule("dxa_t_score").category(row.t_score)
    density = row.bmd_mg_cm3
    return None if density is None else shipped_rule("acr_qct").category(density)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> Any:  # noqa: ANN401 - a Literal
    if value not in allowed:
        raise ValueError(f"{name} must be one of {list(allowed)}, got {value!r}")
    return value
