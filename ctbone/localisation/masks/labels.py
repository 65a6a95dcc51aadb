"""Located bodies, and what is measured in them, as label maps on the grid of the CT.

Labels are numbered as VerSe does. Where only NIfTI is wanted, ``ingest.write_label_map`` writes
them; ``segmentation`` writes them as DICOM.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import find_region
from ctbone.patches import PatchGrid, extract
from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.resampling import sample_onto
from ctbone.volume import CTVolume, Grid, to_indices, to_patient


def label_map(grid: Grid, vertebrae: Sequence[VertebraLocalisation]) -> NDArray[np.uint8]:
    """Return the bodies on a grid, uint8, numbered by level; 0 where there is none."""
    return paint_masks(grid, {v.level: v.body for v in vertebrae if v.body is not None})


def trabecular_map(
    volume: CTVolume, vertebrae: Sequence[VertebraLocalisation]
) -> NDArray[np.uint8]:
    """Return what is measured in each whole body on the grid of the CT, numbered by level.

    Regions are found in the frame of their vertebra, about as fine as a thin slice; on the grid of
    the CT a voxel belongs to one if half of it does.
    """
    masks = {}
    for vertebra in vertebrae:
        if vertebra.is_whole:
            patch = extract(volume, vertebra, grid=PatchGrid())
            masks[vertebra.level] = BodyMask(find_region(patch).inside, patch.affine)
    return paint_masks(volume.grid, masks)


def paint_masks(grid: Grid, masks: Mapping[VertebralLevel, BodyMask]) -> NDArray[np.uint8]:
    """Return masks on a grid, uint8, numbered by level; 0 where there is none."""
    labels = np.zeros(grid.shape, dtype=np.uint8, order="F")
    for level, mask in masks.items():
        if (box := _box(mask, grid)) is not None:
            share = sample_onto(mask.inside, mask.affine, _part(grid, box), outside=0.0)
            labels[box][share >= 0.5] = int(level)
    return labels


def _box(body: BodyMask, grid: Grid) -> tuple[slice, slice, slice] | None:
    """Return the voxels of a grid that the box of a body touches, if any."""
    corners = np.array(list(product(*((-1.0, float(n)) for n in body.inside.shape))))
    indices = to_indices(grid.affine, to_patient(body.affine, corners))
    start = np.maximum(np.floor(indices.min(axis=0)).astype(int), 0)
    stop = np.minimum(np.ceil(indices.max(axis=0)).astype(int) + 1, grid.shape)
    if np.any(start >= stop):
        return None
    i, j, k = (slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    return i, j, k


def _part(grid: Grid, box: tuple[slice, slice, slice]) -> Grid:
    affine = grid.affine.copy()
    affine[:3, 3] = to_patient(affine, np.array([[cut.start for cut in box]], float))[0]
    i, j, k = (cut.stop - cut.start for cut in box)
    return Grid((i, j, k), affine)
