"""Located bodies as one label map, numbered as VerSe does, on the grid of the CT."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.resampling import sample_onto
from ctbone.volume import Grid, to_indices, to_patient


def label_map(grid: Grid, vertebrae: Sequence[VertebraLocalisation]) -> NDArray[np.uint8]:
    """Return the bodies on a grid, uint8, numbered by level; 0 where there is none."""
    labels = np.zeros(grid.shape, dtype=np.uint8, order="F")
    for vertebra in vertebrae:
        if vertebra.body is not None and (box := _box(vertebra.body, grid)) is not None:
            body = vertebra.body
            share = sample_onto(body.inside, body.affine, _part(grid, box), outside=0.0)
            labels[box][share >= 0.5] = int(vertebra.level)
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
