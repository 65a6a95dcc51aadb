"""What an export holds: studies, their series and slices, and files that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ctbone.errors import Reason
from ctbone.records.flags import Flag

#: Stands for the transfer syntax of a slice that lies in a NIfTI file.
NIFTI = "nifti"


@dataclass(frozen=True, slots=True)
class PixelEncoding:
    """How the pixels of a slice are stored; shared by most slices of a series.

    Attributes:
        transfer_syntax_uid: DICOM transfer syntax, or ``NIFTI``.
        bits_allocated: Bits a stored value takes in the file.
        bits_stored: Bits of it that carry the value.
        is_signed: Whether stored values are two's complement.
        samples_per_pixel: 1 for CT; anything else is a picture.
        photometric: PhotometricInterpretation; MONOCHROME2 for CT.
        rescale_slope: RescaleSlope; ``None`` when absent.
        rescale_intercept: RescaleIntercept; ``None`` when absent.
        rescale_type: RescaleType, empty when absent.
        padding: PixelPaddingValue, a stored value; ``None`` when absent.
        padding_limit: PixelPaddingRangeLimit, the other end of a range of padding values; ``None``
            when absent.
        is_lossy: LossyImageCompression says 01, or the transfer syntax is a lossy one.
        is_low_aligned: Whether HighBit is BitsStored - 1, as the standard has demanded since 1998;
            shifted values are not read.
        is_sign_stated: PixelRepresentation says 0 or 1; values of unknown sign are not read.
    """

    transfer_syntax_uid: str
    bits_allocated: int
    bits_stored: int
    is_signed: bool
    samples_per_pixel: int
    photometric: str
    rescale_slope: float | None
    rescale_intercept: float | None
    rescale_type: str
    padding: int | None
    is_lossy: bool
    is_low_aligned: bool = True
    padding_limit: int | None = None
    is_sign_stated: bool = True


@dataclass(frozen=True, slots=True)
class SliceRecord:
    """One slice: a file, or a frame of a multi-frame file, or a plane of a NIfTI file.

    Attributes:
        number: Number of the file in the catalogue; what messages call it.
        path: Where the file lies. It can carry names: never logged, never written to a result.
        frame: Index of the frame in the file, from 0.
        sop_instance_uid: SOPInstanceUID; empty when absent.
        position_mm: Centre of the first voxel (ImagePositionPatient); ``None`` when absent.
        orientation: Direction of a row, then of a column (ImageOrientationPatient), 6 cosines;
            ``None`` when absent.
        spacing_mm: Distance between columns along a row, then between rows along a column: the
            two values of PixelSpacing in reverse; ``None`` when absent.
        rows: Voxels along a column.
        columns: Voxels along a row.
        slice_thickness_mm: SliceThickness.
        acquisition: AcquisitionNumber.
        instance_number: InstanceNumber.
        image_type: ImageType, upper case.
        encoding: How its pixels are stored.
        pixel_offset: Byte of the file at which the value of Pixel Data begins; ``None`` where
            only a full parse finds it.
        pixel_length: Declared bytes of that value; ``None`` when encapsulated or unknown.
        kernel: ConvolutionKernel; empty when absent.
        kvp: Tube potential, kilovolts.
        phase: What tells phases of a multi-frame file apart: TemporalPositionIndex and StackID.
        anatomy: Name of the anatomic region of a frame, upper case; can be free text.
    """

    number: int
    path: Path = field(repr=False)
    frame: int
    sop_instance_uid: str
    position_mm: tuple[float, float, float] | None
    orientation: tuple[float, float, float, float, float, float] | None
    spacing_mm: tuple[float, float] | None
    rows: int
    columns: int
    slice_thickness_mm: float | None
    acquisition: int | None
    instance_number: int | None
    image_type: tuple[str, ...]
    encoding: PixelEncoding
    pixel_offset: int | None
    pixel_length: int | None
    kernel: str = ""
    kvp: float | None = None
    phase: tuple[int | None, str] | None = None
    anatomy: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """One series, as found on disk, or the stack of it that was chosen.

    Attributes:
        series_uid: SeriesInstanceUID, or one derived from the headers when that is absent.
        modality: Modality.
        sop_class_uid: SOPClassUID; empty when absent.
        description: SeriesDescription; can carry names, never written to a result.
        kernel: ConvolutionKernel; empty when absent.
        kvp: Tube potential, kilovolts.
        contrast: Whether a contrast agent is recorded; ``None`` when the header is silent.
        body_part: BodyPartExamined, upper case; empty when absent.
        manufacturer: Manufacturer.
        model: ManufacturerModelName.
        slices: Its slices, in the order found; after selection, those to read.
        flags: What selection noticed.
        scanner: Tells its scanner from others: a keyed digest; empty where the header names none.
    """

    series_uid: str
    modality: str
    sop_class_uid: str
    description: str = field(repr=False)
    kernel: str
    kvp: float | None
    contrast: bool | None
    body_part: str
    manufacturer: str
    model: str
    slices: tuple[SliceRecord, ...] = field(repr=False)
    flags: tuple[Flag, ...] = ()
    scanner: str = ""


@dataclass(frozen=True, slots=True)
class FileFault:
    """A file that could not be read as what it claims to be.

    Attributes:
        number: Number of the file in the catalogue.
        reason: One of the named reasons.
        detail: What was expected and what was found.
    """

    number: int
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class StudyKeys:
    """What a table of the same hospital finds a study by: keyed digests, in memory alone.

    Attributes:
        patient: Digest of PatientID; empty when absent.
        accession: Digest of AccessionNumber; empty when absent.
    """

    patient: str = field(default="", repr=False)
    accession: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """One imaging study of one patient.

    Attributes:
        study_uid: StudyInstanceUID, or one derived from the headers when that is absent.
        patient_id: Keyed pseudonym; never the PatientID of the hospital.
        study_date: StudyDate.
        age_years: PatientAge, or the time from PatientBirthDate to StudyDate.
        sex: ``F``, ``M``, ``O`` or ``None``.
        series: Every series of the study.
        faults: Its files that could not be read.
        keys: What a table finds it by; never written anywhere.
        is_disputed: Whether its files name several patients.
    """

    study_uid: str
    patient_id: str
    study_date: date | None
    age_years: float | None
    sex: str | None
    series: tuple[SeriesRecord, ...]
    faults: tuple[FileFault, ...] = ()
    keys: StudyKeys = field(default_factory=StudyKeys)
    is_disputed: bool = False

    @property
    def month(self) -> str:
        """Year and month of StudyDate, as in ``2024-02``; empty where that is unknown."""
        return self.study_date.isoformat()[:7] if self.study_date else ""
