"""Cancellous bone: HU = slope(kV) * BMD + enhancement, BMD in mg/cm3 of K2HPO4."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ctbone.phantom.tissue.beams import iodine_hu, k2hpo4_slope
from ctbone.phantom.tissue.materials import Phase

#: HU per mg/cm3 of K2HPO4: the slope of the solution, to the fourth digit.
BONE_SLOPE: Mapping[int, float] = MappingProxyType(
    {kvp: round(k2hpo4_slope(kvp=kvp), 4) for kvp in (80, 100, 120, 140)}
)

#: Added to the attenuation of cancellous bone at 120 kV: arterial and portal-venous after Pompe
#: et al., Eur Radiol 2015;25:283. The excretory phase is inferred from Eur Radiol Exp 2022;6:8:
#: density rises until 41 s after the bolus and stays.
BONE_ENHANCEMENT_HU: Mapping[Phase, float] = MappingProxyType(
    {"none": 0.0, "arterial": 13.5, "portal": 18.2, "excretory": 18.0}
)


def bone_hu(bmd_mg_cm3: float, *, kvp: int, phase: Phase = "none") -> float:
    """Return the attenuation of bone of a density (mg/cm3 of K2HPO4).

    Example:
        >>> bone_hu(120.0, kvp=120)
        150.0
    """
    return BONE_SLOPE[kvp] * bmd_mg_cm3 + _enhancement(kvp, phase)


def bone_mg_cm3(hu: float, *, kvp: int, phase: Phase = "none") -> float:
    """Return the density (mg/cm3 of K2HPO4) of bone of an attenuation: the inverse of bone_hu."""
    return (hu - _enhancement(kvp, phase)) / BONE_SLOPE[kvp]


def _enhancement(kvp: int, phase: Phase) -> float:
    """Return what the blood in bone adds, HU: it is iodine, and follows the potential as such."""
    return BONE_ENHANCEMENT_HU[phase] * iodine_hu(kvp=kvp) / iodine_hu(kvp=120)
