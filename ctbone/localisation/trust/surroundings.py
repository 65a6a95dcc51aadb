"""A body with what lies about it, and how far each voxel is from its surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.densitometry import TrabecularRegion
from ctbone.patches import VertebraPatch
from ctbone.volume import CTVolume, to_indices, to_patient

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]

#: Voxels up to this length blur end plates no further than distances chosen on thin slices allow
#: for, mm. A mask errs by as much as half a voxel, so that half of what they are longer is added.
_FINE_MM = 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """A body with its surroundings, cut out of a patch.

    Attributes:
        hu: Attenuation, shape ``(L, P, S)``.
        inside: Whether a voxel belongs to the body.
        depth_mm: Distance to what is not body.
        away_mm: Distance to the body; 0 in it.
        spacing_mm: Of the voxels.
        measured: Whether it belongs to the trabecular region.
        in_field: Whether a voxel lies in the scanned volume.
        blur_mm: How much further than in thin slices the end plates reach.
    """

    hu: Floats
    inside: Mask
    depth_mm: Floats
    away_mm: Floats
    spacing_mm: tuple[float, float, float]
    measured: Mask
    in_field: Mask
    blur_mm: float

    def volume_mm3(self, mask: Mask) -> float:
        """Return how much some of its voxels hold, cubic millimetres."""
        return float(np.count_nonzero(mask) * np.prod(self.spacing_mm))


def cut_out(
    patch: VertebraPatch, volume: CTVolume, *, region: TrabecularRegion, margin_mm: float
) -> Surroundings:
    """Cut the box of a body, and a margin, out of its patch.

    Args:
        patch: The vertebra, with a body.
        volume: The CT that it was cut from.
        region: Its trabecular region.
        margin_mm: How far about the body is kept at least, as far as the patch reaches.
    """
    margin = np.ceil(margin_mm / np.array(patch.spacing_mm)).astype(int) + 1
    found = np.argwhere(patch.inside)
    start = np.maximum(found.min(axis=0) - margin, 0)
    stop = np.minimum(found.max(axis=0) + margin + 1, patch.inside.shape)
    box = tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    inside = patch.inside[box]
    # What lies beyond the box counts as not body.
    depth = ndimage.distance_transform_edt(np.pad(inside, 1), sampling=patch.spacing_mm)
    away = ndimage.distance_transform_edt(~inside, sampling=patch.spacing_mm)
    return Surroundings(
        hu=patch.hu[box],
        inside=inside,
        depth_mm=np.asarray(depth, dtype=np.float32)[1:-1, 1:-1, 1:-1],
        away_mm=np.asarray(away, dtype=np.float32),
        spacing_mm=patch.spacing_mm,
        measured=region.inside[box],
        in_field=_in_field(patch, start, inside.shape, volume),
        blur_mm=0.5 * max(max(volume.spacing_mm) - _FINE_MM, 0.0),
    )


def _in_field(
    patch: VertebraPatch, start: NDArray[np.int64], shape: tuple[int, ...], volume: CTVolume
) -> Mask:
    indices = np.indices(shape).reshape(3, -1).T + start
    where = to_indices(volume.affine, to_patient(patch.affine, indices.astype(np.float64)))
    last = np.array(volume.hu.shape) - 1.0
    return np.asarray(np.all((where >= 0.0) & (where <= last), axis=1)).reshape(shape)
