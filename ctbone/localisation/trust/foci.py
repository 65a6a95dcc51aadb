"""Regions of the inside of a body that differ from the rest of it: holes and dense regions.

What counts as different follows the body's own texture and noise: both grow with density and with
the sharpness of the kernel, so that no fixed attenuation tells a lesion in every scan.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.localisation.trust.configuration import TrustConfig

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Standard deviation of the smoothing before regions are looked for, mm. A design choice: half the
#: spacing of coarse texture, and less than the radius of any focus that counts.
SMOOTH_MM = 1.5

#: What wall and end plates blur into, mm: not averaged into the inside when that is smoothed.
_BLUR_MM = 2.5

#: How deep below the surface regions are looked for, mm: masks err by a millimetre.
_FOCI_MM = 5.0

#: Standard deviation of normal values over the median distance from their median.
_SD_OF_MEDIAN = 1.4826


def find_foci(
    hu: Floats,
    depth_mm: Floats,
    measured: Mask,
    *,
    spacing_mm: tuple[float, float, float],
    blur_mm: float,
    config: TrustConfig,
) -> tuple[float, float]:
    """Return the volumes of the largest hole and the largest dense region, mm3.

    Args:
        hu: Attenuation, shape ``(L, P, S)``.
        depth_mm: Distance to what is not body.
        measured: The trabecular region. Holes are looked for in it alone, since the cleft of the
            basivertebral vein is a hole in every body, the deeper the denser the bone is.
        spacing_mm: Of the voxels.
        blur_mm: How much further than in thin slices the end plates reach.
        config: The thresholds.
    """
    deep = depth_mm > _FOCI_MM + blur_mm
    if not deep.any():
        return 0.0, 0.0
    smooth = _smoothed(hu, depth_mm, spacing_mm)
    median, sd = _spread(smooth[deep])
    hole = deep & measured & (smooth < median - max(config.focus_hu, config.focus_sd * sd))
    dense = deep & (smooth > median + max(config.dense_hu, config.dense_sd * sd))
    voxel = float(np.prod(spacing_mm))
    return _largest(hole) * voxel, _largest(dense) * voxel


def _smoothed(hu: Floats, depth_mm: Floats, spacing_mm: tuple[float, float, float]) -> Floats:
    """Average over what lies about each voxel inside the body, without its wall."""
    weight = (depth_mm > _BLUR_MM).astype(np.float32)
    sigma = [SMOOTH_MM / spacing for spacing in spacing_mm]
    total = ndimage.gaussian_filter(hu * weight, sigma, truncate=3.0)
    share = ndimage.gaussian_filter(weight, sigma, truncate=3.0)
    return np.asarray(total / np.maximum(share, 1e-3), dtype=np.float32)


def _spread(values: Floats) -> tuple[float, float]:
    """Return median and standard deviation of most of some values: a lesion moves neither."""
    median = float(np.median(values))
    return median, _SD_OF_MEDIAN * float(np.median(np.abs(values - median)))


def _largest(mask: Mask) -> int:
    labels, count = ndimage.label(mask)
    return int(np.bincount(labels.ravel())[1:].max()) if count else 0
