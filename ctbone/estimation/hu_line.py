"""The baseline that every network has to beat: trabecular attenuation, and a scanner's line."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ctbone.densitometry import Calibration, measure, to_estimate
from ctbone.errors import NotEvaluable
from ctbone.patches import PatchGrid, VertebraPatch
from ctbone.records import BmdEstimate, Flag


@dataclass(frozen=True)
class HuLine:
    """Mean attenuation of the trabecular region, turned to density where a calibration is given.

    Attributes:
        calibration: The line of the scanner; ``None`` leaves the attenuation as it is.
        grid: Patch that the region is found in.
    """

    calibration: Calibration | None = None
    grid: PatchGrid = field(default_factory=PatchGrid)

    @property
    def name(self) -> str:
        """What results call it."""
        if self.calibration is None:
            return "hu_line (uncalibrated)"
        return f"hu_line ({self.calibration.scanner})"

    def __call__(self, patches: tuple[VertebraPatch, ...], /) -> tuple[BmdEstimate, ...]:
        """Measure each vertebra by itself; its density is as sure as a part of the mean of all.

        Raises:
            NotEvaluable: If the trabecular region of one cannot be measured.
        """
        return tuple(self._measured(patch, bodies=len(patches)) for patch in patches)

    def _measured(self, patch: VertebraPatch, *, bodies: int) -> BmdEstimate:
        try:
            region = measure(patch)
        except NotEvaluable as fault:
            raise NotEvaluable(str(fault), reason=fault.reason, level=patch.level) from fault
        line = self.calibration
        estimate = to_estimate(region, patch.level, calibration=line, bodies=bodies)
        if self.calibration is None:
            return replace(estimate, flags=(*estimate.flags, Flag.UNCALIBRATED))
        return estimate
