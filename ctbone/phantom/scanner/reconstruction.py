"""What a scanner does to a body: blurring, noise, clipping, and what lies outside its field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ctbone.phantom.tissue import Phase, Potential

#: Families of reconstruction kernels.
Kernel = Literal["smooth", "standard", "sharp"]

#: In-plane point spread (standard deviation, mm) and correlation length of the noise (mm).
#: Inferred from published modulation transfer functions of soft, standard and bone kernels.
_PSF_MM = {"smooth": 0.75, "standard": 0.6, "sharp": 0.35}
_CORRELATION_MM = {"smooth": 0.9, "standard": 0.65, "sharp": 0.3}

#: Smallest and largest value of a 12-bit scanner.
RANGE_HU = (-1024.0, 3071.0)


@dataclass(frozen=True, kw_only=True)
class ScanConfig:
    """How a patient is scanned."""

    kvp: Potential = 120
    """Tube potential, kilovolts."""
    phase: Phase = "none"
    """Contrast phase."""
    kernel: Kernel = "standard"
    """Family of the reconstruction kernel."""
    slice_thickness_mm: float | None = None
    """Thickness that a slice averages over; null for the distance between slices."""
    noise_hu: float = 12.0
    """Standard deviation of the noise, HU."""
    field_diameter_mm: float | None = None
    """Diameter of the circular field; what lies outside is padding. Null for none."""
    bone_slope: float = 1.0
    """This scanner's attenuation of bone, relative to the mean scanner."""
    offset_hu: float = 0.0
    """This scanner's shift of soft tissue and bone, HU."""
    table: bool = True
    """Whether the table is in the picture."""
    integer: bool = True
    """Whether values are rounded and clipped to 12 bits, as a scanner stores them."""

    def __post_init__(self) -> None:
        if self.slice_thickness_mm is not None and self.slice_thickness_mm <= 0.0:
            raise ValueError(f"slice_thickness_mm must be positive, got {self.slice_thickness_mm}")
        if self.noise_hu < 0.0:
            raise ValueError(f"noise_hu must not be negative, got {self.noise_hu}")
        if self.bone_slope <= 0.0:
            raise ValueError(f"bone_slope must be positive, got {self.bone_slope}")


def add_noise(
    hu: NDArray[np.float32], *, scan: ScanConfig, spacing_mm: tuple[float, float], rng: Generator
) -> None:
    """Add noise, correlated in the plane as the kernel leaves it, in place.

    Args:
        hu: Slices, shape ``(K, J, I)``.
        scan: What the kernel and the noise are.
        spacing_mm: Voxel spacing along ``J`` and ``I``.
        rng: Source of chance.
    """
    if scan.noise_hu == 0.0:
        return
    length = _CORRELATION_MM[scan.kernel]
    taps = [_gaussian(length / spacing) for spacing in spacing_mm]
    gain = float(np.prod([np.sqrt((tap**2).sum()) for tap in taps]))
    for number in range(len(hu)):
        white = rng.standard_normal(hu.shape[1:], dtype=np.float32)
        hu[number] += blur(white, taps) * np.float32(scan.noise_hu / gain)


def blur_slices(
    hu: NDArray[np.float32], *, scan: ScanConfig, spacing_mm: tuple[float, float]
) -> None:
    """Blur every slice, shape ``(K, J, I)``, with the kernel's point spread, in place."""
    taps = [_gaussian(_PSF_MM[scan.kernel] / spacing) for spacing in spacing_mm]
    if all(len(tap) == 1 for tap in taps):
        return
    for piece in hu:
        piece[:] = blur(piece, taps)


def blur(plane: NDArray[np.float32], taps: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Convolve a plane along its two axes; the edge is repeated."""
    from scipy.ndimage import correlate1d

    for axis, tap in enumerate(taps):
        if len(tap) > 1:
            plane = correlate1d(plane, tap, axis=axis, mode="nearest")
    return plane


def _gaussian(sigma: float) -> NDArray[np.float32]:
    """Return the taps of a Gaussian in voxels; a single one where it would not be felt."""
    if sigma < 0.25:
        return np.ones(1, np.float32)
    reach = int(np.ceil(2.5 * sigma))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return np.asarray(taps / taps.sum(), np.float32)


def digitise(hu: NDArray[np.float32]) -> NDArray[np.int16]:
    """Round and clip to what a 12-bit scanner stores."""
    return np.rint(np.clip(hu, *RANGE_HU)).astype(np.int16)
