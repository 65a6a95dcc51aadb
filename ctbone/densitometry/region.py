"""The trabecular region of a vertebral body: where attenuation stands for trabecular density.

The region is an elliptic cylinder at mid-height, within the body eroded by a distance in
millimetres. Its proportions follow Comp2Comp's trabecular region: 0.65 of the body's width and
0.5 of its depth, about a centre at 0.58 of its depth, over 7.5 mm of height. We take the 0.58 from
the posterior wall: then the ellipse ends where the posterior third begins, in which the
basivertebral vein enters the body. That reading, and leaving out just a third, are not verified
against a publication.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.patches import VertebraPatch
from ctbone.records import Flag

#: Share of the body's width and depth that the ellipse takes (Comp2Comp, trabecular region).
WIDTH_SHARE = 0.65
DEPTH_SHARE = 0.5

#: Centre of the ellipse as a share of the depth, from the posterior wall (Comp2Comp).
CENTRE_SHARE = 0.58

#: Height of the region about the body's mid-height, millimetres (inferred from Comp2Comp).
SLAB_MM = 7.5

#: Erosion that keeps cortical bone out, millimetres (TotalSegmentator's spine report), and what
#: is tried where that leaves too little (a fallback of 2 mm, from bone_analysis).
EROSION_MM = 4.0
FALLBACK_EROSION_MM = 2.0

#: Least volume of a region that is not flagged as small, cubic millimetres. A design choice: a
#: fifth of what the rule gives in an adult body of 44 x 31 mm.
SMALL_MM3 = 500.0

#: Width, depth and offset to anterior of the ellipse where no mask shows the body, millimetres:
#: the shares above, of a small adult body of 38 x 28 mm, so that it stays inside most. The size of
#: that body is not verified against a publication.
UNMASKED_WIDTH_MM = WIDTH_SHARE * 38.0
UNMASKED_DEPTH_MM = DEPTH_SHARE * 28.0
UNMASKED_OFFSET_MM = (CENTRE_SHARE - 0.5) * 28.0

#: Half the width of the strips in which width and depth of a body are taken, millimetres.
_STRIP_MM = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class TrabecularRegion:
    """The voxels to measure, and how they were found.

    Attributes:
        inside: Whether a voxel is measured, bool, shape ``(L, P, S)``.
        flags: What a reader of the measurement has to know.
    """

    inside: NDArray[np.bool_]
    flags: tuple[Flag, ...]


def find_region(patch: VertebraPatch) -> TrabecularRegion:
    """Find the trabecular region, and say by which rule."""
    if not patch.inside.any():
        return TrabecularRegion(_unmasked_ellipse(patch), (Flag.ELLIPSE_REGION,))
    ellipse = _ellipse_in(patch)
    depth_mm = _depth_inside(patch)
    region = ellipse & (depth_mm > EROSION_MM)
    if _volume_mm3(region, patch) >= SMALL_MM3:
        return TrabecularRegion(region, ())
    return TrabecularRegion(ellipse & (depth_mm > FALLBACK_EROSION_MM), (Flag.SMALL_REGION,))


def _depth_inside(patch: VertebraPatch) -> NDArray[np.float64]:
    """Return the distance of each voxel to what is not body, millimetres."""
    # What lies beyond the patch counts as not body: a body cut off there is eroded there too.
    padded = np.pad(patch.inside, 1)
    distance = ndimage.distance_transform_edt(padded, sampling=patch.spacing_mm)
    return np.asarray(distance)[1:-1, 1:-1, 1:-1]


def _ellipse_in(patch: VertebraPatch) -> NDArray[np.bool_]:
    left, posterior, superior = _positions_mm(patch)
    middle = [float(np.mean(axis[patch.inside])) for axis in (left, posterior, superior)]
    slab = patch.inside & (np.abs(superior - middle[2]) <= SLAB_MM / 2.0)
    if not slab.any():
        return slab
    low, high = _extent(posterior, slab & (np.abs(left - middle[0]) <= _STRIP_MM))
    right_side, left_side = _extent(left, slab & (np.abs(posterior - middle[1]) <= _STRIP_MM))
    depth, width = high - low, left_side - right_side
    return _ellipse(
        patch,
        centre_mm=((right_side + left_side) / 2.0, high - CENTRE_SHARE * depth, middle[2]),
        width_mm=WIDTH_SHARE * width,
        depth_mm=DEPTH_SHARE * depth,
    )


def _unmasked_ellipse(patch: VertebraPatch) -> NDArray[np.bool_]:
    return _ellipse(
        patch,
        centre_mm=(0.0, -UNMASKED_OFFSET_MM, 0.0),
        width_mm=UNMASKED_WIDTH_MM,
        depth_mm=UNMASKED_DEPTH_MM,
    )


def _ellipse(
    patch: VertebraPatch,
    *,
    centre_mm: tuple[float, float, float],
    width_mm: float,
    depth_mm: float,
) -> NDArray[np.bool_]:
    if min(width_mm, depth_mm) <= 0.0:
        return np.zeros(patch.hu.shape, dtype=np.bool_)
    left, posterior, superior = _positions_mm(patch)
    across = (left - centre_mm[0]) / (width_mm / 2.0)
    along = (posterior - centre_mm[1]) / (depth_mm / 2.0)
    in_slab = np.abs(superior - centre_mm[2]) <= SLAB_MM / 2.0
    return np.asarray((across**2 + along**2 <= 1.0) & in_slab)


def _positions_mm(patch: VertebraPatch) -> tuple[NDArray[np.float64], ...]:
    """Return each voxel's left, posterior and superior distance from the middle of the patch."""
    steps = [
        (np.arange(count) - (count - 1) / 2.0) * spacing
        for count, spacing in zip(patch.hu.shape, patch.spacing_mm, strict=True)
    ]
    left, posterior, superior = np.meshgrid(*steps, indexing="ij")
    return left, posterior, superior


def _extent(axis: NDArray[np.float64], where: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the ends of a strip of voxels along an axis, millimetres; twice 0 for none."""
    values = axis[where]
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def _volume_mm3(region: NDArray[np.bool_], patch: VertebraPatch) -> float:
    return float(region.sum() * np.prod(patch.spacing_mm))
