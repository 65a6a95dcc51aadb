"""How far patches are varied, in the units of what is varied."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

#: Kernels whose noise may be drawn, as the scanner of the phantom knows them.
NoiseKernel = Literal["smooth", "standard", "sharp", "ultra"]


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """How patches are varied from draw to draw; zero switches each off.

    Where no source is given, a strength is a design choice.
    """

    shift_mm: float = 2.0
    """Standard deviation of a shift along each axis, as localisation errs, millimetres."""
    turn_degrees: float = 3.0
    """Standard deviation of a turn about each axis, as the axes of a body err, degrees."""
    mirror: bool = True
    """Whether left and right are exchanged half of the time."""

    noise_hu: float = 15.0
    """Greatest standard deviation of added noise, HU."""
    noise_kernels: tuple[NoiseKernel, ...] = ("smooth", "standard", "sharp")
    """Kernels one of whose noise spectra is drawn (``phantom.scanner.kernels``)."""
    noise_slice_mm: float = 3.0
    """Greatest thickness of the slices that share their noise, millimetres; 0: white along s."""

    sharpness: float = 0.5
    """Greatest change of kernel, softer or sharper: 1 would turn a standard into a smooth or a
    sharp one (``phantom.scanner.kernels``)."""
    sharpness_limit: float = 2.0
    """Most that a spatial frequency is amplified, since noise of the scan is amplified too."""
    thickness_mm: float = 3.0
    """Greatest thickness of the slices that are averaged over, millimetres. Above 3 mm a study is
    warned of, above 5 mm refused."""

    potential_ratio: tuple[float, float] = (1.0, 1.0)
    """What mineral attenuates relative to the tube potential of the scan, drawn in between.
    Cohort means are 0.927 from 100 to 120 kV and 1.053 from 140 to 120 kV (AAPM 2026, 1859), so
    that (0.95, 1.079) spans all from 120 kV. Off, since a head that is not told the potential
    cannot undo it and would answer with the mean of them."""
    bone_slope: float = 0.02
    """Greatest relative difference of scanners in what mineral attenuates: small enough for
    a head to carry as error."""
    offset_hu: float = 2.0
    """Greatest offset of all tissue, HU; water is to be within 4 HU of zero in daily quality
    control (recalled, not verified)."""

    contrast_hu: float = 25.0
    """Greatest enhancement of trabecular bone, HU: means are 14 arterial and 18 to 26 portal
    venous (Pompe et al., Eur Radiol 2015;25:283; Grunewald, ECR)."""
    contrast_share: float = 0.2
    """How many examples are given contrast agent, 0 to 1."""

    metal_share: float = 0.01
    """How many examples have rods behind the body, 0 to 1."""
    metal_streak_hu: float = 150.0
    """Greatest amplitude of the streaks about a rod, HU."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float | int) and not 0.0 <= value < float("inf"):
                raise ValueError(f"{field.name} must be 0 or more, got {value}")
        for name in ("contrast_share", "metal_share"):
            if getattr(self, name) > 1.0:
                raise ValueError(f"{name} must be at most 1, got {getattr(self, name)}")
        if not 0.0 < self.potential_ratio[0] <= self.potential_ratio[1]:
            raise ValueError(f"potential_ratio must rise from above 0, got {self.potential_ratio}")
        if self.sharpness_limit < 1.0:
            raise ValueError(f"sharpness_limit must be 1 or more, got {self.sharpness_limit}")
        if not self.noise_kernels:
            raise ValueError("noise_kernels must name a kernel, got none")
