"""Vertebral bodies out of masks of whole vertebrae, and the axes of each vertebra, by geometry.

Everything is worked out on the voxel centres in patient millimetres, so that the spacing and the
orientation of the mask do not matter.

*Axes.* Superior is the tangent of the curve through the centres of the vertebrae; posterior is the
patient's own, or the way from body to arch where the arch is known, made perpendicular to it.

*Body and arch.* From the front, the midline of a vertebra meets the body, then the canal, then the
arch. Where the first stretch of bone ends is the posterior wall of the body; the median over the
height of the vertebra places it. What lies before the wall, less thin processes, is the body.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.records import BodyMask
from ctbone.volume import to_patient

Floats = NDArray[np.float64]

#: Half the width of the strip about the midline in which the canal is looked for, millimetres.
#: A design choice: the canal of adult lumbar vertebrae is about 20 mm wide or more (recalled, not
#: verified), so that the strip lies within it even where the midline is some millimetres off.
_MIDLINE_MM = 5.0

#: A stretch without bone of this length is the canal, and not a gap in the mask, millimetres. A
#: design choice: the canal is about 10 mm deep where it is called narrow (recalled, not verified).
_GAP_MM = 5.0

#: What a body measures from front to back at least, and at most, millimetres. A design choice:
#: generous on both sides of what bodies of adults measure from T1 to L5, about 18 to 40 mm.
_DEPTH_MM = (15.0, 50.0)

#: Structures thinner than twice this are processes and not body, millimetres. A design choice,
#: between ribs and processes and what a body measures in its narrowest direction.
_OPENING_MM = 3.0

#: A body is nowhere near as thin as a spinous process: half its least side at its thickest place,
#: millimetres. A design choice: collapsed bodies are taken to keep more than 10 mm somewhere, and
#: processes to be less than 10 mm wide.
_HALF_THICKNESS_MM = 5.0

#: How often the axes are turned by what was found, and the wall is placed again: a design choice.
_TURNS = 3

_PATIENT_POSTERIOR = np.array([0.0, 1.0, 0.0])
_PATIENT_SUPERIOR = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A vertebra, parted.

    Attributes:
        body: Its body.
        arch_mm: Centre of its arch, LPS millimetres, shape ``(3,)``; ``None`` without an arch.
    """

    body: BodyMask
    arch_mm: Floats | None


def spine_tangents(centres_mm: Sequence[Floats]) -> list[Floats]:
    """Return the superior direction at each of the centres, given from cranial to caudal.

    It is the derivative of the parabola through a centre and its neighbours. One centre alone
    says nothing: there it is the patient's own superior direction.
    """
    if len(centres_mm) < 2:
        return [_PATIENT_SUPERIOR for _ in centres_mm]
    points = np.asarray(centres_mm)
    arc = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    # A parabola takes three points; two give a line.
    if len(points) > 2:
        downwards = np.gradient(points, arc, axis=0, edge_order=2)
    else:
        downwards = np.gradient(points, arc, axis=0)
    return list(-downwards / np.linalg.norm(downwards, axis=1, keepdims=True))


def vertebra_axes(superior: Floats, *, posterior: Floats = _PATIENT_POSTERIOR) -> Floats:
    """Return left, posterior and superior as orthogonal unit columns, shape ``(3, 3)``.

    Args:
        superior: Unit vector that is kept.
        posterior: Direction that is made perpendicular to it.
    """
    across = posterior - superior * (posterior @ superior)
    across = across / np.linalg.norm(across)
    return np.stack([np.cross(across, superior), across, superior], axis=1)


def split_vertebra(vertebra: BodyMask, superior: Floats) -> Split | None:
    """Part a whole vertebra into body and arch.

    The way from body to arch, found with the patient's own posterior direction, turns the axes of
    a rotated vertebra; the parting is then done again with those.

    Returns:
        The parts, or ``None`` where no body shows: a stray process, or a fragment.
    """
    indices = np.argwhere(vertebra.inside)
    positions = to_patient(vertebra.affine, indices.astype(np.float64))
    spacing = np.linalg.norm(vertebra.affine[:3, :3], axis=0)
    front = _front(positions, superior, float(spacing.max()))
    if front is None:
        return None
    body = _largest_thick_part(indices[front], vertebra.inside.shape, spacing)
    arch = None if front.all() else positions[~front].mean(axis=0)
    return None if body is None else Split(BodyMask(body, vertebra.affine), arch)


def _front(positions: Floats, superior: Floats, spacing_mm: float) -> NDArray[np.bool_] | None:
    """Say which voxels lie before the posterior wall; ``None`` if no wall is seen."""
    front = _before_wall(positions, vertebra_axes(superior), spacing_mm)
    for _ in range(_TURNS):
        if front is None or front.all():
            return front
        backwards = positions[~front].mean(axis=0) - positions[front].mean(axis=0)
        turned = vertebra_axes(superior, posterior=backwards)
        again = _before_wall(positions, turned, spacing_mm)
        front = front if again is None else again
    return front


def _before_wall(positions: Floats, axes: Floats, spacing_mm: float) -> NDArray[np.bool_] | None:
    own = positions @ axes
    wall = _posterior_wall(own, spacing_mm)
    return None if wall is None else np.asarray(own[:, 1] <= wall)


def _posterior_wall(positions: Floats, spacing_mm: float) -> float | None:
    """Return where bodies end along posterior, millimetres; ``None`` if none is seen."""
    midline = _midline(positions)
    strip = positions[np.abs(positions[:, 0] - midline) <= max(_MIDLINE_MM, spacing_mm)]
    rows = np.floor(strip[:, 2] / spacing_mm)
    runs = [_first_run(strip[rows == row, 1], spacing_mm) for row in np.unique(rows)]
    ends = [end for start, end in runs if _DEPTH_MM[0] <= end - start <= _DEPTH_MM[1]]
    # A stretch as deep as a body is one: a row that meets the spinous process alone is not.
    return float(np.median(ends)) if ends else None


def _midline(positions: Floats) -> float:
    """Return the left-right middle of the front of a vertebra, which is its body."""
    front = np.percentile(positions[:, 1], 50.0)
    return float(np.mean(positions[positions[:, 1] <= front, 0]))


def _first_run(posterior: Floats, spacing_mm: float) -> tuple[float, float]:
    """Return the ends of the first stretch of bone along posterior, millimetres."""
    along = np.sort(posterior)
    gaps = np.flatnonzero(np.diff(along) > max(_GAP_MM, 1.5 * spacing_mm))
    last = gaps[0] if gaps.size else along.size - 1
    return float(along[0]), float(along[last])


def _largest_thick_part(
    indices: NDArray[np.int64], shape: tuple[int, ...], spacing: Floats
) -> NDArray[np.bool_] | None:
    """Open the front: drop what is thin, keep the largest rest, grow it back to its surface."""
    start = indices.min(axis=0) - 1
    front = np.zeros(indices.max(axis=0) - start + 2, dtype=np.bool_)
    front[tuple((indices - start).T)] = True
    reach = max(_OPENING_MM, float(spacing.max()))
    depth = ndimage.distance_transform_edt(front, sampling=spacing)
    labels, count = ndimage.label(depth > reach)
    if count == 0 or depth.max() < _HALF_THICKNESS_MM:
        return None
    sizes = np.bincount(labels.ravel())
    largest = labels == 1 + int(np.argmax(sizes[1:]))
    opened = front & (ndimage.distance_transform_edt(~largest, sampling=spacing) <= reach)
    body = np.zeros(shape, dtype=np.bool_)
    body[tuple((np.argwhere(opened) + start).T)] = True
    return body
