"""Whether a series may be measured, and what is done to its attenuation first."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ctbone.densitometry import (
    Calibration,
    Correction,
    DomainConfig,
    PatchCorrection,
    Phase,
    correction_of,
    correction_path,
    load_correction,
    require_domain,
)
from ctbone.estimation import BmdEstimator
from ctbone.ingest import read_volume
from ctbone.records import Flag, SeriesRecord
from ctbone.runs import RunLog, file_digest
from ctbone.screening.acquisition import calibration_flags, calibration_of
from ctbone.volume import CTVolume


@dataclass(frozen=True, kw_only=True)
class Suitability:
    """What the acquisition of a series means for measuring it by an estimator.

    Attributes:
        estimate: What measures.
        domain: Which acquisitions are measured.
        correction: What attenuation is corrected by; ``None`` for nothing.
        assumed_phase: Phase of an enhanced series whose header does not tell it.
    """

    estimate: BmdEstimator
    domain: DomainConfig = field(default_factory=DomainConfig)
    correction: Correction | None = None
    assumed_phase: Phase | None = None

    def read(self, series: SeriesRecord) -> CTVolume:
        """Read the voxels of a series that may be measured.

        Raises:
            OutOfDomain: If it may not be; the study may offer another.
            IngestError: If it cannot be read.
        """
        require_domain(series, domain=self.domain, calibration=self._calibration)
        self.correct(series)
        return read_volume(series)

    def correct(self, series: SeriesRecord) -> PatchCorrection:
        """Return what is done to the attenuation of a series before it is measured.

        Raises:
            OutOfDomain: If the correction does not hold for the tube potential of the series.
        """
        if self.correction is None:
            return PatchCorrection()
        line = self._calibration
        return correction_of(
            series,
            self.correction,
            wanted_kvp=line.kvp if line else None,
            assumed_phase=self.assumed_phase,
        )

    def flags(self, series: SeriesRecord) -> tuple[Flag, ...]:
        """Return what a reader has to know of measuring a series so."""
        corrected = self.correct(series).flags
        is_moved = Flag.CORRECTED_KV in corrected
        return (*calibration_flags(self.estimate, series, any_kvp=is_moved), *corrected)

    @property
    def _calibration(self) -> Calibration | None:
        return calibration_of(self.estimate)


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
    path = correction_path(name)
    correction = load_correction(path)
    if calibration is not None and calibration.kvp is None:
        raise ValueError(
            f"correction {correction.name} brings attenuation to the tube potential of the "
            "calibration, which says none; give it a kvp"
        )
    log.weights[f"correction {correction.name}, version {correction.version}"] = file_digest(path)
    return correction
