"""The values that cross the seams: plain, frozen, and free of any framework.

Positions and directions are patient coordinates, LPS (left, posterior, superior), millimetres.
Attenuation is in Hounsfield units (``_hu``), density in mg/cm3 of K2HPO4 (``_mg_cm3``) unless a
calibration says hydroxyapatite. What the input does not say is ``None``, never a made-up default.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason

#: Stands for the transfer syntax of a slice that lies in a NIfTI file.
NIFTI = "nifti"


class BoneCategory(StrEnum):
    """Densitometric category of a patient."""

    NORMAL = "normal"
    OSTEOPENIA = "osteopenia"
    OSTEOPOROSIS = "osteoporosis"


class Flag(StrEnum):
    """What a reader of a result has to know about how it came about."""

    CONTRAST_ENHANCED = "contrast_enhanced"
    CONTRAST_UNKNOWN = "contrast_unknown"
    THICK_SLICES = "thick_slices"
    BONE_KERNEL = "bone_kernel"
    KERNEL_UNKNOWN = "kernel_unknown"
    KVP_UNKNOWN = "kvp_unknown"
    KVP_NOT_120 = "kvp_not_120"
    NOT_AXIAL = "not_axial"
    MARKED_DERIVED = "marked_derived"
    TILT_CORRECTED = "tilt_corrected"
    DUPLICATES_DROPPED = "duplicates_dropped"
    STACK_CHOSEN = "stack_chosen"
    PREFERRED_UNREADABLE = "preferred_unreadable"
    MIXED_ACQUISITION = "mixed_acquisition"
    PADDING_REPLACED = "padding_replaced"
    UID_MISSING = "uid_missing"
    PATIENT_ID_CONFLICT = "patient_id_conflict"
    UNREADABLE_FILES_IN_STUDY = "unreadable_files_in_study"
    AGE_UNKNOWN = "age_unknown"
    SEX_UNKNOWN = "sex_unknown"
    ONE_LEVEL_ONLY = "one_level_only"
    FALLBACK_LEVEL = "fallback_level"
    BORDERLINE_HEIGHT = "borderline_height"
    METAL_NEARBY = "metal_nearby"
    UNEVEN_END_PLATES = "uneven_end_plates"
    UNCALIBRATED = "uncalibrated"
    CALIBRATION_OF_ANOTHER_SCANNER = "calibration_of_another_scanner"
    SMALL_REGION = "small_region"
    ELLIPSE_REGION = "ellipse_region"
    UNEVEN_REGION = "uneven_region"
    NEAR_CUT_OFF = "near_cut_off"
    PICTURE_FAILED = "picture_failed"


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
    """

    study_uid: str
    patient_id: str
    study_date: date | None
    age_years: float | None
    sex: str | None
    series: tuple[SeriesRecord, ...]
    faults: tuple[FileFault, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class BodyMask:
    """The voxels of one vertebral body, on a box of its own.

    Attributes:
        inside: Whether a voxel belongs to the body, bool, shape ``(I, J, K)``; read-only.
        affine: Voxel index to patient position, LPS millimetres, shape ``(4, 4)``; read-only.
    """

    inside: NDArray[np.bool_]
    affine: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.inside.ndim != 3 or self.inside.dtype != np.bool_:
            found = f"{self.inside.dtype} {self.inside.shape}"
            raise ValueError(f"inside must be bool (I, J, K), got {found}")
        if self.affine.shape != (4, 4):
            raise ValueError(f"affine must be (4, 4), got {self.affine.shape}")
        for name in ("inside", "affine"):
            view = getattr(self, name).view()
            view.setflags(write=False)
            object.__setattr__(self, name, view)

    @property
    def volume_mm3(self) -> float:
        """Volume of the body, cubic millimetres."""
        return float(self.inside.sum() * abs(np.linalg.det(self.affine[:3, :3])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Morphometry:
    """How high one vertebral body is, from upper to lower end plate in its midline.

    Attributes:
        height_anterior_mm: At the anterior wall, millimetres.
        height_middle_mm: Half-way between the walls, millimetres.
        height_posterior_mm: At the posterior wall, millimetres.
    """

    height_anterior_mm: float
    height_middle_mm: float
    height_posterior_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class VertebraLocalisation:
    """Where one vertebral body is, which way it faces, and whether it may be measured.

    Attributes:
        level: Its anatomical level.
        centroid_mm: Centre of the vertebral body, LPS millimetres.
        axes: Unit vectors of the vertebra's own left, posterior and superior directions, as
            columns, shape ``(3, 3)``, in LPS.
        confidence: Probability that the level is right, from 0 to 1; 1 for masks that a user gave.
        body: The vertebral body; ``None`` when the locator gives centres alone.
        is_whole: Whether the whole body lies in the field of view.
        runner_up: The level that it would else have; ``None`` where nothing speaks for another.
        morphometry: Its heights; ``None`` where they were not measured.
        reason: Why it must not be measured; ``None`` where it may.
        detail: What was expected and what was found, where there is a reason.
        flags: What a reader of its measurement has to know, where it may be measured.
    """

    level: VertebralLevel
    centroid_mm: tuple[float, float, float]
    axes: NDArray[np.float64]
    confidence: float
    body: BodyMask | None
    is_whole: bool
    runner_up: VertebralLevel | None = None
    morphometry: Morphometry | None = None
    reason: Reason | None = None
    detail: str = ""
    flags: tuple[Flag, ...] = ()

    def __post_init__(self) -> None:
        if self.axes.shape != (3, 3) or not np.allclose(
            self.axes.T @ self.axes, np.eye(3), atol=1e-4
        ):
            raise ValueError(f"axes must be three orthogonal unit vectors, got\n{self.axes}")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence must lie in [0, 1], got {self.confidence}")


@dataclass(frozen=True, slots=True, kw_only=True)
class BmdEstimate:
    """What was measured in one vertebral body.

    Attributes:
        level: Its anatomical level.
        trabecular_hu: Mean attenuation of the trabecular region, Hounsfield units; this and what
            follows of the region is ``None`` when the estimator does not measure it.
        trabecular_median_hu: Median attenuation of its voxels, Hounsfield units.
        trabecular_sd_hu: Standard deviation of them, Hounsfield units.
        trabecular_p10_hu: 10th percentile of them, Hounsfield units.
        trabecular_p90_hu: 90th percentile of them, Hounsfield units.
        trabecular_volume_mm3: Volume of the region, cubic millimetres.
        bmd_mg_cm3: Volumetric trabecular density; ``None`` without a calibration.
        sd_mg_cm3: Predictive standard deviation of that density.
        probabilities: Of normal, osteopenia and osteoporosis; ``None`` unless the estimator is a
            classifier.
        flags: What the estimator noticed.
    """

    level: VertebralLevel
    trabecular_hu: float | None = None
    trabecular_median_hu: float | None = None
    trabecular_sd_hu: float | None = None
    trabecular_p10_hu: float | None = None
    trabecular_p90_hu: float | None = None
    trabecular_volume_mm3: float | None = None
    bmd_mg_cm3: float | None = None
    sd_mg_cm3: float | None = None
    probabilities: tuple[float, float, float] | None = None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The category of a patient and the quantity that it was read from.

    Attributes:
        category: The category that the rule assigns.
        quantity: Which quantity decided: ``bmd_mg_cm3``, ``trabecular_hu`` or ``probabilities``.
        value: The patient's value of it: the mean over levels.
        bmd_mg_cm3: The patient's density; ``None`` without a calibration.
        lower_mg_cm3: Lower 90 % limit of it.
        upper_mg_cm3: Upper 90 % limit of it.
        probabilities: Of normal, osteopenia and osteoporosis; ``None`` where nothing gives them.
        indeterminate: Whether the limits straddle a cut-off.
        flags: What a reader has to know.
        rule: Name of the decision rule.
    """

    category: BoneCategory
    quantity: str
    value: float
    bmd_mg_cm3: float | None
    lower_mg_cm3: float | None
    upper_mg_cm3: float | None
    probabilities: tuple[float, float, float] | None
    indeterminate: bool
    flags: tuple[Flag, ...]
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquisition:
    """How a series was acquired, as far as its header says, in words that may stand in a table.

    Attributes:
        manufacturer: Manufacturer; empty when absent.
        kvp: Tube potential, kilovolts.
        kernel: ConvolutionKernel; empty when absent.
        slice_thickness_mm: SliceThickness, else the distance between slices.
        contrast: Whether a contrast agent is recorded; ``None`` when the header is silent.
    """

    manufacturer: str = ""
    kvp: float | None = None
    kernel: str = ""
    slice_thickness_mm: float | None = None
    contrast: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningResult:
    """The finding for one study.

    Attributes:
        study_uid: StudyInstanceUID.
        patient_id: Keyed pseudonym.
        series_uid: SeriesInstanceUID of the series that was read.
        vertebrae: What was localised, cranio-caudal.
        estimates: One a measured level, cranio-caudal.
        decision: The category and what it rests on.
        flags: Everything a reader has to know: of the series, the levels and the decision.
        model: Name and digest of what estimated.
        seconds: Wall time it took.
        acquisition: How the series that was read was acquired.
        missing: Levels that were asked for and do not lie in the field of view.
    """

    study_uid: str
    patient_id: str
    series_uid: str
    vertebrae: tuple[VertebraLocalisation, ...] = field(repr=False)
    estimates: tuple[BmdEstimate, ...]
    decision: Decision
    flags: tuple[Flag, ...]
    model: str
    seconds: float
    acquisition: Acquisition = Acquisition()
    missing: tuple[VertebralLevel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A study that yielded no finding, and why.

    Attributes:
        study_uid: StudyInstanceUID.
        patient_id: Keyed pseudonym.
        reason: One of the named reasons.
        detail: What was expected, what was found, and where; on one line, as a cell of a table.
        stage: ``select``, ``read``, ``locate``, ``estimate``, ``decide`` or ``show``.
        seconds: Wall time it took.
        acquisition: How the series was acquired that was to be read, where one was chosen.
        series_uid: SeriesInstanceUID of the series that was read; empty where none was.
        vertebrae: What was located before it was rejected, each with its reason.
        missing: Levels that were asked for and do not lie in the field of view.
    """

    study_uid: str
    patient_id: str
    reason: Reason
    detail: str
    stage: str
    seconds: float
    acquisition: Acquisition = Acquisition()
    series_uid: str = ""
    vertebrae: tuple[VertebraLocalisation, ...] = field(default=(), repr=False)
    missing: tuple[VertebralLevel, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", " ".join(self.detail.split()))


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate between its confidence limits.

    Attributes:
        estimate: The estimate.
        lower: Lower limit.
        upper: Upper limit.

    Example:
        >>> Interval(0.9, 0.8, 0.95).upper
        0.95
        >>> f"{Interval(0.9, 0.8, 0.95):.2f}"
        '0.90 (0.80 to 0.95)'
    """

    estimate: float
    lower: float
    upper: float

    def __post_init__(self) -> None:
        if not self.lower <= self.estimate <= self.upper:
            found = f"{self.lower} <= {self.estimate} <= {self.upper}"
            raise ValueError(f"an estimate lies between its limits, got {found}")

    def __format__(self, spec: str) -> str:
        """Write the estimate and, in brackets, its limits, each number as ``spec`` says."""
        if not spec:
            return str(self)
        return f"{self.estimate:{spec}} ({self.lower:{spec}} to {self.upper:{spec}})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContingencyTable:
    """Index test against reference standard, counts of patients.

    Attributes:
        true_positives: Diseased, called positive.
        false_positives: Healthy, called positive.
        false_negatives: Diseased, called negative.
        true_negatives: Healthy, called negative.

    Example:
        >>> table = ContingencyTable(
        ...     true_positives=45, false_positives=10, false_negatives=5, true_negatives=40
        ... )
        >>> table.diseased, table.healthy
        (50, 50)
    """

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    def __post_init__(self) -> None:
        for cell in fields(self):
            if (count := getattr(self, cell.name)) < 0:
                raise ValueError(f"{cell.name} must not be negative, got {count}")

    @property
    def diseased(self) -> int:
        """Patients the reference standard calls diseased."""
        return self.true_positives + self.false_negatives

    @property
    def healthy(self) -> int:
        """Patients the reference standard calls healthy."""
        return self.false_positives + self.true_negatives
