"""From how much of each voxel lies in a vertebra to its masks, its centre and the way it faces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.records import BodyMask
from ctbone.resampling import sample_onto
from ctbone.volume import Grid, to_patient

Floats = NDArray[np.float64]
Shares = NDArray[np.float32]
Inside = NDArray[np.bool_]

#: Share of a voxel above which it belongs to a part.
_INSIDE = 0.5

#: Voxels of a mask along each side of a voxel of the map: its surface lies where the interpolated
#: share passes one half, which twice as fine a mask keeps to a third of a millimetre.
_FINER = 2

#: A part smaller than this is none, cubic millimetres: a body of T1 measures about 8,000.
_LEAST_BODY_MM3, _LEAST_ARCH_MM3 = 2500.0, 500.0

#: Part of the width and depth of a body over which its end plates are taken for planes.
_CORE = 0.7

#: How far a column's end may lie off its plane and count, millimetres: rims and Schmorl nodes
#: lie further off.
_OFF_PLANE_MM = 2.0

#: How far end plates may lean from the axes of the crop, degrees; beyond it they are none.
_MOST_LEAN_DEG = 30.0

#: An arch smaller than this, half torn away or cut off, may lie to one side, cubic millimetres.
_CLEAR_ARCH_MM3 = 4000.0

#: A cross-section has to be this much wider than deep to say which way the body faces.
_LEAST_ELONGATION = 1.12

#: How far a body may be turned about its own axis, degrees; scoliosis turns by up to about 30.
_MOST_TURN_DEG = 30.0


def body_mask(share: Shares, affine: Floats) -> BodyMask | None:
    """Return the body in a map of it, in one piece and without holes; ``None`` without one."""
    return _mask(share, affine, least_mm3=_LEAST_BODY_MM3, is_solid=True)


def arch_mask(share: Shares, affine: Floats) -> BodyMask | None:
    """Return the arch in a map of it, all pieces of it; ``None`` if there is none."""
    return _mask(share, affine, least_mm3=_LEAST_ARCH_MM3, is_solid=False)


def _mask(share: Shares, affine: Floats, *, least_mm3: float, is_solid: bool) -> BodyMask | None:
    inside = share >= _INSIDE
    if is_solid:
        inside = ndimage.binary_fill_holes(_main_part(inside))
    if inside.sum() * abs(np.linalg.det(affine[:3, :3])) < least_mm3:
        return None
    # What else the map holds is left out, but for the slope of the surface.
    kept = np.where(ndimage.binary_dilation(inside, iterations=2), share, np.float32(0.0))
    kept[ndimage.binary_erosion(inside)] = 1.0
    grid = _finer_grid(inside, affine)
    fine = sample_onto(kept, affine, grid, outside=0.0) >= _INSIDE
    return BodyMask(_main_part(fine) if is_solid else fine, grid.affine)


def centre_of(mask: BodyMask) -> Floats:
    """Return the centre of gravity of a mask, LPS millimetres, shape ``(3,)``."""
    lines = [mask.inside.sum(axis=tuple({0, 1, 2} - {axis})) for axis in range(3)]
    middle = [np.average(np.arange(len(line)), weights=line) for line in lines]
    return np.asarray(to_patient(mask.affine, np.array([middle]))[0])


def axes_of(body: BodyMask, arch: BodyMask | None, axes: Floats) -> Floats:
    """Return left, posterior and superior of a vertebra, from those of the box that it lies in.

    Superior is the mean normal of the end plates. Posterior is the way from the body to its arch;
    without one, left runs along the width of the body, where it is clearly wider than deep.

    Args:
        body: The body, on a lattice along ``axes``.
        arch: Its arch, if one is seen.
        axes: Unit vectors as columns, shape ``(3, 3)``.
    """
    turned = _to_superior(axes, axes @ _superior(body))
    if arch is not None and arch.volume_mm3 >= _CLEAR_ARCH_MM3:
        backwards = centre_of(arch) - centre_of(body)
        return _turned(
            turned, float(np.arctan2(-backwards @ turned[:, 0], backwards @ turned[:, 1]))
        )
    return _turned(turned, _angle_of_width(turned, body))


def _main_part(inside: Inside) -> Inside:
    """Return the largest connected part."""
    parts, count = ndimage.label(inside)
    if count <= 1:
        return inside
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray(parts == sizes.argmax())


def _finer_grid(inside: Inside, affine: Floats) -> Grid:
    """Return a finer lattice about what is inside, one voxel of the map clear of it."""
    where = [np.flatnonzero(inside.any(axis=tuple({0, 1, 2} - {a}))) for a in range(3)]
    first = np.array([ends[0] for ends in where]) - 1.0
    i, j, k = (int(_FINER * (ends[-1] - ends[0] + 3)) for ends in where)
    finer = affine.copy()
    finer[:3, :3] /= _FINER
    finer[:3, 3] = to_patient(affine, (first - 0.5 + 0.5 / _FINER)[None])[0]
    return Grid((i, j, k), finer)


def _superior(body: BodyMask) -> Floats:
    """Return the mean normal of the end plates, in the axes of the mask."""
    spacing = np.linalg.norm(body.affine[:3, :3], axis=0)
    columns = np.argwhere(_core(body.inside))
    up = body.inside[columns[:, 0], columns[:, 1]]
    places = columns * spacing[:2]
    lower = up.argmax(axis=1) * spacing[2]
    upper = (up.shape[1] - up[:, ::-1].argmax(axis=1)) * spacing[2]
    normals = [_plane_normal(places, ends) for ends in (lower, upper)]
    mean = np.sum(normals, axis=0)
    return np.asarray(mean / np.linalg.norm(mean))


def _core(inside: Inside) -> Inside:
    """Say which columns of a mask run through the middle of the body."""
    seen = inside.any(axis=2)
    weights = seen / seen.sum()
    i, j = np.ogrid[: seen.shape[0], : seen.shape[1]]
    middle = [(weights * axis).sum() for axis in (i, j)]
    # Of an ellipse, twice the standard deviation is the half axis.
    halves = [
        2.0 * np.sqrt((weights * (axis - m) ** 2).sum())
        for axis, m in zip((i, j), middle, strict=True)
    ]
    away = sum(
        ((axis - m) / (_CORE * h)) ** 2 for axis, m, h in zip((i, j), middle, halves, strict=True)
    )
    return np.asarray(seen & (away < 1.0))


def _plane_normal(places: Floats, ends: Floats) -> Floats:
    """Return the upward unit normal of the plane through ends of columns, without outliers."""
    design = np.column_stack((places, np.ones(len(places))))
    kept = np.ones(len(ends), dtype=np.bool_)
    slopes: Floats = np.zeros(3)
    for _ in range(3):
        if kept.sum() < 20:
            return np.array([0.0, 0.0, 1.0])
        slopes = np.asarray(np.linalg.lstsq(design[kept], ends[kept], rcond=None)[0], np.float64)
        off = np.abs(ends - design @ slopes)
        kept = off <= max(_OFF_PLANE_MM, float(np.median(off)))
    normal = np.array([-slopes[0], -slopes[1], 1.0])
    normal /= np.linalg.norm(normal)
    is_plate = normal[2] >= np.cos(np.deg2rad(_MOST_LEAN_DEG))
    return normal if is_plate else np.array([0.0, 0.0, 1.0])


def _to_superior(axes: Floats, superior: Floats) -> Floats:
    """Turn axes, by as little as it takes, until the last is the one given."""
    left = axes[:, 0] - superior * (superior @ axes[:, 0])
    left /= np.linalg.norm(left)
    return np.stack((left, np.cross(superior, left), superior), axis=1)


def _turned(axes: Floats, angle: float) -> Floats:
    """Turn axes about superior, unless by more than a vertebra does, radians."""
    if abs(np.rad2deg(angle)) > _MOST_TURN_DEG:
        return axes
    left = np.cos(angle) * axes[:, 0] + np.sin(angle) * axes[:, 1]
    return np.stack((left, np.cross(axes[:, 2], left), axes[:, 2]), axis=1)


def _angle_of_width(axes: Floats, body: BodyMask) -> float:
    """Return how far the width of a body is turned from left, radians; 0 where it is not clear."""
    positions = to_patient(body.affine, np.argwhere(body.inside).astype(np.float64))
    own = (positions - positions.mean(axis=0)) @ axes
    across = own[np.abs(own[:, 2]) < 5.0, :2]
    if len(across) < 100:
        return 0.0
    values, vectors = np.linalg.eigh(np.cov(across.T))
    wide = vectors[:, 1] * np.sign(vectors[0, 1])
    clear = np.sqrt(values[1] / max(values[0], 1e-6)) >= _LEAST_ELONGATION
    return float(np.arctan2(wide[1], wide[0])) if clear else 0.0
