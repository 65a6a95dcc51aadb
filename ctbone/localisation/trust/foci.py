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

#: Where pedicles join the body, as shares of its width from the middle and of its depth from the
#: front: their struts fan out there, in healthy bodies too, and are denser than the rest (recalled
#: from anatomy; in one healthy man of 38 at 0.21 to 0.24 and 0.71 to 0.73). Lesions that reach
#: beyond are found by what lies beyond. A design choice.
_CORNER_SIDE, _CORNER_BACK = 0.15, 0.60

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

    Dense regions are not looked for where the pedicles join the body.

    Args:
        hu: Attenuation in the body's own frame, shape ``(L, P, S)``.
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
    dense = smooth > median + max(config.dense_hu, config.dense_sd * sd)
    dense &= deep & ~_pedicle_corners(depth_mm > 0.0)
    voxel = float(np.prod(spacing_mm))
    return _largest(hole) * voxel, _largest(dense) * voxel


def _pedicle_corners(inside: Mask) -> Mask:
    """Return the corners at the back of a body, left and right, where the pedicles join it."""
    seen = [np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {axis}))) for axis in (0, 1)]
    left, posterior = (
        (np.arange(n) - ends[0]) / max(ends[-1] - ends[0], 1)
        for n, ends in zip(inside.shape, seen, strict=False)
    )
    beside = np.abs(left - 0.5) > _CORNER_SIDE
    corners = beside[:, None, None] & (posterior > _CORNER_BACK)[None, :, None]
    return np.broadcast_to(corners, inside.shape)


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
