"""The line of one scan from what tissues of the patient attenuate in it.

The idea is that of Michalski et al., Med Eng Phys 2020;78:55: find the energy at which the
attenuation of tissues in the scan agrees best with what is tabulated, and take the attenuation of
mineral at that energy. Here it differs in two ways. Soft tissue hardly tells the energy: fat moves
by about 1 HU a keV and differs by 8 HU from patient to patient, while density moves by 2 % a keV.
So the tube potential gives the energy a prior, and each tissue counts by its spread among
patients. And bone is mineral in water and not in triglyceride, as in the equations of phantoms
(``calibrator``), so that all ways to a density mean the same by it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.densitometry.calibration import Calibration
from ctbone.densitometry.internal_reference import InternalReference, InternalTissue
from ctbone.errors import CalibratorNotFound

_Array = NDArray[np.float64]

#: HU from vacuum to water.
_WATER_HU = 1000.0

#: Most that a tissue may lie from the fitted scan, in its own standard deviations: beyond, the
#: sample is not of that tissue. And most that the scale of a scanner may be off. Design choices.
_MOST_SD, _MOST_SCALE = 3.0, 0.05

#: Steps of derivatives: keV, HU, share of the scale. The fit is all but linear.
_STEPS, _ITERATIONS = np.array([0.1, 0.1, 1e-4]), 6


def calibration_by_tissues(
    found_hu: Mapping[InternalTissue, float],
    reference: InternalReference,
    *,
    kvp: float | None,
    enhanced: bool = False,
) -> Calibration:
    """Return the line of the scan in which tissues have an attenuation, with its uncertainty.

    Args:
        found_hu: Attenuation of air, fat and what else there is, Hounsfield units.
        reference: What tissues attenuate.
        kvp: Tube potential of the scan, kilovolts.
        enhanced: Whether the patient was given a contrast agent.

    Raises:
        CalibratorNotFound: If the tissues do not look like one patient in one scan.
        OutOfDomain: If the reference does not hold for the tube potential.
    """
    scan = _Scan(found_hu, reference, reference.beam(kvp), enhanced)
    state, covariance = scan.fitted()
    scan.require_plausible(state)
    slope, intercept = scan.line(state)
    change = _derivative(scan.line, state)
    spread = change @ covariance @ change.T
    return Calibration(
        slope_mg_cm3_per_hu=float(slope),
        intercept_mg_cm3=float(intercept),
        phantom=reference.phantom,
        scanner=f"tissues of the scan, by {reference.name}",
        kvp=kvp,
        source=reference.source,
        residual_sd_mg_cm3=reference.scatter_mg_cm3,
        slope_se=float(np.sqrt(spread[0, 0])),
        intercept_se_mg_cm3=float(np.sqrt(spread[1, 1])),
        line_covariance=float(spread[0, 1]),
    )


@dataclass(frozen=True, slots=True)
class _Scan:
    """A scan by its tissues; its state is energy (keV), offset (HU) and scale of the scanner."""

    found_hu: Mapping[InternalTissue, float]
    reference: InternalReference
    beam: tuple[float, float]
    enhanced: bool

    def fitted(self) -> tuple[_Array, _Array]:
        """Return the state that fits best, by Gauss and Newton, and its covariance."""
        state = np.array([self.beam[0], 0.0, 1.0])
        for _ in range(_ITERATIONS):
            change = _derivative(self._off, state)
            state = state - np.linalg.lstsq(change, self._off(state), rcond=None)[0]
        change = _derivative(self._off, state)
        return state, np.asarray(np.linalg.inv(change.T @ change), dtype=np.float64)

    def line(self, state: _Array) -> _Array:
        """Return slope and intercept from attenuation to density."""
        kev, offset_hu, scale = state
        per_mg = scale * self.reference.slope_hu(float(kev))
        zero_hu = offset_hu + (scale - 1.0) * _WATER_HU
        return np.array([1.0 / per_mg, -zero_hu / per_mg])

    def require_plausible(self, state: _Array) -> None:
        """Refuse a scanner that there is not, and a sample that is of something else."""
        if abs(state[2] - 1.0) > _MOST_SCALE:
            raise CalibratorNotFound(
                f"expected a scale of HU within {100.0 * _MOST_SCALE:g} % between air and tissue, "
                f"found it {100.0 * (state[2] - 1.0):+.1f} % off"
            )
        for tissue, off in zip(self.found_hu, self._off(state), strict=False):
            if abs(off) > _MOST_SD:
                expected = self._seen(tissue, state)
                raise CalibratorNotFound(
                    f"{tissue}: expected {expected:.0f} HU beside the other tissues, within "
                    f"{_MOST_SD * self.reference.between_patients_hu[tissue]:.0f}, "
                    f"found {self.found_hu[tissue]:.0f}"
                )

    def _seen(self, tissue: InternalTissue, state: _Array) -> float:
        """Return what the scanner shows of the mean patient's tissue, HU."""
        kev, offset_hu, scale = (float(value) for value in state)
        true = self.reference.expected_hu(tissue, kev, enhanced=self.enhanced)
        return offset_hu + scale * (true + _WATER_HU) - _WATER_HU

    def _off(self, state: _Array) -> _Array:
        """Return how far each tissue, and last the energy, is off, in standard deviations."""
        spread = self.reference.between_patients_hu
        off = [(self._seen(one, state) - hu) / spread[one] for one, hu in self.found_hu.items()]
        return np.array([*off, (state[0] - self.beam[0]) / self.beam[1]])


def _derivative(of: Callable[[_Array], _Array], state: _Array) -> _Array:
    """Return the derivatives of a function, shape ``(values, states)``, by central differences."""
    steps = np.diag(_STEPS)
    found = [(of(state + step) - of(state - step)) / (2.0 * step.sum()) for step in steps]
    return np.stack(found, axis=1)
