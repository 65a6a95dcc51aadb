"""Which studies a simulated export holds: drawn from the seed, before any voxel."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from ctbone.cohort import Split
from ctbone.phantom.export.configuration import Compression, Fault, Region, SiteConfig
from ctbone.phantom.scanner.configuration import ScanConfig
from ctbone.phantom.tissue import Phase, Potential

#: Planes of reformats.
Plane = Literal["sagittal", "coronal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPlan:
    """One axial series.

    Attributes:
        series_uid: SeriesInstanceUID.
        number: SeriesNumber.
        scan: How it is reconstructed.
        spacing_mm: Distance between slices.
    """

    series_uid: str
    number: int
    scan: ScanConfig
    spacing_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionPlan:
    """One turn of the tube along the patient.

    Attributes:
        number: AcquisitionNumber.
        kvp: Tube potential.
        phase: Contrast phase.
        minutes: How long after the localizer it began.
        breath_mm: How far the diaphragm stands above where it stood in the first acquisition.
        current_ma: Tube current.
        series: What is reconstructed from it; the first is the main one.
    """

    number: int
    kvp: Potential
    phase: Phase
    minutes: float
    breath_mm: float
    current_ma: int
    series: tuple[SeriesPlan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtrasPlan:
    """What a study holds beside its axial series.

    Attributes:
        has_lateral: Whether there is a lateral localizer beside the frontal one.
        has_capture: Whether a page of doses is kept as secondary capture.
        has_dose_report: Whether there is a structured report of doses.
        reformat: Plane of the reformats; ``None`` for none.
        has_duplicate: Whether one slice of the main series is stored twice.
        has_clutter: Whether files lie there that are not DICOM.
        has_directory: Whether there is a DICOMDIR.
    """

    has_lateral: bool
    has_capture: bool
    has_dose_report: bool
    reformat: Plane | None
    has_duplicate: bool
    has_clutter: bool
    has_directory: bool


class Moment(NamedTuple):
    """When a patient is scanned, and what of the bone is lost by then; as in the plan."""

    when: date
    birthday: date
    years: float
    loss_mg_cm3: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPlan:
    """One study of one patient, before any voxel.

    Attributes:
        index: Number of the patient, from 0.
        visit: Number of the study of that patient, from 0.
        seed: Source of the body.
        patient_id: PatientID as written in the files.
        study_uid: StudyInstanceUID.
        study_date: StudyDate.
        minute: Minute of the day at which the study begins.
        birthday: The last birthday until the first study.
        years: Time since the first study.
        loss_mg_cm3: Loss of trabecular density since then, mg/cm3 of K2HPO4.
        site: Where it is scanned.
        split: What it is used for.
        region: Part of the body.
        jitter_mm: How far the lower end of the field (by half of it) and the upper are off the
            region's.
        offset_mm: Where the centre of L1 lies in the coordinates of the scanner.
        position: PatientPosition.
        acquisitions: What is scanned, in order.
        extras: What there is beside.
        compression: How pixels are stored.
        fault: What is wrong with it; ``None`` for nothing.
    """

    index: int
    visit: int
    seed: int
    patient_id: str
    study_uid: str
    study_date: date
    minute: int
    birthday: date
    years: float
    loss_mg_cm3: float
    site: SiteConfig
    split: Split
    region: Region
    jitter_mm: tuple[float, float]
    offset_mm: tuple[float, float, float]
    position: Literal["HFS", "FFS"]
    acquisitions: tuple[AcquisitionPlan, ...]
    extras: ExtrasPlan
    compression: Compression
    fault: Fault | None

    @property
    def series(self) -> tuple[SeriesPlan, ...]:
        """All axial series, in the order of their acquisitions."""
        return tuple(series for scan in self.acquisitions for series in scan.series)

    @property
    def birthdays(self) -> int:
        """How many birthdays lie between the first study and this one."""
        this_year = self.birthday.replace(year=self.study_date.year)
        return self.study_date.year - self.birthday.year - (self.study_date < this_year)

    @property
    def chance(self) -> tuple[int, int]:
        """What the chances of this study alone are seeded with."""
        return (self.seed, self.visit)


def make_uid(*parts: object) -> str:
    """Return a UID under 2.25 that depends on nothing but its parts.

    Example:
        >>> make_uid(1, "study", 0) == make_uid(1, "study", 0)
        True
    """
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:15])}"
