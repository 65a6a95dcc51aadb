"""Which series may be measured, and what is done to their attenuation first.

Training and screening both go by this, so that a head is asked about what it learnt from.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ctbone.densitometry.correction import Correction, PatchCorrection, correction_of
from ctbone.densitometry.domain import DomainConfig, require_domain
from ctbone.densitometry.phase import Phase
from ctbone.records import SeriesRecord


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """What is asked of a series, and what corrects it.

    Attributes:
        domain: Which acquisitions are measured.
        correction: What attenuation is corrected by; ``None`` for nothing.
        assumed_phase: Phase of an enhanced series whose header does not tell it.
    """

    domain: DomainConfig = field(default_factory=DomainConfig)
    correction: Correction | None = None
    assumed_phase: Phase | None = None

    def require(
        self,
        series: SeriesRecord,
        *,
        calibrated_kvp: float | None = None,
        wanted_kvp: float | None = None,
    ) -> None:
        """Refuse a series that must not be measured, before its voxels are read.

        Args:
            series: The series that was chosen, with its flags.
            calibrated_kvp: As ``require_domain`` takes it.
            wanted_kvp: As ``correct`` takes it.

        Raises:
            OutOfDomain: With what was expected and found; the study may offer another.
        """
        require_domain(series, domain=self.domain, calibrated_kvp=calibrated_kvp)
        self.correct(series, wanted_kvp=wanted_kvp)

    def correct(self, series: SeriesRecord, *, wanted_kvp: float | None = None) -> PatchCorrection:
        """Return what is done to the attenuation of a series before it is measured.

        Args:
            series: The series.
            wanted_kvp: Tube potential that attenuation is wanted at, kilovolts; by default the
                reference of the correction.

        Raises:
            OutOfDomain: If the correction does not hold for the tube potential of the series.
        """
        if self.correction is None:
            return PatchCorrection()
        return correction_of(
            series, self.correction, wanted_kvp=wanted_kvp, assumed_phase=self.assumed_phase
        )
