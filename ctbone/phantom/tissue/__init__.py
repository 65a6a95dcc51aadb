"""What everything in and about a patient attenuates."""

from __future__ import annotations

from ctbone.phantom.tissue.beams import Potential
from ctbone.phantom.tissue.bone import BONE_ENHANCEMENT_HU, BONE_SLOPE, bone_hu, bone_mg_cm3
from ctbone.phantom.tissue.materials import (
    CORTEX_MG_CM3,
    MATERIALS,
    METALS,
    PHASES,
    Compound,
    Material,
    Phase,
    Tissue,
    tissue_hu,
)

__all__ = [
    "BONE_ENHANCEMENT_HU",
    "BONE_SLOPE",
    "CORTEX_MG_CM3",
    "MATERIALS",
    "METALS",
    "PHASES",
    "Compound",
    "Material",
    "Phase",
    "Potential",
    "Tissue",
    "bone_hu",
    "bone_mg_cm3",
    "tissue_hu",
]
