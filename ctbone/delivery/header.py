"""What every delivered DICOM object says of its patient, its study and itself."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ctbone.delivery.case import Case
from ctbone.localisation import copy_absence
from ctbone.version import __version__

if TYPE_CHECKING:
    from pydicom import Dataset

#: The objects that are made here; segmentations are made by localisation.
Kind = Literal["report", "capture", "document"]

#: Numbers of their series in the study, after that of the segmentations.
_SERIES_NUMBERS = {"report": 9002, "capture": 9003, "document": 9004}

_DESCRIPTIONS = {
    "report": "ctbone: bone density, measurements",
    "capture": "ctbone: bone density, picture",
    "document": "ctbone: bone density, page",
}


def identity(case: Case, kind: Kind, *parts: str) -> dict[str, Any]:
    """Return what tells an object from others, as highdicom takes it.

    Args:
        case: The study and its outcome.
        kind: Of the object.
        parts: What it holds beside the outcome, or a digest of it.
    """
    return {
        "series_instance_uid": case.series_uid(kind),
        "series_number": _SERIES_NUMBERS[kind],
        "series_description": _DESCRIPTIONS[kind],
        "sop_instance_uid": case.uid(kind, *parts),
        "instance_number": 1,
        "manufacturer": "ctbone",
        "manufacturer_model_name": "ctbone",
        "software_versions": __version__,
        "device_serial_number": case.locator.sha256[:16] or "none",
        "specific_character_set": case.images[0].SpecificCharacterSet,
    }


def patient_and_study(image: Dataset) -> dict[str, Any]:
    """Return patient and study of an image, as highdicom takes them."""
    return {
        "study_instance_uid": image.StudyInstanceUID,
        "patient_id": image.PatientID,
        "patient_name": image.PatientName,
        "patient_birth_date": image.PatientBirthDate,
        "patient_sex": image.PatientSex or None,
        "accession_number": image.AccessionNumber,
        "study_id": image.StudyID,
        "study_date": image.StudyDate or None,
        "study_time": image.StudyTime or None,
        "referring_physician_name": image.ReferringPhysicianName,
    }


def finish(path: Path, found: Dataset, image: Dataset) -> None:
    """Copy what else an image says of its patient, or that it was left out, and write."""
    for keyword in ("IssuerOfPatientID", "PatientAge"):
        if keyword in image:
            found[keyword] = image[keyword]
    copy_absence(image, found)
    with unquestioned():
        found.save_as(path)


@contextmanager
def unquestioned() -> Iterator[None]:
    """Let names and letters be as they are.

    highdicom doubts names of one word, pydicom letters that the character set lacks.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        yield
