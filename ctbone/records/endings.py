"""How a study ends: as a result, or rejected with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason
from ctbone.records.estimates import BmdEstimate, Decision, QctScores
from ctbone.records.flags import Flag
from ctbone.records.vertebrae import VertebraLocalisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquisition:
    """How a series was acquired, as far as its header says, in words that may stand in a table.

    Of a study of which no series was chosen, month and scanner alone can be known.

    Attributes:
        manufacturer: Manufacturer; empty when absent.
        kvp: Tube potential, kilovolts.
        kernel: ConvolutionKernel; empty when absent.
        slice_thickness_mm: SliceThickness, else the distance between slices.
        contrast: Whether a contrast agent is recorded; ``None`` when the header is silent.
        study_month: Year and month of the study, as in ``2024-02``; empty when unknown.
        scanner: The maker's known word and a keyed digest, as in ``siemens-3f2a9c``, by which one
            scanner is told from others; empty where the header names neither its serial number
            nor its station.
    """

    manufacturer: str = ""
    kvp: float | None = None
    kernel: str = ""
    slice_thickness_mm: float | None = None
    contrast: bool | None = None
    study_month: str = ""
    scanner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanLine:
    """The line from attenuation to density that one scan was given, and what it rests on.

    Attributes:
        calibration: What gave it.
        phantom: What its densities are equivalent to.
        slope_mg_cm3_per_hu: Density per Hounsfield unit.
        intercept_mg_cm3: Density at 0 HU.
        slope_se: Standard error of the slope; ``None`` when unknown.
        intercept_se_mg_cm3: Standard error of the intercept; ``None`` when unknown.
        tissues_hu: Attenuation of the tissues that it was fitted to, Hounsfield units.
    """

    calibration: str
    phantom: str
    slope_mg_cm3_per_hu: float
    intercept_mg_cm3: float
    slope_se: float | None = None
    intercept_se_mg_cm3: float | None = None
    tissues_hu: Mapping[str, float] = field(default_factory=dict)


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
        qct: T-score and Z-score of the density, where a reference population is configured.
        line: The line of this scan; ``None`` where all scans share one, or need none.
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
    qct: QctScores = field(default_factory=QctScores)
    line: ScanLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A study that yielded no finding, and why.

    Attributes:
        study_uid: StudyInstanceUID.
        patient_id: Keyed pseudonym.
        reason: One of the named reasons.
        detail: What was expected, what was found, and where; on one line, as a cell of a table.
        stage: ``select``, ``read``, ``locate``, ``estimate``, ``decide``, ``show`` or ``deliver``.
        seconds: Wall time it took.
        acquisition: How the series was acquired that was to be read, where one was chosen.
        series_uid: SeriesInstanceUID of the series that was read; empty where none was.
        vertebrae: What was located before it was rejected, each with its reason.
        missing: Levels that were asked for and do not lie in the field of view.
        flags: What a reader has to know of how it was told.
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
    flags: tuple[Flag, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "detail", " ".join(self.detail.split()))
