"""How a patient is scanned and reconstructed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ctbone.phantom.tissue import Phase, Potential

#: Families of reconstruction kernels; see ``kernels``.
Kernel = Literal["smooth", "standard", "sharp", "ultra"]

#: What the rods of a calibration phantom hold.
Salt = Literal["k2hpo4", "hydroxyapatite"]


@dataclass(frozen=True, kw_only=True)
class ScanConfig:
    """How a patient is scanned.

    Potential, phase, bone slope, offset, table and calibration phantom belong to the acquisition:
    reconstructions of one acquisition share them.
    """

    kvp: Potential = 120
    """Tube potential, kilovolts."""
    phase: Phase = "none"
    """Contrast phase."""
    kernel: Kernel = "standard"
    """Family of the reconstruction kernel."""
    slice_thickness_mm: float | None = None
    """Thickness that a slice averages over; null for the distance between slices."""
    slice_increment_mm: float | None = None
    """Distance between reconstructed slices; null for that of the painted lattice."""
    noise_hu: float = 12.0
    """Root mean square of the noise over the body, HU; not used where a tube charge is given."""
    tube_charge_mas: float | None = None
    """Effective tube charge, mAs: noise then follows from it, the patient and the slice."""
    iterative: float = 0.0
    """Strength of iterative reconstruction, 0 to 1: its noise has lower frequencies."""
    field_diameter_mm: float | None = None
    """Diameter of the circular field; what lies outside is padding. Null for none."""
    padding_hu: float = -1024.0
    """What lies outside the circular field, HU."""
    bone_slope: float = 1.0
    """This scanner's attenuation of bone, relative to the mean scanner."""
    offset_hu: float = 0.0
    """This scanner's shift of soft tissue and bone, HU."""
    beam_hardening: float = 0.0
    """Cupping and dark bands left after correction, relative to a typical scanner; 0 for none."""
    metal_artefacts: bool = True
    """Whether metal throws streaks, as it does without a correction for it."""
    breathing_mm: float = 0.0
    """How far the front of the body moves up and down during the scan, mm; axial slices only."""
    calibrator: Salt | None = None
    """Rods of the calibration phantom under the patient; null for none."""
    table: bool = True
    """Whether the table is in the picture."""
    integer: bool = True
    """Whether values are rounded and clipped, as a scanner stores them."""
    extended_range: bool = False
    """Whether the scanner stores ten times its range, for metal, instead of 12 bits."""

    def __post_init__(self) -> None:
        positive = (
            "slice_thickness_mm",
            "slice_increment_mm",
            "tube_charge_mas",
            "field_diameter_mm",
            "bone_slope",
        )
        for name in positive:
            found = getattr(self, name)
            if found is not None and not found > 0.0:
                raise ValueError(f"{name} must be positive, got {found}")
        for name in ("noise_hu", "beam_hardening", "breathing_mm"):
            if not (found := getattr(self, name)) >= 0.0:
                raise ValueError(f"{name} must not be negative, got {found}")
        if not 0.0 <= self.iterative <= 1.0:
            raise ValueError(f"iterative must lie in [0, 1], got {self.iterative}")
