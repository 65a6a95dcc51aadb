"""The axes of a vertebra from its own body.

*Superior* is the direction half-way between the normals of both end plates, so that neither wedge
nor fracture tilts it. *Left* is perpendicular to the plane in which the section at mid-height
mirrors itself best.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ctbone.morphometry.surfaces import Floats, Surfaces

Indices = NDArray[np.intp]

#: Share of the section's radius in which planes are laid through the end plates: rims and what
#: grows on them lie outside. A design choice.
_PLATE_SHARE = 0.8

#: Columns further than this from the first plane are left out of the second, millimetres: pits,
#: spurs and strays. A design choice.
_OUTLIER_MM = 2.0

#: Columns that a plane is laid through at least.
_LEAST_COLUMNS = 100

#: How far axes are turned at most, degrees: beyond it the body is taken to be misshapen. A design
#: choice, about what scoliosis turns the apex.
MOST_TURN_DEG = 30.0

#: Half the range of angles tried for the plane of symmetry, and the step, degrees.
_TURN_DEG = (25.0, 0.25)

#: What all harmonics of an outline measure together at least, relative to its mean radius, for it
#: to say which way the body faces. A design choice: circles of 30 mm measure 0.007 to 0.032 by
#: their voxels of 0.7 to 2 mm alone, a section as wide as deep with a flat back 0.07.
_LEAST_SHAPE = 0.04

#: Harmonics of the outline that are compared with their mirror image: 2 is its elongation, 3 and 4
#: its flat back; higher ones are noise of the mask.
_HARMONICS = (2, 3, 4)


def plate_normal(surfaces: Surfaces) -> Floats | None:
    """Return superior in the frame of the surfaces, half-way between the end plates' normals."""
    inner = _inner_columns(surfaces)
    normals = [_normal(surfaces, plate, inner) for plate in (surfaces.upper_mm, surfaces.lower_mm)]
    upper, lower = normals
    if upper is None or lower is None:
        return None
    both = upper + lower
    return np.asarray(both / np.linalg.norm(both))


def symmetry_turn(surfaces: Surfaces) -> float:
    """Return by how much left turns towards posterior to face the side of the body, radians.

    The outline about its centre is written as a sum of harmonics ``c_n exp(i n t)``. Mirroring it
    about the direction ``a`` turns the phase of each: it mirrors itself where the sum of
    ``|c_n|^2 cos(2 (arg c_n + n a))`` is greatest. A round one mirrors itself everywhere: 0.
    """
    moments = _moments(surfaces)
    if np.linalg.norm(moments) < _LEAST_SHAPE:
        return 0.0
    angles = np.deg2rad(np.arange(-_TURN_DEG[0], _TURN_DEG[0] + 0.01, _TURN_DEG[1]))
    back = np.pi / 2.0 + angles
    likeness = np.zeros_like(angles)
    for number, moment in zip(_HARMONICS, moments, strict=True):
        likeness += np.real(moment**2 * np.exp(2.0j * number * back))
    best = int(np.argmax(likeness))
    # At the end of the range nothing is known: a section as wide as deep has no best turn.
    return 0.0 if best in (0, len(angles) - 1) else float(angles[best])


def _moments(surfaces: Surfaces) -> list[complex]:
    """Return the harmonics of the section at mid-height about its centre, shares of its radius."""
    weight = np.clip(surfaces.section, 0.0, 1.0)
    left = surfaces.left_mm[:, None] - (weight.sum(1) @ surfaces.left_mm) / weight.sum()
    back = surfaces.posterior_mm - (weight.sum(0) @ surfaces.posterior_mm) / weight.sum()
    radius, angle = weight * np.hypot(left, back), np.arctan2(back, left)
    return [complex((radius * np.exp(-1.0j * n * angle)).sum() / radius.sum()) for n in _HARMONICS]


def _inner_columns(surfaces: Surfaces) -> tuple[Indices, Indices]:
    """Return where the columns well inside the rim stand."""
    (right, left), (front, back) = surfaces.sides_mm, surfaces.walls_mm
    across = (surfaces.left_mm - 0.5 * (right + left)) / (0.5 * (left - right))
    along = (surfaces.posterior_mm - 0.5 * (front + back)) / (0.5 * (back - front))
    inner = across[:, None] ** 2 + along**2 <= _PLATE_SHARE**2
    rows, columns = np.nonzero(inner & np.isfinite(surfaces.upper_mm))
    return rows, columns


def _normal(surfaces: Surfaces, plate: Floats, inner: tuple[Indices, Indices]) -> Floats | None:
    """Return the upward normal of a plane through an end plate."""
    heights = plate[inner]
    if len(heights) < _LEAST_COLUMNS:
        return None
    design = np.column_stack(
        (surfaces.left_mm[inner[0]], surfaces.posterior_mm[inner[1]], np.ones(len(heights)))
    )
    slopes = np.linalg.lstsq(design, heights, rcond=None)[0]
    residual = heights - design @ slopes
    kept = np.abs(residual - np.median(residual)) <= _OUTLIER_MM
    if kept.sum() >= _LEAST_COLUMNS:
        slopes = np.linalg.lstsq(design[kept], heights[kept], rcond=None)[0]
    normal = np.array([-slopes[0], -slopes[1], 1.0])
    return np.asarray(normal / np.linalg.norm(normal))
