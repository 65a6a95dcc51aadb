"""The line of one scan from a calibration phantom in its field.

A rod of known salt and water has ``HU = water + s_ref * salt + b_ref``. In bone, salt displaces
water: ``s = s_ref - displacement`` and ``b = b_ref + water of bone``, and the density is
``(HU - b) / s`` (Mindways, as quoted in the documentation of Ogo). Rods of hydroxyapatite come
with the plastic that it displaces, so that their displacement is 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ctbone.densitometry.calibration import LEAST_PAIRS, Calibration, Phantom


@dataclass(frozen=True, kw_only=True)
class Calibrator:
    """A calibration phantom: rods of known density in a row.

    Attributes:
        name: What results call it.
        phantom: What its densities are equivalent to.
        mg_cm3: Density of the salt of each rod, in the order in which they lie.
        water_mg_cm3: Density of what holds it, relative to water, of the same rods.
        displacement_cm3_g: Water that a gram of salt displaces, where rods do not show it.
        bone_water_mg_cm3: Density of the water of bone.
        radius_mm: Radius of a rod.
        least_pitch_mm: Least distance between the axes of neighbouring rods.
        most_pitch_mm: Largest distance between them.
        source: Where it comes from.
        verified: What of this was read in the source, and what was not.
    """

    name: str
    phantom: Phantom
    mg_cm3: Mapping[str, float]
    water_mg_cm3: Mapping[str, float]
    displacement_cm3_g: float
    bone_water_mg_cm3: float
    radius_mm: float
    least_pitch_mm: float
    most_pitch_mm: float
    source: str
    verified: str

    def __post_init__(self) -> None:
        if list(self.mg_cm3) != list(self.water_mg_cm3):
            raise ValueError("mg_cm3 and water_mg_cm3 must name the same rods in the same order")
        if len(set(self.mg_cm3.values())) < LEAST_PAIRS:
            raise ValueError(f"a line needs {LEAST_PAIRS} densities, got {dict(self.mg_cm3)}")
        if not 0.0 < 2.0 * self.radius_mm <= self.least_pitch_mm <= self.most_pitch_mm:
            found = f"{self.radius_mm:g}, {self.least_pitch_mm:g} and {self.most_pitch_mm:g}"
            raise ValueError(f"rods must lie beside each other, got radius and pitches {found} mm")

    @cached_property
    def salt(self) -> NDArray[np.float64]:
        """Density of the salt of each rod, mg/cm3."""
        return np.array(list(self.mg_cm3.values()))

    @cached_property
    def water(self) -> NDArray[np.float64]:
        """Density of what holds it, mg/cm3."""
        return np.array(list(self.water_mg_cm3.values()))


def calibration_by_rods(
    rods_hu: NDArray[np.float64], calibrator: Calibrator, *, kvp: float | None
) -> Calibration:
    """Return the line of the scan in which rods have an attenuation.

    Args:
        rods_hu: Mean attenuation of each rod, Hounsfield units, in the order of the phantom.
        calibrator: The phantom.
        kvp: Tube potential of the scan, kilovolts.

    Raises:
        ValueError: If the line is none that a scanner can have.
    """
    reference_slope, reference_offset = np.polyfit(calibrator.salt, rods_hu - calibrator.water, 1)
    slope = float(reference_slope) - calibrator.displacement_cm3_g
    offset_hu = float(reference_offset) + calibrator.bone_water_mg_cm3
    if not slope > 0.0:
        raise ValueError(f"attenuation must rise with density, got {slope:.3g} HU per mg/cm3")
    return Calibration(
        slope_mg_cm3_per_hu=1.0 / slope,
        intercept_mg_cm3=-offset_hu / slope,
        phantom=calibrator.phantom,
        scanner=f"phantom {calibrator.name} in the scan",
        kvp=kvp,
        source=calibrator.source,
    )
