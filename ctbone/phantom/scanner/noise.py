"""How strong noise is: from the dose, the body and the slice, or as asked for."""

from __future__ import annotations

import numpy as np

from ctbone.phantom.scanner.configuration import ScanConfig
from ctbone.phantom.scanner.kernels import noise_gain
from ctbone.phantom.scanner.survey import water_per_mm

#: Noise of the standard kernel behind 300 mm of water at 120 kV, 150 mAs and 5 mm: what abdominal
#: protocols of about 10 mGy give (recalled).
_REFERENCE_HU, _REFERENCE_MM, _REFERENCE_MAS, _REFERENCE_SLICE_MM = 11.0, 300.0, 150.0, 5.0

#: Output of a tube goes with about this power of its potential (recalled: 2 to 2.5).
_OUTPUT_POWER = 2.3


def noise_level(scan: ScanConfig, *, water_mm: float, slice_mm: float) -> float:
    """Return the root mean square of the noise over the body, HU.

    Where a tube charge is given, noise goes with ``exp(mu d / 2)`` of the body's water-equivalent
    diameter and with one over the root of charge and thickness.

    Args:
        scan: Potential, charge, kernel; or the noise asked for.
        water_mm: Water-equivalent diameter of the body.
        slice_mm: Thickness of a slice.
    """
    if scan.tube_charge_mas is None:
        return scan.noise_hu
    here, there = water_per_mm(scan.kvp), water_per_mm(120)
    depth = here * water_mm - there * _REFERENCE_MM
    dose = (scan.tube_charge_mas / _REFERENCE_MAS) * (scan.kvp / 120.0) ** _OUTPUT_POWER
    # The same error of a line integral is more HU where water attenuates less.
    unit = _REFERENCE_HU * there / here * noise_gain(scan.kernel, iterative=scan.iterative)
    return float(unit * np.exp(0.5 * depth) / np.sqrt(dose * slice_mm / _REFERENCE_SLICE_MM))
