"""What stands for a polychromatic beam: one energy a tube potential.

Two sets of energies, since no single one satisfies everything that is known.

``BEAM_KEV`` holds for soft tissue, iodine, barium and metal: the energy at which iodine
attenuates, relative to water, as it does in a tungsten spectrum (7 degrees, 6 mm of aluminium)
behind 300 mm of water, weighted by energy as scintillators weight it. Computed with SpekPy 2.5.4
(Poludniowski et al., Med Phys 2021;48:3630). It gives 40, 31, 24.5 and 20 HU per mg of iodine
per ml.

``MINERAL_KEV`` holds for bone and calibration rods. At 100, 120 and 140 kV it is the energy at
which K2HPO4 in water has 1.25/0.927, 1.25 and 1.25/1.053 HU per mg/cm3: the ratios are those of
cohort means (AAPM 2026, 1859), 1.25 puts the QCT cut-offs 80 and 120 mg/cm3 at 100 and 150 HU,
where the literature on opportunistic CT finds them (inferred). At 80 kV it is chosen so that the
slopes of K2HPO4 and hydroxyapatite stand as Goodsitt found (see ``HA_DISPLACEMENT``). The same
spectra, for K2HPO4, would ask for 57, 65, 71 and 77 keV, so bone in cohorts depends less on the
potential than physics has it: 8 keV of difference at 80 kV, 5 at 100, 3 at 120, 1 at 140. That
thick patients are given high potentials may be why (inferred). No threshold should be used at 80.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal

from ctbone.phantom.tissue.nist import (
    ADIPOSE,
    HYDROXYAPATITE,
    IODINE,
    K2HPO4,
    WATER,
    mass_attenuation,
)

#: Tube potentials that a scan can have, kilovolts.
Potential = Literal[80, 100, 120, 140]

#: Effective energy of each potential for soft tissue, contrast agents and metal, keV.
BEAM_KEV: Mapping[int, float] = MappingProxyType({80: 57.7, 100: 65.2, 120: 71.9, 140: 78.2})

#: Effective energy of each potential for bone mineral, keV.
MINERAL_KEV: Mapping[int, float] = MappingProxyType(
    {80: 65.3, 100: 69.91, 120: 74.278, 140: 77.63}
)

#: Water that a gram of K2HPO4 displaces, cm3/g: 0.2174, as the Mindways calibration takes it.
K2HPO4_DISPLACEMENT = 0.2174

#: What a gram of hydroxyapatite displaces of its plastic, cm3/g of water. Crystals displace 0.317;
#: with that the ratio of K2HPO4- to hydroxyapatite-referenced densities would stand at 0.95 or
#: more. Goodsitt (Bone Miner 1992;19:145) found 0.86 at 80 kV and 0.81 at 140 kV: this number is
#: fitted to his two, and holds for his solid standard, not for crystals.
HA_DISPLACEMENT = 0.491

#: Density of adipose tissue, g/cm3 (ICRU Report 44).
ADIPOSE_G_CM3 = 0.95


def relative_attenuation(fractions: Mapping[str, float], *, kev: float) -> float:
    """Return the mass attenuation of a mixture relative to that of water."""
    return mass_attenuation(fractions, kev=kev) / mass_attenuation(WATER, kev=kev)


def mixture_hu(fractions: Mapping[str, float], g_cm3: float, *, kvp: int) -> float:
    """Return the attenuation of a mixture of a density at a tube potential, HU.

    Example:
        >>> mixture_hu(WATER, 1.0, kvp=80)
        0.0
    """
    return 1000.0 * (g_cm3 * relative_attenuation(fractions, kev=BEAM_KEV[kvp]) - 1.0)


@cache
def iodine_hu(*, kvp: int) -> float:
    """Return what a milligram of iodine per ml adds, HU."""
    return relative_attenuation(IODINE, kev=BEAM_KEV[kvp])


@cache
def adipose_hu(*, kvp: int) -> float:
    """Return the attenuation of adipose tissue, HU."""
    return mixture_hu(ADIPOSE, ADIPOSE_G_CM3, kvp=kvp)


@cache
def k2hpo4_slope(*, kvp: int) -> float:
    """Return the HU that a mg/cm3 of K2HPO4 in water adds."""
    return relative_attenuation(K2HPO4, kev=MINERAL_KEV[kvp]) - K2HPO4_DISPLACEMENT


@cache
def hydroxyapatite_slope(*, kvp: int) -> float:
    """Return the HU that a mg/cm3 of hydroxyapatite in water-equivalent plastic adds."""
    return relative_attenuation(HYDROXYAPATITE, kev=MINERAL_KEV[kvp]) - HA_DISPLACEMENT
