"""What tissues of a patient attenuate, and at which energy a beam acts on bone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from ctbone.densitometry.calibration import Phantom
from ctbone.errors import OutOfDomain, Reason

#: What a scan can be calibrated by. Air has no attenuation to look up.
InternalTissue = Literal["air", "fat", "muscle", "blood"]

#: HU from vacuum to water.
_WATER_HU = 1000.0


@dataclass(frozen=True, kw_only=True)
class InternalReference:
    """What tissues attenuate, and at which energy a beam acts on bone.

    Attributes:
        name: What results call it.
        version: Counts its changes.
        phantom: The salt whose coefficients ``mineral`` holds.
        kev: Photon energies of the coefficients, ascending.
        mass_attenuation_cm2_g: Coefficients of water, mineral, fat, muscle and blood at them.
        mean_hu: Mean of patients at ``reference_kvp``, unenhanced.
        between_patients_hu: Standard deviation of that between patients.
        enhancement_hu: What an agent adds; a tissue without is not used in enhanced scans.
        enhanced_blood_hu: From where on blood tells of an agent that the header does not.
        reference_kvp: Tube potential of ``mean_hu``.
        beam_kev: Energy at which mineral attenuates as in the beam, by tube potential.
        beam_sd_kev: Standard deviation of that between scanners and patients.
        unknown_sd_kev: The same where the header does not tell the potential.
        displacement_cm3_g: Water that a gram of mineral displaces.
        scatter_mg_cm3: Scatter of single vertebrae about the line of their scanner.
        source: Where it comes from.
        verified: What of this was read in the source, and what was not.
    """

    name: str
    version: int
    phantom: Phantom
    kev: tuple[float, ...]
    mass_attenuation_cm2_g: Mapping[str, tuple[float, ...]]
    mean_hu: Mapping[str, float]
    between_patients_hu: Mapping[str, float]
    enhancement_hu: Mapping[str, float]
    enhanced_blood_hu: float
    reference_kvp: float
    beam_kev: Mapping[float, float]
    beam_sd_kev: float
    unknown_sd_kev: float
    displacement_cm3_g: float
    scatter_mg_cm3: float
    source: str
    verified: str

    def __post_init__(self) -> None:
        tissues = set(get_args(InternalTissue))
        _require_keys("mean_hu", self.mean_hu, tissues)
        _require_keys("between_patients_hu", self.between_patients_hu, tissues)
        media = tissues - {"air"} | {"water", "mineral"}
        _require_keys("mass_attenuation_cm2_g", self.mass_attenuation_cm2_g, media)
        if unknown := sorted(self.enhancement_hu.keys() - tissues):
            raise ValueError(f"enhancement_hu must be of {sorted(tissues)}, got {unknown}")
        if self.reference_kvp not in self.beam_kev:
            raise ValueError(f"beam_kev must hold {self.reference_kvp:g}, the reference_kvp")
        self._require_tables()

    def _require_tables(self) -> None:
        """Refuse tables that no energy can be looked up in, and spreads that are none."""
        rows = (self.kev, *self.mass_attenuation_cm2_g.values())
        if len({len(row) for row in rows}) > 1 or np.any(np.diff(self.kev) <= 0.0):
            raise ValueError("kev must ascend, with a coefficient of every medium at each")
        if min(map(min, rows)) <= 0.0:
            raise ValueError("kev and mass_attenuation_cm2_g must be positive")
        if outside := [one for one in self.beam_kev.values() if not self._holds(one)]:
            raise ValueError(f"beam_kev must lie within kev, got {outside}")
        spreads = (*self.between_patients_hu.values(), self.beam_sd_kev, self.unknown_sd_kev)
        if min(*spreads, self.scatter_mg_cm3) <= 0.0:
            raise ValueError("standard deviations and scatter must be positive")

    def _holds(self, kev: float) -> bool:
        return self.kev[0] <= kev <= self.kev[-1]

    def beam(self, kvp: float | None) -> tuple[float, float]:
        """Return the energy to expect of a beam and its standard deviation, keV.

        Raises:
            OutOfDomain: If the tube potential lies outside those that are known.
        """
        if kvp is None:
            return self.beam_kev[self.reference_kvp], self.unknown_sd_kev
        known = sorted(self.beam_kev)
        if not known[0] <= kvp <= known[-1]:
            raise OutOfDomain(
                f"expected {known[0]:g} to {known[-1]:g} kV, at which {self.name} knows what "
                f"mineral attenuates, found a series made at {kvp:g} kV",
                reason=Reason.KVP_OUT_OF_DOMAIN,
            )
        energies = [self.beam_kev[one] for one in known]
        return float(np.interp(kvp, known, energies)), self.beam_sd_kev

    def relative(self, medium: str, kev: float) -> float:
        """Return the mass attenuation of a medium relative to that of water at an energy."""
        table = self.mass_attenuation_cm2_g
        logs = np.log(np.asarray(self.kev) / kev)
        row = np.log(np.asarray(table[medium]) / np.asarray(table["water"]))
        # The polynomial through all points; at the energy itself its logarithm is 0.
        return float(np.exp(np.linalg.solve(np.vander(logs), row)[-1]))

    def expected_hu(self, tissue: InternalTissue, kev: float, *, enhanced: bool) -> float:
        """Return the mean of patients at an energy: that at the reference, moved by physics."""
        mean = self.mean_hu[tissue]
        if tissue != "air":
            anchor = self.beam_kev[self.reference_kvp]
            ratio = self.relative(tissue, kev) / self.relative(tissue, anchor)
            mean = (mean + _WATER_HU) * ratio - _WATER_HU
        return mean + (self.enhancement_hu.get(tissue, 0.0) if enhanced else 0.0)

    def slope_hu(self, kev: float) -> float:
        """Return the HU that a mg/cm3 of mineral in water adds at an energy."""
        return self.relative("mineral", kev) - self.displacement_cm3_g


def _require_keys(name: str, table: Mapping[str, object], wanted: set[str]) -> None:
    if table.keys() != wanted:
        raise ValueError(f"{name} must hold {sorted(wanted)}, got {sorted(table)}")
