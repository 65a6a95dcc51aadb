"""Whether a series may be measured, and what is done to its attenuation first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from ctbone.densitometry import (
    Acceptance,
    Calibration,
    Calibrator,
    Correction,
    InternalReference,
    PatchCorrection,
    calibrate_in_scan,
    calibrate_internally,
    load_named,
    named_path,
)
from ctbone.estimation import BmdEstimator, HuLine
from ctbone.records import Flag, ScanLine, SeriesRecord, VertebraLocalisation
from ctbone.runs import RunLog, file_digest
from ctbone.screening.acquisition import calibration_flags, calibration_of
from ctbone.screening.study import Calibrated
from ctbone.volume import CTVolume

_NO_TISSUES: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Suitability:
    """What the acquisition of a series means for measuring it by an estimator.

    Attributes:
        estimate: What measures.
        accepts: Which acquisitions are measured, and what corrects them.
        calibrator: Phantom in the field of every scan, which gives that scan its line.
        internal: What tissues of the patient attenuate, which give the scan its line.
    """

    estimate: BmdEstimator
    accepts: Acceptance = field(default_factory=Acceptance)
    calibrator: Calibrator | None = None
    internal: InternalReference | None = None

    def require(self, series: SeriesRecord) -> None:
        """Refuse a series that must not be measured, before its voxels are read.

        Raises:
            OutOfDomain: With what was expected and found; the study may offer another.
        """
        line_kvp = self._calibrated_kvp(series)
        # Tissues make no line for a potential that no line is wanted for.
        made_for = None if self.internal else line_kvp
        self.accepts.require(series, calibrated_kvp=made_for, wanted_kvp=line_kvp)
        if self.internal:
            self.internal.beam(series.kvp)

    def correct(self, series: SeriesRecord) -> PatchCorrection:
        """Return what is done to the attenuation of a series before it is measured.

        Raises:
            OutOfDomain: If the correction does not hold for the tube potential of the series.
        """
        return self.accepts.correct(series, wanted_kvp=self._calibrated_kvp(series))

    def flags(self, series: SeriesRecord) -> tuple[Flag, ...]:
        """Return what a reader has to know of measuring a series so."""
        corrected = self.correct(series).flags
        is_moved = Flag.CORRECTED_KV in corrected
        return (*calibration_flags(self.estimate, series, any_kvp=is_moved), *corrected)

    def calibrate(
        self, series: SeriesRecord, volume: CTVolume, vertebrae: Sequence[VertebraLocalisation]
    ) -> Calibrated:
        """Return the HU line with the line of one scan, by the phantom in it or by its tissues.

        Raises:
            CalibratorNotFound: If the phantom, or a tissue that is needed, is not to be seen.
        """
        if self.calibrator is not None:
            line = calibrate_in_scan(volume, self.calibrator, kvp=series.kvp)
            return Calibrated(estimate=HuLine(line), line=_record(line))
        if self.internal is None:
            return Calibrated(estimate=self.estimate)
        found = calibrate_internally(
            volume, vertebrae, self.internal, kvp=series.kvp, contrast=series.contrast
        )
        record = _record(found.line, {str(name): hu for name, hu in found.found_hu.items()})
        return Calibrated(estimate=HuLine(found.line), line=record, flags=found.flags)

    def _calibrated_kvp(self, series: SeriesRecord) -> float | None:
        """Return the tube potential that the line of a series was made at; ``None`` if unknown."""
        if self.calibrator is not None or self.internal is not None:
            return series.kvp
        line = calibration_of(self.estimate)
        return line.kvp if line else None


def _record(line: Calibration, tissues_hu: Mapping[str, float] = _NO_TISSUES) -> ScanLine:
    return ScanLine(
        calibration=line.scanner,
        phantom=line.phantom,
        slope_mg_cm3_per_hu=line.slope_mg_cm3_per_hu,
        intercept_mg_cm3=line.intercept_mg_cm3,
        slope_se=line.slope_se,
        intercept_se_mg_cm3=line.intercept_se_mg_cm3,
        tissues_hu=tissues_hu,
    )


def open_correction(
    name: Path | None, *, calibration: Calibration | None, log: RunLog
) -> Correction | None:
    """Read the correction that a run asks for, and note its digest.

    Raises:
        ValueError: If there is none of that name, the file is no correction, or the calibration
            does not say at which tube potential it holds.
    """
    if name is None:
        return None
    path = named_path(name, Correction)
    correction = load_named(path, Correction)
    if calibration is not None and calibration.kvp is None:
        raise ValueError(
            f"correction {correction.name} brings attenuation to the tube potential of the "
            "calibration, which says none; give it a kvp"
        )
    log.weights[f"correction {correction.name}, version {correction.version}"] = file_digest(path)
    return correction


def open_calibrator(name: Path | None, *, log: RunLog) -> Calibrator | None:
    """Read the calibration phantom that a run asks for, and note its digest.

    Raises:
        ValueError: If there is none of that name, or the file describes no phantom.
    """
    if name is None:
        return None
    path = named_path(name, Calibrator)
    calibrator = load_named(path, Calibrator)
    log.weights[f"calibrator {calibrator.name}"] = file_digest(path)
    log.warnings.append("densities by a phantom in the scan carry no interval")
    return calibrator


def open_internal_reference(name: Path | None, *, log: RunLog) -> InternalReference | None:
    """Read what tissues attenuate that a run calibrates its scans by, and note its digest.

    Raises:
        ValueError: If there is none of that name, or the file is no such reference.
    """
    if name is None:
        return None
    path = named_path(name, InternalReference)
    found = load_named(path, InternalReference)
    log.weights[f"internal calibration {found.name}, version {found.version}"] = file_digest(path)
    log.warnings.append(
        "each scan is calibrated by tissues of its patient: where scanners have lines of their "
        "own, or a phantom is in the scan, those are more accurate (docs/densitometry.md)"
    )
    return found
