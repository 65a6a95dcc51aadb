"""How a series must have been acquired for its attenuation to be measured at all.

Slices that are too thick are refused where series are chosen. What stands here is refused though a
series could be read: its attenuation is that of another scale.
"""

from __future__ import annotations

from dataclasses import dataclass

from ctbone.errors import OutOfDomain, Reason
from ctbone.records import Flag, SeriesRecord
from ctbone.scanning import is_same_kvp


@dataclass(frozen=True, kw_only=True)
class DomainConfig:
    """Which acquisitions are measured."""

    minimum_kvp: float = 90.0
    """Lowest tube potential that is measured without a calibration made at it, kilovolts: below it
    attenuation of bone is so much higher that no cut-off holds; 0 for none. A series of unknown
    potential is measured, and flagged."""

    sharp_kernels: bool = False
    """Whether a study that offers a bone or lung kernel alone is measured: such kernels overshoot
    at edges (stiffness of vertebrae rose by 12 %, Frontiers in Endocrinology 2023)."""

    def __post_init__(self) -> None:
        if not self.minimum_kvp >= 0.0:
            raise ValueError(f"minimum_kvp must not be negative, got {self.minimum_kvp}")


def require_domain(
    series: SeriesRecord, *, domain: DomainConfig, calibrated_kvp: float | None = None
) -> None:
    """Refuse a series that was acquired out of the domain.

    Args:
        series: The series that was chosen, with its flags.
        domain: What is measured.
        calibrated_kvp: Tube potential that the line was made at which attenuation goes through;
            ``None`` without a line, or where it does not say.

    Raises:
        OutOfDomain: With what was expected and found.
    """
    kvp, made_for = series.kvp, calibrated_kvp
    is_calibrated = kvp is not None and made_for is not None and is_same_kvp(kvp, made_for)
    if kvp is not None and kvp < domain.minimum_kvp and not is_calibrated:
        raise OutOfDomain(
            f"expected {domain.minimum_kvp:g} kV or more, or a calibration made at {kvp:g} kV, "
            f"found a series made at {kvp:g} kV",
            reason=Reason.KVP_OUT_OF_DOMAIN,
        )
    if Flag.BONE_KERNEL in series.flags and not domain.sharp_kernels:
        raise OutOfDomain(
            "expected a series of a soft-tissue kernel, found one of a sharp kernel",
            reason=Reason.KERNEL_OUT_OF_DOMAIN,
        )
