"""The trabecular region of a vertebral body: where attenuation stands for trabecular density.

The region is the body from 4 mm inside its surface on, less the cleft of the basivertebral vein.
Distances are millimetres from the surface, whatever the spacing.

*Why 4 mm.* A wall of half a millimetre reaches less than 3 mm inwards through any kernel, and a
mask errs by up to one. Deeper erosion does not measure the same more safely: bone is denser
towards its end plates and sparser in the middle, so that each further millimetre takes 2 HU off
the mean of a whole body, and a slab of 7.5 mm at mid-height read 9.5 HU below it with a standard
deviation of 4.3 (120 simulated bodies).

*Why more where slices are thick.* Between slices at a distance ``s``, each as thick, linear
interpolation spreads an end plate with a standard deviation of ``s / 2``. Along an axis on which
two of them are more than 4 mm, the region keeps those from the surface.

*The vein.* It enters at the middle of the posterior wall and runs forward to about the centre.
What is cut out is a wedge that widens from the centre to the wall.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.patches import VertebraPatch
from ctbone.records import Flag

#: Distance from the surface that keeps cortical bone and end plates out, millimetres
#: (TotalSegmentator's spine report), and what is tried where that leaves too little (a fallback
#: of 2 mm, from bone_analysis).
EROSION_MM = 4.0
FALLBACK_EROSION_MM = 2.0

#: Half the width and half the height of the cleft of the vein at the posterior wall, as shares of
#: the body's width and height: 12 by 8 mm in a body of 42 by 25 mm, a little more than the foramen
#: is wide and high with its rim (recalled, not verified).
VEIN_SHARES = (0.14, 0.16)

#: Share of that size with which the cleft begins at the centre of the body: a design choice.
VEIN_TIP_SHARE = 0.25

#: Least volume of a region that is not flagged as small, cubic millimetres. A design choice: a
#: fifteenth of what the rule gives in an adult body of 42 x 34 x 25 mm; with noise of 30 HU and a
#: correlation length of 1.5 mm, the mean of it is uncertain by about 2.5 HU.
SMALL_MM3 = 500.0

#: Proportions of the ellipse where no mask shows the body: Comp2Comp's trabecular region takes
#: 0.65 of the body's width and 0.5 of its depth, about a centre at 0.58 of its depth, over 7.5 mm
#: of height. We take the 0.58 from the posterior wall: then the ellipse ends where the posterior
#: third begins, in which the vein enters. That reading is not verified against a publication.
WIDTH_SHARE = 0.65
DEPTH_SHARE = 0.5
CENTRE_SHARE = 0.58
SLAB_MM = 7.5

#: Width, depth and offset to anterior of that ellipse, millimetres: the shares above, of a small
#: adult body of 38 x 28 mm, so that it stays inside most. The size of that body is not verified
#: against a publication.
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
    bone = ~_vein(patch)
    region = bone & (_depth_inside(patch, least_mm=EROSION_MM) > EROSION_MM)
    if _volume_mm3(region, patch) >= SMALL_MM3:
        return TrabecularRegion(region, ())
    depth_mm = _depth_inside(patch, least_mm=FALLBACK_EROSION_MM)
    return TrabecularRegion(bone & (depth_mm > FALLBACK_EROSION_MM), (Flag.SMALL_REGION,))


def _depth_inside(patch: VertebraPatch, *, least_mm: float) -> NDArray[np.float64]:
    """Return the distance of each voxel to the surface of the body, millimetres.

    Along an axis that has to keep more than ``least_mm``, that more counts as ``least_mm``: what
    is deeper than ``least_mm`` lies inside the body eroded by an ellipsoid.
    """
    spacing = np.asarray(patch.spacing_mm)
    source = spacing if patch.source_spacing_mm is None else np.asarray(patch.source_spacing_mm)
    reach = np.maximum(least_mm, np.maximum(source, spacing))
    box = ndimage.find_objects(patch.inside.astype(np.uint8))[0]
    depth = np.zeros(patch.inside.shape)
    depth[box] = _distance_to_surface(patch.inside[box], spacing * least_mm / reach)
    return depth


def _distance_to_surface(
    inside: NDArray[np.bool_], sampling: NDArray[np.float64]
) -> NDArray[np.float64]:
    # What lies beyond the patch counts as not body: a body cut off there is eroded there too.
    padded = np.pad(inside, 1)
    away, nearest = ndimage.distance_transform_edt(padded, sampling=sampling, return_indices=True)
    # The surface lies half a voxel before the nearest voxel that is not body.
    steps = ((nearest - np.indices(padded.shape)).T * sampling) ** 2
    voxel = (steps @ sampling).T / np.maximum(steps.sum(axis=-1).T, 1e-9)
    distance: NDArray[np.float64] = (away - 0.5 * voxel)[1:-1, 1:-1, 1:-1]
    return distance


def _vein(patch: VertebraPatch) -> NDArray[np.bool_]:
    """Return the cleft of the basivertebral vein: a wedge from the centre to the back."""
    left, posterior, superior = _positions_mm(patch)
    middle = [float(np.mean(_along(axis, patch.inside))) for axis in (left, posterior, superior)]
    beside = np.abs(left - middle[0]) <= _STRIP_MM
    level = np.abs(superior - middle[2]) <= _STRIP_MM
    between = np.abs(posterior - middle[1]) <= _STRIP_MM
    front, back = _extent(posterior, patch.inside & beside & level)
    right, far_left = _extent(left, patch.inside & between & level)
    bottom, top = _extent(superior, patch.inside & beside & between)
    along = (posterior - 0.5 * (front + back)) / max(0.5 * (back - front), 1.0)
    size = VEIN_TIP_SHARE + (1.0 - VEIN_TIP_SHARE) * np.clip(along, 0.0, 1.0)
    wide = VEIN_SHARES[0] * max(far_left - right, 1.0) * size
    high = VEIN_SHARES[1] * max(top - bottom, 1.0) * size
    across, up = left - 0.5 * (right + far_left), superior - 0.5 * (bottom + top)
    return np.asarray((along > 0.0) & ((across / wide) ** 2 + (up / high) ** 2 <= 1.0))


def _unmasked_ellipse(patch: VertebraPatch) -> NDArray[np.bool_]:
    left, posterior, superior = _positions_mm(patch)
    across = left / (UNMASKED_WIDTH_MM / 2.0)
    along = (posterior + UNMASKED_OFFSET_MM) / (UNMASKED_DEPTH_MM / 2.0)
    in_slab = np.abs(superior) <= SLAB_MM / 2.0
    return np.asarray((across**2 + along**2 <= 1.0) & in_slab)


def _positions_mm(patch: VertebraPatch) -> tuple[NDArray[np.float64], ...]:
    """Return left, posterior and superior distance from the middle of the patch, to broadcast."""
    steps = [
        (np.arange(count) - (count - 1) / 2.0) * spacing
        for count, spacing in zip(patch.hu.shape, patch.spacing_mm, strict=True)
    ]
    left, posterior, superior = np.meshgrid(*steps, indexing="ij", sparse=True)
    return left, posterior, superior


def _extent(axis: NDArray[np.float64], where: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the ends of a strip of voxels along an axis, millimetres; twice 0 for none."""
    values = _along(axis, where)
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def _along(axis: NDArray[np.float64], where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the positions of some voxels along an axis."""
    return np.broadcast_to(axis, where.shape)[where]


def _volume_mm3(region: NDArray[np.bool_], patch: VertebraPatch) -> float:
    return float(region.sum() * np.prod(patch.spacing_mm))
