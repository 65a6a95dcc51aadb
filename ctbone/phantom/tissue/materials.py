"""What each tissue is made of, and so what it attenuates by tube potential and contrast phase.

A row anchors a tissue at its attenuation at 120 kV, unenhanced: round textbook means (inferred:
no single source). What moves it to other potentials is physics: its share of fat, its mineral and
its iodine each follow their own mass attenuation (``beams``). Metals, cement and plastics have no
anchor: theirs follows from composition and density alone.

Iodine by phase is inferred too, from enhancement at 120 kV: a portal-venous liver gains 50 HU,
which is 2 mg/ml, an arterial aorta 250 HU, a renal pelvis in the excretory phase 1400 HU.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Literal

from ctbone.phantom.tissue.beams import adipose_hu, iodine_hu, k2hpo4_slope, mixture_hu
from ctbone.phantom.tissue.nist import BARIUM_SULPHATE, PMMA, POLYETHYLENE, mixed

#: Contrast phases that a scan can have.
Phase = Literal["none", "arterial", "portal", "excretory"]

PHASES: tuple[Phase, ...] = ("none", "arterial", "portal", "excretory")


class Tissue(StrEnum):
    """What the inside of a shape is made of."""

    AIR = "air"
    AIRWAY = "airway"
    LUNG = "lung"
    LUNG_VESSEL = "lung_vessel"
    FAT = "fat"
    VISCERAL_FAT = "visceral_fat"
    SKIN = "skin"
    GLAND = "gland"
    MUSCLE = "muscle"
    FLUID = "fluid"
    BOWEL = "bowel"
    GAS = "gas"
    STOOL = "stool"
    CHYME = "chyme"
    ORAL_CONTRAST = "oral_contrast"
    LIVER = "liver"
    BILE = "bile"
    SPLEEN = "spleen"
    PANCREAS = "pancreas"
    PELVIC_ORGAN = "pelvic_organ"
    KIDNEY = "kidney"
    MEDULLA = "medulla"
    RENAL_PELVIS = "renal_pelvis"
    URINE = "urine"
    HEART = "heart"
    MYOCARDIUM = "myocardium"
    ARTERY = "artery"
    VEIN = "vein"
    TUMOUR = "tumour"
    CARTILAGE = "cartilage"
    DISC = "disc"
    CANAL = "canal"
    CALCIFICATION = "calcification"
    MARROW = "marrow"
    FATTY_MARROW = "fatty_marrow"
    CORTICAL = "cortical"
    SCLEROSIS = "sclerosis"
    TABLE = "table"
    TABLE_CORE = "table_core"
    FOAM = "foam"
    CLOTH = "cloth"
    PMMA = "pmma"
    POLYETHYLENE = "polyethylene"
    CEMENT = "cement"
    TITANIUM = "titanium"
    STEEL = "steel"
    COBALT_CHROME = "cobalt_chrome"
    BRASS = "brass"


_T = Tissue


@dataclass(frozen=True, slots=True, kw_only=True)
class Compound:
    """A mixture of elements of a density.

    Attributes:
        fractions: Mass fraction of each element.
        g_cm3: Density.
    """

    fractions: Mapping[str, float]
    g_cm3: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a tissue is made of.

    Attributes:
        base_hu: Attenuation at 120 kV without contrast agent, fat and mineral included.
        adipose: Share of it that is fat.
        mineral_mg_cm3: Mineral in it, as mg/cm3 of K2HPO4.
        iodine_mg_ml: Iodine unenhanced and in the arterial, portal-venous and excretory phase.
        compound: What it consists of; ``None`` where ``base_hu`` says it.
    """

    base_hu: float = 0.0
    adipose: float = 0.0
    mineral_mg_cm3: float = 0.0
    iodine_mg_ml: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    compound: Compound | None = None

    def hu(self, *, kvp: int, phase: Phase) -> float:
        """Return its attenuation."""
        if self.compound is not None:
            return mixture_hu(self.compound.fractions, self.compound.g_cm3, kvp=kvp)
        fat = self.adipose * (adipose_hu(kvp=kvp) - adipose_hu(kvp=120))
        mineral = self.mineral_mg_cm3 * (k2hpo4_slope(kvp=kvp) - k2hpo4_slope(kvp=120))
        iodine = self.iodine_mg_ml[PHASES.index(phase)] * iodine_hu(kvp=kvp)
        return self.base_hu + fat + mineral + iodine


def _soft(
    base_hu: float, *gains_hu: float, adipose: float = 0.0, mineral_mg_cm3: float = 0.0
) -> Material:
    """Return a row from attenuation at 120 kV and what each phase adds to it there."""
    arterial, portal, excretory = (gain / iodine_hu(kvp=120) for gain in gains_hu or (0.0,) * 3)
    return Material(
        base_hu=base_hu,
        adipose=adipose,
        mineral_mg_cm3=mineral_mg_cm3,
        iodine_mg_ml=(0.0, arterial, portal, excretory),
    )


def _bone(mg_cm3: float, *gains_hu: float) -> Material:
    """Return a row of bone of a density."""
    return _soft(k2hpo4_slope(kvp=120) * mg_cm3, *gains_hu, mineral_mg_cm3=mg_cm3)


def _solid(g_cm3: float, **fractions: float) -> Material:
    return Material(compound=Compound(fractions=fractions, g_cm3=g_cm3))


#: Compact bone, as density, mg/cm3; whole cortex with its pores, so well below pure mineral.
CORTEX_MG_CM3 = 720.0

#: Share of barium sulphate in bone cement by mass: cements for vertebrae have 0.25 to 0.3, those
#: of joints 0.1 (recalled); less here, for it mixes with marrow where it is injected (inferred).
_BARIUM_IN_CEMENT = 0.15

#: Attenuation at 120 kV, then what the arterial, portal-venous and excretory phases add, HU.
MATERIALS: Mapping[Tissue, Material] = MappingProxyType(
    {
        _T.AIR: _soft(-1000.0),
        _T.AIRWAY: _soft(-990.0),
        _T.LUNG: _soft(-850.0, 5.0, 5.0, 4.0),
        _T.LUNG_VESSEL: _soft(40.0, 210.0, 110.0, 60.0),
        _T.FAT: _soft(-105.0, 0.0, 1.0, 1.0, adipose=1.0),
        _T.VISCERAL_FAT: _soft(-98.0, 1.0, 3.0, 2.0, adipose=0.95),
        _T.SKIN: _soft(20.0, 3.0, 10.0, 10.0, adipose=0.2),
        _T.GLAND: _soft(25.0, 5.0, 15.0, 12.0, adipose=0.2),
        _T.MUSCLE: _soft(52.0, 4.0, 10.0, 10.0, adipose=0.05),
        _T.FLUID: _soft(10.0, 0.0, 1.0, 2.0),
        _T.BOWEL: _soft(32.0, 10.0, 26.0, 20.0),
        _T.GAS: _soft(-920.0),
        _T.CHYME: _soft(18.0, 0.0, 1.0, 2.0),
        _T.STOOL: _soft(20.0, adipose=0.1),
        # 10 mg of iodine per ml: 2 to 4 % of a stock of 300 to 400 mg/ml (recalled), in any phase.
        _T.ORAL_CONTRAST: Material(base_hu=15.0, iodine_mg_ml=(10.0,) * 4),
        _T.LIVER: _soft(57.0, 15.0, 51.0, 38.0, adipose=0.05),
        _T.BILE: _soft(8.0, 0.0, 0.0, 2.0),
        _T.SPLEEN: _soft(48.0, 72.0, 70.0, 45.0),
        _T.PANCREAS: _soft(38.0, 60.0, 52.0, 32.0, adipose=0.1),
        _T.PELVIC_ORGAN: _soft(42.0, 20.0, 50.0, 40.0),
        _T.KIDNEY: _soft(32.0, 118.0, 146.0, 120.0),
        _T.MEDULLA: _soft(31.0, 37.0, 134.0, 125.0),
        _T.RENAL_PELVIS: _soft(8.0, 0.0, 12.0, 1400.0),
        _T.URINE: _soft(5.0, 0.0, 0.0, 450.0),
        _T.HEART: _soft(42.0, 148.0, 83.0, 50.0),
        _T.MYOCARDIUM: _soft(46.0, 54.0, 66.0, 40.0),
        _T.ARTERY: _soft(42.0, 248.0, 108.0, 65.0),
        _T.VEIN: _soft(40.0, 30.0, 100.0, 65.0),
        _T.TUMOUR: _soft(45.0, 30.0, 35.0, 30.0),
        _T.CARTILAGE: _soft(105.0, 1.0, 3.0, 3.0, mineral_mg_cm3=40.0),
        _T.DISC: _soft(85.0, 1.0, 3.0, 3.0),
        _T.CANAL: _soft(24.0, 1.0, 3.0, 3.0),
        _T.CALCIFICATION: _bone(720.0),
        _T.MARROW: _bone(96.0, 10.0, 15.0, 14.0),
        _T.FATTY_MARROW: _soft(-60.0, 1.0, 2.0, 2.0, adipose=0.85),
        _T.CORTICAL: _bone(CORTEX_MG_CM3),
        _T.SCLEROSIS: _bone(480.0),
        # Carbon fibre in resin, by its density and elements (recalled).
        _T.TABLE: _solid(1.5, C=0.88, H=0.04, O=0.08),
        _T.TABLE_CORE: _soft(-930.0),
        _T.FOAM: _soft(-960.0),
        _T.CLOTH: _soft(-850.0),
        _T.PMMA: Material(compound=Compound(fractions=PMMA, g_cm3=1.19)),
        _T.POLYETHYLENE: Material(compound=Compound(fractions=POLYETHYLENE, g_cm3=0.94)),
        _T.CEMENT: Material(
            compound=Compound(
                fractions=mixed(
                    (1.0 - _BARIUM_IN_CEMENT, PMMA), (_BARIUM_IN_CEMENT, BARIUM_SULPHATE)
                ),
                # From 1.19 g/cm3 of PMMA and 4.5 of barium sulphate.
                g_cm3=1.0 / ((1.0 - _BARIUM_IN_CEMENT) / 1.19 + _BARIUM_IN_CEMENT / 4.5),
            )
        ),
        # Ti-6Al-4V, 316L, Co-28Cr-6Mo and cartridge brass by their standards (recalled).
        _T.TITANIUM: _solid(4.43, Ti=0.90, Al=0.06, V=0.04),
        _T.STEEL: _solid(7.99, Fe=0.655, Cr=0.17, Ni=0.13, Mo=0.025, Mn=0.02),
        _T.COBALT_CHROME: _solid(8.29, Co=0.66, Cr=0.28, Mo=0.06),
        _T.BRASS: _solid(8.5, Cu=0.70, Zn=0.30),
    }
)

#: Tissues in front of which a beam starves: they throw streaks.
METALS = frozenset({_T.TITANIUM, _T.STEEL, _T.COBALT_CHROME, _T.BRASS})


@cache
def tissue_hu(tissue: Tissue, *, kvp: int, phase: Phase) -> float:
    """Return the mean attenuation of a tissue.

    Args:
        tissue: What it is.
        kvp: Tube potential: 80, 100, 120 or 140.
        phase: Contrast phase.
    """
    return MATERIALS[tissue].hu(kvp=kvp, phase=phase)
