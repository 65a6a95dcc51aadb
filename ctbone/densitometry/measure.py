"""Attenuation of the trabecular region of one vertebral body."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry.calibration import Calibration
from ctbone.densitometry.region import TrabecularRegion, find_region
from ctbone.errors import NotEvaluable
from ctbone.patches import VertebraPatch
from ctbone.records import BmdEstimate, Flag

#: Least volume that is measured at all, cubic millimetres. A design choice: with noise of 30 HU
#: and a correlation length of 1.5 mm, the mean of it is uncertain by about 5 HU.
LEAST_MM3 = 100.0

#: A voxel above this is metal or cement, Hounsfield units (recalled, not verified).
METAL_HU = 1500.0

#: A voxel below this is gas, or lies outside the scanned field, Hounsfield units. A design choice,
#: well below fat (about -100) with noise and well above air.
GAS_HU = -500.0

#: Mean and median further apart than this show a focus in the region, such as a bone island or a
#: haemangioma, Hounsfield units. A design choice: a tenth of the attenuation of healthy bone.
UNEVEN_HU = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrabecularMeasurement:
    """Attenuation of a trabecular region, Hounsfield units.

    Attributes:
        mean_hu: Mean.
        median_hu: Median.
        sd_hu: Standard deviation of the voxels of the patch.
        p10_hu: 10th percentile.
        p90_hu: 90th percentile.
        voxels: Voxels of the patch measured.
        volume_mm3: Their volume, cubic millimetres.
        flags: How the region was found, and whether it is uneven.
    """

    mean_hu: float
    median_hu: float
    sd_hu: float
    p10_hu: float
    p90_hu: float
    voxels: int
    volume_mm3: float
    flags: tuple[Flag, ...]


def measure(
    patch: VertebraPatch, *, region: TrabecularRegion | None = None
) -> TrabecularMeasurement:
    """Measure the trabecular region of a vertebral body.

    Args:
        patch: The vertebra.
        region: Its region, where that is known already: finding it is what takes the time.

    Raises:
        NotEvaluable: If the region is too small, holds metal or cement, or holds gas or voxels
            outside the scanned field.
    """
    region = find_region(patch) if region is None else region
    values = patch.hu[region.inside].astype(np.float64)
    volume_mm3 = float(values.size * np.prod(patch.spacing_mm))
    _check(patch, values, volume_mm3)
    p10, median, p90 = np.percentile(values, (10.0, 50.0, 90.0))
    uneven = abs(values.mean() - median) > UNEVEN_HU
    return TrabecularMeasurement(
        mean_hu=float(values.mean()),
        median_hu=float(median),
        sd_hu=float(values.std()),
        p10_hu=float(p10),
        p90_hu=float(p90),
        voxels=values.size,
        volume_mm3=volume_mm3,
        flags=(*region.flags, Flag.UNEVEN_REGION) if uneven else region.flags,
    )


def to_estimate(
    found: TrabecularMeasurement,
    level: VertebralLevel,
    *,
    calibration: Calibration | None = None,
    bodies: int = 1,
) -> BmdEstimate:
    """Turn a measurement into an estimate, with a density where a calibration is given.

    Args:
        found: The measurement.
        level: Of the vertebra.
        calibration: The line of the scanner.
        bodies: Bodies of the patient that are measured: the standard deviation is that of a
            density in the mean of as many.
    """
    estimate = BmdEstimate(
        level=level,
        trabecular_hu=found.mean_hu,
        trabecular_median_hu=found.median_hu,
        trabecular_sd_hu=found.sd_hu,
        trabecular_p10_hu=found.p10_hu,
        trabecular_p90_hu=found.p90_hu,
        trabecular_volume_mm3=found.volume_mm3,
        flags=found.flags,
    )
    if calibration is None:
        return estimate
    density = calibration.density_mg_cm3(found.mean_hu)
    sd = calibration.sd_at_mg_cm3(found.mean_hu, bodies=bodies)
    freedom = calibration.degrees_of_freedom
    return replace(estimate, bmd_mg_cm3=density, sd_mg_cm3=sd, sd_degrees_of_freedom=freedom)


def _check(patch: VertebraPatch, values: np.ndarray, volume_mm3: float) -> None:
    name = patch.level.name
    if volume_mm3 < LEAST_MM3:
        found = f"expected at least {LEAST_MM3:g} mm3 of trabecular bone, found {volume_mm3:.0f}"
        raise NotEvaluable(f"{name}: {found}")
    if values.max() > METAL_HU:
        found = f"expected bone below {METAL_HU:g} HU, found {values.max():.0f}: metal or cement"
        raise NotEvaluable(f"{name}: {found}")
    if values.min() < GAS_HU:
        found = f"expected tissue above {GAS_HU:g} HU, found {values.min():.0f}"
        raise NotEvaluable(f"{name}: {found}: gas, or outside the scanned field")
