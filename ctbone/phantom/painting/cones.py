"""Round cones by the hundred: which of them touch a lattice, and how far each is felt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.phantom.flesh import Branches, Thread
from ctbone.phantom.painting.raster import Array, Raster

#: A cone is cut until its length is this many times its radius, or a voxel's extent.
_SLENDER = 1.6


@dataclass(frozen=True, slots=True, eq=False)
class Cones:
    """Round cones in stretched frames.

    Attributes:
        starts_mm: Where each begins, shape ``(N, 3)``.
        ends_mm: Where each ends, shape ``(N, 3)``.
        radii_mm: Radius at both ends, shape ``(N, 2)``.
        metrics: Squared length as a quadratic form, shape ``(N, 3, 3)``; the identity for none.
        rows: What is asked of each besides: carried along when cones are cut, shape ``(N, M)``.
    """

    starts_mm: Array
    ends_mm: Array
    radii_mm: Array
    metrics: Array
    rows: Array


def cones_of(threads: Sequence[Thread], values: Sequence[float]) -> Cones:
    """Return the cones of threads, each with its thread's value."""
    pieces = [_pieces(thread) for thread in threads]
    counts = [len(starts) for starts, _, _, _ in pieces]
    starts, ends, radii, metrics = zip(*pieces, strict=True)
    return Cones(
        np.concatenate(starts),
        np.concatenate(ends),
        np.concatenate(radii),
        np.repeat(np.array(metrics), counts, 0),
        np.repeat(np.array(values, float), counts)[:, None],
    )


def _pieces(thread: Thread) -> tuple[Array, Array, Array, Array]:
    """Return starts, ends, radii and the one metric of a thread."""
    if isinstance(thread, Branches):
        return thread.starts_mm, thread.ends_mm, thread.radii_mm, np.eye(3)
    points, radii = thread.points_mm, thread.radii_mm
    scaled = thread.frame / np.array(thread.stretch)
    return points[:-1], points[1:], np.stack([radii[:-1], radii[1:]], -1), scaled @ scaled.T


def cut(raster: Raster, cones: Cones) -> Cones:
    """Cut long cones, and leave out what does not touch the raster."""
    steps = cones.ends_mm - cones.starts_mm
    widest = _SLENDER * np.maximum(cones.radii_mm.max(1), raster.mean_width)
    pieces = np.maximum(np.ceil(np.linalg.norm(steps, axis=1) / widest), 1.0).astype(int)
    owner = np.repeat(np.arange(len(pieces)), pieces)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    first, last = rank / pieces[owner], (rank + 1) / pieces[owner]
    starts = cones.starts_mm[owner] + first[:, None] * steps[owner]
    ends = cones.starts_mm[owner] + last[:, None] * steps[owner]
    narrowing = (cones.radii_mm[:, 1] - cones.radii_mm[:, 0])[owner]
    radii = cones.radii_mm[owner, :1] + np.stack([first, last], -1) * narrowing[:, None]
    whole = Cones(starts, ends, radii, cones.metrics[owner], cones.rows[owner])
    return select(whole, _touching(raster, whole))


def select(cones: Cones, wanted: NDArray[np.generic]) -> Cones:
    """Return some of the cones, by index or by mask."""
    return Cones(
        cones.starts_mm[wanted],
        cones.ends_mm[wanted],
        cones.radii_mm[wanted],
        cones.metrics[wanted],
        cones.rows[wanted],
    )


def _touching(raster: Raster, cones: Cones) -> Array:
    index, reach = middles(raster, cones), reach_of(raster, cones)
    margin = reach[:, None] / np.linalg.norm(raster.affine[:3, :3], axis=0) + 1.0
    size = np.array(raster.hu.shape[::-1])
    return np.asarray(np.all((index > -margin) & (index < size - 1 + margin), axis=1))


def middles(raster: Raster, cones: Cones) -> Array:
    """Return the index ``(i, j, k)`` of the middle of each cone."""
    middle = 0.5 * (cones.starts_mm + cones.ends_mm) - raster.affine[:3, 3]
    return np.asarray(np.linalg.solve(raster.affine[:3, :3], middle.T).T)


def reach_of(raster: Raster, cones: Cones) -> Array:
    """Return how far from its middle each cone may be felt, mm."""
    stretch = 1.0 / np.sqrt(np.linalg.eigvalsh(cones.metrics)[:, 0])
    half = 0.5 * np.linalg.norm(cones.ends_mm - cones.starts_mm, axis=1)
    return np.asarray(half + (cones.radii_mm.max(1) + 0.5 * raster.mean_width) * stretch)
