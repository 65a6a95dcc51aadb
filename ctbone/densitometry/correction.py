"""Attenuation as it would have been at another tube potential and without a contrast agent.

A correction is a table with name, version and source; none is applied unless it is asked for.

What it does to a patch, and why:

* The tube potential multiplies. Mineral attenuates in proportion to its density, whereas soft
  tissue is held at its place by the definition of the Hounsfield unit. In the vertebral body every
  voxel is multiplied, so that the mean of any region changes by just the ratio that was found for
  means. Outside it, where arches, ribs and neighbours lie, only what is above 0 HU is: fat and air
  stay, and muscle moves by 4 HU at most.
* An agent adds. It is subtracted in the body alone: what it adds elsewhere is another number in
  every tissue.

Where a patch has no body mask, all that lies above 0 HU is treated as the body.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ctbone.densitometry.phase import Phase, phase_of
from ctbone.errors import OutOfDomain, Reason
from ctbone.patches import VertebraPatch
from ctbone.records import Flag, SeriesRecord
from ctbone.scanning import is_same_kvp

#: Ratios that a table can hold: beyond them it has the potentials swapped or HU for ratios.
_LEAST_RATIO, _MOST_RATIO = 0.5, 2.0


@dataclass(frozen=True, kw_only=True)
class Correction:
    """A named table of what tube potential and contrast phase do to trabecular attenuation.

    Attributes:
        name: What results call it.
        version: Of the table; it rises whenever a number changes.
        reference_kvp: Tube potential that attenuation is brought to, kilovolts.
        ratio_by_kvp: What trabecular HU are multiplied by, for each other potential.
        rise_hu_by_phase: What each phase adds at the reference potential, Hounsfield units.
        population: Whom it holds for.
        source: Where it comes from.
        verified: What of this was read in the source, and what was not.
    """

    name: str
    version: int
    reference_kvp: float
    ratio_by_kvp: Mapping[float, float]
    rise_hu_by_phase: Mapping[Phase, float]
    population: str
    source: str
    verified: str

    def __post_init__(self) -> None:
        if not self.name or not self.source:
            raise ValueError("name and source must be given: no correction without where from")
        for kvp, ratio in self.ratio_by_kvp.items():
            if not _LEAST_RATIO <= ratio <= _MOST_RATIO:
                expected = f"lie between {_LEAST_RATIO:g} and {_MOST_RATIO:g}"
                raise ValueError(f"ratio_by_kvp of {kvp:g} kV must {expected}, got {ratio}")
        for phase, rise in self.rise_hu_by_phase.items():
            if not 0.0 <= rise < math.inf:
                raise ValueError(f"rise_hu_by_phase of {phase} must not be negative, got {rise}")

    def ratio(self, kvp: float) -> float:
        """Return what HU of a potential are multiplied by to be those of the reference.

        Raises:
            OutOfDomain: If the table does not hold the potential.
        """
        known = {self.reference_kvp: 1.0} | dict(self.ratio_by_kvp)
        for held, ratio in known.items():
            if is_same_kvp(held, kvp):
                return ratio
        held_kvps = ", ".join(f"{held:g}" for held in sorted(known))
        raise OutOfDomain(
            f"expected a tube potential that correction {self.name} holds for ({held_kvps} kV), "
            f"found {kvp:g} kV",
            reason=Reason.KVP_OUT_OF_DOMAIN,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchCorrection:
    """What a correction does to the patches of one series.

    Attributes:
        ratio: What attenuation is multiplied by.
        rise_hu: What is then subtracted in the body, Hounsfield units.
        flags: What a reader has to know of it.
    """

    ratio: float = 1.0
    rise_hu: float = 0.0
    flags: tuple[Flag, ...] = ()

    def __call__(self, patch: VertebraPatch) -> VertebraPatch:
        """Return a patch with corrected attenuation."""
        if self.ratio == 1.0 and self.rise_hu == 0.0:
            return patch
        above = patch.hu > 0.0
        body = patch.inside if patch.inside.any() else above
        scaled = np.where(body | above, patch.hu * self.ratio, patch.hu)
        corrected = np.where(body, scaled - self.rise_hu, scaled)
        return replace(patch, hu=corrected.astype(np.float32))


def correction_of(
    series: SeriesRecord,
    correction: Correction,
    *,
    wanted_kvp: float | None = None,
    assumed_phase: Phase | None = None,
) -> PatchCorrection:
    """Return what a correction does to a series.

    An unknown tube potential is left as it is, and so is an agent of unknown phase; the flags of
    the series and of the correction say so.

    Args:
        series: The series.
        correction: The table.
        wanted_kvp: Tube potential that attenuation is wanted at: that of a calibration; by default
            the reference of the table.
        assumed_phase: Phase of an enhanced series whose header does not tell it.

    Raises:
        OutOfDomain: If the table does not hold the tube potential of the series.
    """
    target = correction.ratio(wanted_kvp or correction.reference_kvp)
    ratio = 1.0 if series.kvp is None else correction.ratio(series.kvp) / target
    phase = (phase_of(series) or assumed_phase) if series.contrast else None
    rise_hu = correction.rise_hu_by_phase.get(phase) if phase else None
    noticed = {
        Flag.CORRECTED_KV: ratio != 1.0,
        Flag.CORRECTED_CONTRAST: rise_hu is not None,
        Flag.CONTRAST_UNCORRECTED: bool(series.contrast) and rise_hu is None,
    }
    flags = tuple(flag for flag, holds in noticed.items() if holds)
    return PatchCorrection(ratio=ratio, rise_hu=(rise_hu or 0.0) / target, flags=flags)
