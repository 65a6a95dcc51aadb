"""What each tissue attenuates, by tube potential and contrast phase.

Soft-tissue values are round textbook means at 120 kV (inferred: no single source). Bone follows
HU = slope(kV) * BMD + offset with BMD in mg/cm3 of K2HPO4. The slope at 120 kV, 1.25 HU per
mg/cm3, is inferred: with it the QCT cut-offs 80 and 120 mg/cm3 stand at 100 and 150 HU, where the
literature on opportunistic CT finds them. The ratios between potentials are those of cohort means
(100 kV 148.1 against 137.3, 140 kV 131.3 against 138.3 at 120 kV; AAPM 2026, 1859); 80 kV is
extrapolated with the ratio that effective energies give, and no threshold should be used on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

#: Contrast phases that a scan can have.
Phase = Literal["none", "arterial", "portal"]

#: Tube potentials that a scan can have, kilovolts.
Potential = Literal[80, 100, 120, 140]

#: HU per mg/cm3 of K2HPO4.
BONE_SLOPE: Mapping[int, float] = MappingProxyType(
    {80: 1.60, 100: 1.25 / 0.927, 120: 1.25, 140: 1.25 / 1.053}
)

#: Added to the attenuation of cancellous bone; Pompe et al., Eur Radiol 2015;25:283.
BONE_ENHANCEMENT_HU: Mapping[Phase, float] = MappingProxyType(
    {"none": 0.0, "arterial": 13.5, "portal": 18.2}
)

#: Compact bone, as density, mg/cm3; whole cortex with its pores, so well below pure mineral.
CORTEX_MG_CM3 = 720.0


class Tissue(StrEnum):
    """What the inside of a shape is made of."""

    AIR = "air"
    LUNG = "lung"
    FAT = "fat"
    VISCERAL_FAT = "visceral_fat"
    MUSCLE = "muscle"
    FLUID = "fluid"
    BOWEL = "bowel"
    GAS = "gas"
    LIVER = "liver"
    SPLEEN = "spleen"
    KIDNEY = "kidney"
    HEART = "heart"
    ARTERY = "artery"
    VEIN = "vein"
    CARTILAGE = "cartilage"
    DISC = "disc"
    CANAL = "canal"
    CALCIFICATION = "calcification"
    MARROW = "marrow"
    SKIN = "skin"
    GLAND = "gland"
    MYOCARDIUM = "myocardium"
    PANCREAS = "pancreas"
    MEDULLA = "medulla"
    URINE = "urine"
    PELVIC_ORGAN = "pelvic_organ"
    CHYME = "chyme"
    STOOL = "stool"
    FOAM = "foam"
    PLASTIC = "plastic"
    WIRE = "wire"
    TABLE = "table"
    TABLE_CORE = "table_core"


_T = Tissue

#: HU unenhanced, arterial, portal-venous at 120 kV.
_HU: Mapping[Tissue, tuple[float, float, float]] = MappingProxyType(
    {
        _T.AIR: (-1000.0, -1000.0, -1000.0),
        _T.LUNG: (-850.0, -845.0, -845.0),
        _T.FAT: (-105.0, -105.0, -104.0),
        _T.VISCERAL_FAT: (-98.0, -97.0, -95.0),
        _T.MUSCLE: (52.0, 56.0, 62.0),
        _T.FLUID: (10.0, 10.0, 11.0),
        _T.BOWEL: (32.0, 42.0, 58.0),
        _T.GAS: (-920.0, -920.0, -920.0),
        _T.LIVER: (57.0, 72.0, 108.0),
        _T.SPLEEN: (48.0, 120.0, 118.0),
        _T.KIDNEY: (32.0, 150.0, 178.0),
        _T.HEART: (42.0, 190.0, 125.0),
        _T.ARTERY: (42.0, 290.0, 150.0),
        _T.VEIN: (40.0, 70.0, 140.0),
        _T.CARTILAGE: (105.0, 106.0, 108.0),
        _T.DISC: (85.0, 86.0, 88.0),
        _T.CANAL: (24.0, 25.0, 27.0),
        _T.CALCIFICATION: (900.0, 900.0, 900.0),
        _T.MARROW: (120.0, 130.0, 135.0),
        _T.SKIN: (25.0, 27.0, 32.0),
        _T.GLAND: (30.0, 34.0, 44.0),
        _T.MYOCARDIUM: (46.0, 100.0, 112.0),
        _T.PANCREAS: (38.0, 98.0, 88.0),
        _T.MEDULLA: (31.0, 68.0, 165.0),
        _T.URINE: (6.0, 6.0, 7.0),
        _T.PELVIC_ORGAN: (42.0, 62.0, 92.0),
        _T.CHYME: (18.0, 18.0, 19.0),
        _T.STOOL: (35.0, 35.0, 36.0),
        _T.FOAM: (-950.0, -950.0, -950.0),
        _T.PLASTIC: (180.0, 180.0, 180.0),
        _T.WIRE: (2600.0, 2600.0, 2600.0),
        _T.TABLE: (-100.0, -100.0, -100.0),
        _T.TABLE_CORE: (-930.0, -930.0, -930.0),
    }
)

_PHASES: tuple[Phase, ...] = ("none", "arterial", "portal")


def tissue_hu(tissue: Tissue, *, phase: Phase) -> float:
    """Return the mean attenuation of a tissue."""
    return _HU[tissue][_PHASES.index(phase)]


def bone_hu(bmd_mg_cm3: float, *, kvp: int, phase: Phase = "none") -> float:
    """Return the attenuation of bone of a density (mg/cm3 of K2HPO4).

    Example:
        >>> bone_hu(120.0, kvp=120)
        150.0
    """
    return BONE_SLOPE[kvp] * bmd_mg_cm3 + BONE_ENHANCEMENT_HU[phase]


def bone_mg_cm3(hu: float, *, kvp: int, phase: Phase = "none") -> float:
    """Return the density (mg/cm3 of K2HPO4) of bone of an attenuation: the inverse of bone_hu."""
    return (hu - BONE_ENHANCEMENT_HU[phase]) / BONE_SLOPE[kvp]
