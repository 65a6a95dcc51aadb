"""A lattice in memory, and the shapes' own coordinates on boxes of it.

Arrays here are ``(K, J, I)``: the reverse of a ``CTVolume``, so that ``i`` runs fastest in memory.
Coordinates broadcast: on a lattice along the patient's axes each takes one axis of the box, which
is what makes painting quick.

A voxel averages over its own extent; that slices are thicker is the business of the scanner. The
share of a voxel inside a shape is the signed distance to its surface, in units of the voxel's
extent across that surface. A shell thinner than a voxel therefore adds what its volume adds.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ctbone.volume import Grid

Box = tuple[slice, slice, slice]
Array = NDArray[np.float64]

#: Voxels of a slab: enough that what each slab costs anew is little beside them.
_SLAB_VOXELS = 20_000_000

#: Label maps that are painted.
LABELS = ("bodies", "spine", "ribs", "discs")


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Voxels to paint on.

    Attributes:
        hu: Attenuation, float32, shape ``(K, J, I)``; painted in place.
        labels: Label maps by name, uint8, of the same shape; painted in place.
        affine: Index ``(i, j, k)`` to patient position, LPS millimetres, shape ``(4, 4)``.
    """

    hu: Tensor
    labels: dict[str, Tensor]
    affine: Array

    @property
    def steps_mm(self) -> Array:
        """Extent of a voxel along ``i``, ``j``, ``k``: vectors in patient coordinates, columns."""
        return self.affine[:3, :3]

    def box(self, low_mm: Array, high_mm: Array) -> Box | None:
        """Return the voxels that an upright box in the patient may touch; ``None`` if none."""
        corners = np.array(list(product(*zip(low_mm, high_mm, strict=True))))
        solved = np.linalg.solve(self.affine[:3, :3], (corners - self.affine[:3, 3]).T)
        start = np.maximum(np.floor(solved.min(1)).astype(int) - 1, 0)
        stop = np.minimum(np.ceil(solved.max(1)).astype(int) + 2, self.hu.shape[::-1])
        if np.any(start >= stop):
            return None
        i, j, k = (slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
        return k, j, i

    def local(self, box: Box, frame: Array, origin_mm: Array) -> tuple[Tensor, Tensor, Tensor]:
        """Return three coordinates on a box, each broadcasting to it.

        Args:
            box: Voxels wanted.
            frame: One column a coordinate: its value is ``frame.T @ (position - origin)``.
            origin_mm: Where all three are zero.
        """
        matrix = frame.T @ self.affine[:3, :3]
        offset = frame.T @ (self.affine[:3, 3] - origin_mm)
        axes = [self._axis(box[2 - axis], axis) for axis in range(3)]
        u, v, w = (_combine(row, shift, axes) for row, shift in zip(matrix, offset, strict=True))
        return u, v, w

    def slabs(self) -> tuple[Raster, ...]:
        """Return the raster in slabs of slices, to be painted side by side.

        They depend on nothing but its shape, so that a picture does not depend on who paints it.
        """
        depth, rows, columns = self.hu.shape
        count = min(depth, max(1, round(depth * rows * columns / _SLAB_VOXELS)))
        bounds = np.linspace(0, depth, count + 1).round().astype(int).tolist()
        return tuple(self._slab(slice(*ends)) for ends in pairwise(bounds))

    def _slab(self, part: slice) -> Raster:
        affine = self.affine.copy()
        affine[:3, 3] += part.start * affine[:3, 2]
        return Raster(
            hu=self.hu[part],
            labels={name: found[part] for name, found in self.labels.items()},
            affine=affine,
        )

    def width(self, direction: Array) -> float:
        """Return the extent of a voxel along a unit vector, mm."""
        return float(np.abs(direction @ self.steps_mm).sum())

    @property
    def mean_width(self) -> float:
        """Return the extent of a voxel along no direction in particular, mm."""
        return float(np.sqrt((np.linalg.norm(self.steps_mm, axis=0) ** 2).mean()))

    def _axis(self, part: slice, axis: int) -> Tensor:
        shape = [1, 1, 1]
        shape[2 - axis] = part.stop - part.start
        index = torch.arange(part.start, part.stop, dtype=torch.float32, device=self.hu.device)
        return index.reshape(shape)


def _combine(row: Array, shift: float, axes: list[Tensor]) -> Tensor:
    """Return ``row . index + shift``, over the axes that matter only."""
    total: Tensor | None = None
    for factor, index in zip(row, axes, strict=True):
        if abs(factor) > 1e-7:
            term = index * float(factor)
            total = term if total is None else total + term
    assert total is not None  # noqa: S101 - an invertible matrix has no empty row
    return total + float(shift)


def share(distance: Tensor, width: float) -> Tensor:
    """Return the share of each voxel on the inner (negative) side of a surface."""
    return (0.5 - distance / width).clamp_(0.0, 1.0)


def new_raster(grid: Grid, *, device: torch.device) -> Raster:
    """Return an empty raster."""
    shape = grid.shape[::-1]
    return Raster(
        hu=torch.full(shape, -1000.0, dtype=torch.float32, device=device),
        labels={name: torch.zeros(shape, dtype=torch.uint8, device=device) for name in LABELS},
        affine=grid.affine,
    )


def cover(raster: Raster, box: Box, inside: Tensor, value: float | Tensor) -> None:
    """Cover a box by the share of each voxel that lies inside a shape."""
    target = raster.hu[box]
    target += inside * (value - target)


def cover_walled(
    raster: Raster,
    box: Box,
    shares: tuple[Tensor, Tensor],
    values: tuple[float | Tensor, float | Tensor],
) -> None:
    """Cover with a shape whose wall is made of something else than its core."""
    outer, inner = shares
    wall, core = values
    target = raster.hu[box]
    target *= 1.0 - outer
    target += (outer - inner) * wall + inner * core
