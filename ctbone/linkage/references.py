"""Rows of spreadsheets as references that studies can be linked to, and rows that are none.

Identifiers and dates of birth are kept in memory as long as they are needed, and in no message.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from ctbone.cohort import DensityRule, ReferenceStandard, Split
from ctbone.linkage.reasons import LinkReason
from ctbone.records import BoneCategory


class Place(NamedTuple):
    """Where a row stands.

    Attributes:
        file: Number of the spreadsheet, from 1.
        line: Number of its line, from 1.
    """

    file: int
    line: int

    def __str__(self) -> str:
        """Return the words of a message."""
        return f"spreadsheet {self.file}, line {self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A row that can be the reference of a study.

    Attributes:
        place: Where it stands.
        patient: Keyed digest of the identifier that it gives.
        other_patients: Digests of the same number with leading zeros, for a hint.
        patient_id: Keyed pseudonym.
        day: Date of the densitometry; ``None`` where the row names its study instead.
        study_uid: The study that it names; empty where it names none.
        accession: Keyed digest of the accession number that it names; empty likewise.
        standard: Method of the result.
        bmd_mg_cm3: Density, mg/cm3 of K2HPO4.
        t_score: T-score.
        category: Category, stated or by the measurement.
        density_rule: Cut-offs that it was read by.
        region: Region of the body; empty where the file does not part them.
        site: Site; empty when not known.
        sex: ``F``, ``M``, ``O`` or ``None``.
        age_years: Age at the densitometry.
        birth: Date of birth.
        contrast: Whether contrast agent was given.
        implant: Whether there is an implant.
        split: Split decided beforehand.
    """

    place: Place
    patient: str = field(repr=False)
    other_patients: tuple[str, ...] = field(default=(), repr=False)
    patient_id: str
    day: date | None
    study_uid: str = ""
    accession: str = field(default="", repr=False)
    standard: ReferenceStandard
    bmd_mg_cm3: float | None
    t_score: float | None
    category: BoneCategory | None
    density_rule: DensityRule | None = None
    region: str = ""
    site: str = ""
    sex: str | None = None
    age_years: float | None = None
    birth: date | None = field(default=None, repr=False)
    contrast: bool | None = None
    implant: bool | None = None
    split: Split | None = None

    @property
    def names_study(self) -> bool:
        """Whether it says itself which study it belongs to."""
        return bool(self.study_uid or self.accession)

    @property
    def result(self) -> tuple[float | None, float | None, BoneCategory | None]:
        """What was found, to compare rows by."""
        return self.bmd_mg_cm3, self.t_score, self.category


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """A row that is the reference of no study.

    Attributes:
        place: Where it stands.
        reason: Why.
        patient: Keyed digest of the identifier; empty without one.
        patient_id: Keyed pseudonym; empty without one.
        detail: What the reason is about: a column of ours, never a cell.
        days: To the nearest study, where the reason is the window.
    """

    place: Place
    reason: LinkReason
    patient: str = field(default="", repr=False)
    patient_id: str = ""
    detail: str = ""
    days: int | None = None
