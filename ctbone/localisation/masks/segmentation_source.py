"""The images that a result in DICOM refers to, as far as it may repeat what they say.

A DICOM segmentation, like a report, repeats patient and study of its images and names each of them
by UID. Taken here is what geometry and reference need and, unless told otherwise, nothing about
the patient but the pseudonym and the sex.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ctbone.ingest.fallback import hostile, parse
from ctbone.ingest.frames import MULTI_FRAME
from ctbone.records import NIFTI, SeriesRecord, SliceRecord, StudyRecord

if TYPE_CHECKING:
    from pydicom import Dataset

#: Whose patient stands in a segmentation: the keyed pseudonym, as in every other output, or the
#: one of the images, without which an archive does not file it beside them.
PatientModule = Literal["pseudonym", "source"]

#: What DICOM demands of patient and study, and what ``source`` copies of them.
_DEMANDED = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
)
_COPIED = (*_DEMANDED, "IssuerOfPatientID", "PatientAge")

#: What stands in an object as in its images, by whose patient it carries.
CARRIED = {"source": _COPIED, "pseudonym": ("PatientSex",)}

#: What the values of some may be.
_TERMS = {"PatientSex": re.compile("[FMO]?"), "PatientAge": re.compile(r"(\d{3}[DWMY])?")}

#: How DICOM calls UTF-8.
_UTF_8 = "ISO_IR 192"

#: What describes the frames of a multi-frame object.
_FRAMES = ("NumberOfFrames", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")

#: Said where PatientIdentityRemoved is YES.
_METHOD = "patient left out by ctbone; PatientID is a keyed pseudonym"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentationSource:
    """What a segmentation is of.

    Attributes:
        study: The study.
        series: The series that was read, narrowed to the slices of its volume.
        patient: Whose patient module it carries.
    """

    study: StudyRecord
    series: SeriesRecord
    patient: PatientModule = "pseudonym"


def segmentation_obstacle(series: SeriesRecord) -> str | None:
    """Say why nothing in DICOM can refer to a series; ``None`` where it can."""
    if any(item.encoding.transfer_syntax_uid == NIFTI for item in series.slices):
        return "a result in DICOM refers to DICOM images, this series is a NIfTI file"
    if not series.sop_class_uid or not all(item.sop_instance_uid for item in series.slices):
        return "a result in DICOM refers to its images by UID, some of this series have none"
    return None


def source_images(source: SegmentationSource) -> list[Dataset]:
    """Return the images as data sets without pixels: one a slice, or one multi-frame object.

    Raises:
        ValueError: If nothing in DICOM can refer to the series.
        UnreadableFile: If the first of them cannot be read.
    """
    if obstacle := segmentation_obstacle(source.series):
        raise ValueError(obstacle)
    slices = source.series.slices
    header = parse(slices[0].path, stop_before_pixels=True)
    with hostile("a header that states patient and study"):
        common = _common(source, header)
    if source.series.sop_class_uid in MULTI_FRAME:
        return [_multi_frame(common, header, slices[0])]
    return [_single_frame(common, item) for item in slices]


def _common(source: SegmentationSource, header: Dataset) -> Dataset:
    """Return what all images of the series share."""
    from pydicom import Dataset

    common = Dataset()
    for keyword in _DEMANDED:
        setattr(common, keyword, "")
    if source.patient == "source":
        _copy(header, common, tuple(name for name in _COPIED if _is_sound(header, name)))
    else:
        common.PatientID = source.study.patient_id
        common.PatientName = f"{source.study.patient_id}^"
        common.PatientSex = source.study.sex or ""
        common.PatientIdentityRemoved = "YES"
        common.DeidentificationMethod = _METHOD
    common.SpecificCharacterSet = _character_set(header)
    common.Modality = source.series.modality
    common.SOPClassUID = source.series.sop_class_uid
    common.StudyInstanceUID = source.study.study_uid
    common.SeriesInstanceUID = source.series.series_uid
    _copy(header, common, ("FrameOfReferenceUID",))
    # Where on the patient it lies is free text.
    common.PositionReferenceIndicator = ""
    return common


def _character_set(header: Dataset) -> str:
    """Return that of an archive; UTF-8 for none, or several, which highdicom does not write."""
    stated = header.get("SpecificCharacterSet")
    return stated if isinstance(stated, str) and stated else _UTF_8


def _is_sound(header: Dataset, keyword: str) -> bool:
    """Say whether a value is one of its kind: a date that is none must not spoil the object."""
    from pydicom.multival import MultiValue
    from pydicom.valuerep import DA, TM

    kinds = {"PatientBirthDate": DA, "StudyDate": DA, "StudyTime": TM}
    value = header.get(keyword)
    if isinstance(value, MultiValue):
        return False
    if keyword in _TERMS:
        return _TERMS[keyword].fullmatch(value or "") is not None
    try:
        kinds.get(keyword, str)(value or "")
    except ValueError:
        return False
    return True


def _copy(header: Dataset, images: Dataset, keywords: tuple[str, ...]) -> None:
    for keyword in keywords:
        if keyword in header:
            images[keyword] = header[keyword]


def _single_frame(common: Dataset, item: SliceRecord) -> Dataset:
    image = _image(common, item)
    image.ImagePositionPatient = list(item.position_mm or ())
    image.ImageOrientationPatient = list(item.orientation or ())
    image.PixelSpacing = list(reversed(item.spacing_mm or ()))
    image.SliceThickness = item.slice_thickness_mm
    return image


def _multi_frame(common: Dataset, header: Dataset, item: SliceRecord) -> Dataset:
    image = _image(common, item)
    _copy(header, image, _FRAMES)
    return image


def _image(common: Dataset, item: SliceRecord) -> Dataset:
    from pydicom import Dataset

    image = Dataset()
    image.update(common)
    image.SOPInstanceUID = item.sop_instance_uid
    image.Rows, image.Columns = item.rows, item.columns
    return image
