"""What everything attenuates under one scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ctbone.phantom.rods import Rod
from ctbone.phantom.scanner.configuration import ScanConfig
from ctbone.phantom.tissue import MATERIALS, Tissue, bone_hu, tissue_hu
from ctbone.phantom.tissue.beams import K2HPO4_DISPLACEMENT, hydroxyapatite_slope, k2hpo4_slope


@dataclass(frozen=True, slots=True)
class Palette:
    """Attenuation of everything under one scan.

    Attributes:
        scan: How it is scanned.
        shifts_hu: Added to the attenuation of each tissue that it names.
    """

    scan: ScanConfig
    shifts_hu: Mapping[Tissue, float] = field(default_factory=dict)

    def soft(self, tissue: Tissue, shift_hu: float = 0.0) -> float:
        """Return the attenuation of a tissue; mineral in it reads as in bone.

        Args:
            tissue: What it is.
            shift_hu: Added to it at 120 kV; where there is mineral, by more or less of that.
        """
        found = tissue_hu(tissue, kvp=self.scan.kvp, phase=self.scan.phase)
        if mineral := MATERIALS[tissue].mineral_mg_cm3:
            slope = k2hpo4_slope(kvp=self.scan.kvp)
            found += (self.scan.bone_slope - 1.0) * slope * mineral
            shift_hu *= self.scan.bone_slope * slope / k2hpo4_slope(kvp=120)
        return found + shift_hu + self.shifts_hu.get(tissue, 0.0) + self.scan.offset_hu

    def bone(self, bmd_mg_cm3: float) -> float:
        """Return the attenuation of cancellous bone of a density."""
        scale = self.scan.bone_slope
        enhanced = bone_hu(0.0, kvp=self.scan.kvp, phase=self.scan.phase)
        native = bone_hu(bmd_mg_cm3, kvp=self.scan.kvp)
        return scale * native + enhanced + self.scan.offset_hu

    @property
    def cortex(self) -> float:
        """Attenuation of compact bone."""
        return self.soft(Tissue.CORTICAL)

    def rod(self, rod: Rod) -> float:
        """Return the attenuation of a rod of a calibration phantom.

        Densities of K2HPO4 stand beside that of the water that is left; those of hydroxyapatite
        come with the plastic that they displace.
        """
        kvp = self.scan.kvp
        slope = (
            k2hpo4_slope(kvp=kvp) + K2HPO4_DISPLACEMENT
            if rod.salt == "k2hpo4"
            else hydroxyapatite_slope(kvp=kvp)
        )
        mineral = self.scan.bone_slope * slope * rod.mg_cm3
        return rod.water_mg_cm3 - 1000.0 + mineral + self.scan.offset_hu
