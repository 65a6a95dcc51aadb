"""The surface of a vertebral body in its own frame, to a fraction of a voxel.

Conventions, stated once
------------------------
A body lies on a lattice along its own left, posterior and superior directions, whose
middle is the centroid of the vertebra. ``left``, ``posterior`` and ``superior`` are millimetres
from there. Where the surface lies between two voxels is read from the values on either side, so
that neither the spacing of the mask nor that of the lattice sets a step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.records import BodyMask
from ctbone.resampling import sample_onto
from ctbone.volume import Grid, to_patient

Floats = NDArray[np.float64]

#: Voxels left free around a body, so that its surface lies inside the lattice.
_MARGIN = 2

#: Share of the body's height about its middle in which its walls are taken. A design choice:
#: spurs grow at the end plates.
_WALL_SHARE = 0.5

#: Half the width of the strips in which width and depth are taken, millimetres. A design choice,
#: narrow enough that the walls are flat across it.
_STRIP_MM = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class Surfaces:
    """End plates and walls of one body, millimetres from its centroid along its own axes.

    Attributes:
        left_mm: Where the columns of the lattice stand, shape ``(L,)``.
        posterior_mm: The same from front to back, shape ``(P,)``.
        upper_mm: Upper end plate above each column, shape ``(L, P)``; NaN where there is no body.
        lower_mm: Lower end plate of the same.
        section: Share of each column about mid-height that lies in the body, shape ``(L, P)``.
        sides_mm: Right and left wall at mid-height, along left.
        walls_mm: Anterior and posterior wall at mid-height in the midline, along posterior.
        stairs_mm: How far apart the voxels of the mask lie along superior: its end plates rise in
            stairs of that height.
    """

    left_mm: Floats
    posterior_mm: Floats
    upper_mm: Floats
    lower_mm: Floats
    section: Floats
    sides_mm: tuple[float, float]
    walls_mm: tuple[float, float]
    stairs_mm: float

    @property
    def midline_mm(self) -> float:
        """Where the midline lies along left."""
        return 0.5 * (self.sides_mm[0] + self.sides_mm[1])


def find_surfaces(
    body: BodyMask, *, centroid_mm: Floats, axes: Floats, step_mm: float = 1.0
) -> Surfaces | None:
    """Find end plates and walls of a body.

    Args:
        body: Its mask, on a lattice of any spacing and orientation.
        centroid_mm: Its centre, LPS millimetres, shape ``(3,)``.
        axes: Its own left, posterior and superior as columns, shape ``(3, 3)``.
        step_mm: Side of the voxels of the lattice, millimetres.

    Returns:
        The surfaces; ``None`` for a mask too small or too torn to have any.
    """
    share = _own_share(body, centroid_mm, axes, step_mm)
    if share is None:
        return None
    left, posterior, superior = (_positions(n, step_mm) for n in share.shape)
    lower, upper = _ends(share, superior)
    if np.isnan(lower).all():
        return None
    middle = 0.5 * (np.nanmedian(lower) + np.nanmedian(upper))
    reach = 0.5 * _WALL_SHARE * np.nanmedian(upper - lower)
    section = share[:, :, np.abs(superior - middle) <= max(reach, step_mm)].mean(axis=2)
    sides = _extent(section, left, posterior, strip=None)
    if sides is None:
        return None
    walls = _extent(section.T, posterior, left, strip=0.5 * (sides[0] + sides[1]))
    if walls is None:
        return None
    return Surfaces(left, posterior, upper, lower, section, sides, walls, step_along(body, axes))


def _own_share(body: BodyMask, centroid: Floats, axes: Floats, step_mm: float) -> Floats | None:
    """Return the share of each point of its lattice that lies in the body."""
    indices = np.argwhere(body.inside)
    if not len(indices):
        return None
    own = (to_patient(body.affine, indices.astype(np.float64)) - centroid) @ axes
    spacing = np.linalg.norm(body.affine[:3, :3], axis=0)
    reach = np.abs(own).max(axis=0) + spacing.max()
    half = np.ceil(reach / step_mm).astype(int) + _MARGIN
    i, j, k = (2 * int(n) + 1 for n in half)
    grid = Grid.about(centroid, axes, shape=(i, j, k), spacing_mm=step_mm)
    return sample_onto(body.inside, body.affine, grid, outside=0.0).astype(np.float64)


def _positions(count: int, step_mm: float) -> Floats:
    return np.asarray((np.arange(count) - (count - 1) / 2.0) * step_mm, dtype=np.float64)


def _ends(share: Floats, along: Floats) -> tuple[Floats, Floats]:
    """Return where each row along the last axis enters and leaves the body; NaN for never."""
    inside = share >= 0.5
    empty = ~inside.any(axis=-1)
    first = inside.argmax(axis=-1)
    last = inside.shape[-1] - 1 - inside[..., ::-1].argmax(axis=-1)
    step = along[1] - along[0]
    low = along[first] - _beyond(share, first, -1) * step
    high = along[last] + _beyond(share, last, 1) * step
    low[empty], high[empty] = np.nan, np.nan
    return low, high


def _beyond(share: Floats, index: NDArray[np.intp], step: int) -> Floats:
    """Return how far beyond its outermost voxels the surface lies, in voxels."""
    neighbour = np.clip(index + step, 0, share.shape[-1] - 1)
    here = np.take_along_axis(share, index[..., None], axis=-1)[..., 0]
    there = np.take_along_axis(share, neighbour[..., None], axis=-1)[..., 0]
    return np.clip((here - 0.5) / np.maximum(here - there, 1e-6), 0.0, 1.0)


def _extent(
    section: Floats, along: Floats, across: Floats, *, strip: float | None
) -> tuple[float, float] | None:
    """Return the median ends of a section along its first axis, in a strip of its second.

    Args:
        section: Shape ``(N, M)``.
        along: Positions along the first axis, millimetres.
        across: Positions along the second.
        strip: Middle of the strip; ``None`` for the middle of the section.
    """
    if strip is None:
        weights = np.clip(section.sum(axis=0), 0.0, None)
        strip = float(weights @ across / max(weights.sum(), 1e-6))
    near = np.abs(across - strip) <= _STRIP_MM
    low, high = _ends(section[:, near].T, along)
    if np.isnan(low).all():
        return None
    return float(np.nanmedian(low)), float(np.nanmedian(high))


def step_along(body: BodyMask, axes: Floats) -> float:
    """Return how far apart the voxels of a mask lie along superior, millimetres."""
    return float(np.linalg.norm(body.affine[:3, :3].T @ axes[:, 2]))
