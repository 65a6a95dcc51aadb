"""Signed distances to bones in NumPy, one shape at a time: what the painter is held against."""

import numpy as np

from ctbone.phantom.shapes import Tube


def distance(points, shapes):
    """Return the distance of points, ``(N, 3)``, to the nearest shape; negative inside."""
    return np.min([_of(points, shape) for shape in shapes], axis=0)


def _of(points, shape):
    if isinstance(shape, Tube):
        pairs = zip(shape.points_mm[:-1], shape.points_mm[1:], strict=True)
        radii = zip(shape.radii_mm[:-1], shape.radii_mm[1:], strict=True)
        scaled = shape.frame / np.array(shape.stretch)
        return np.min(
            [_cone((points - a) @ scaled, (b - a) @ scaled, r, shape.stretch)
             for (a, b), r in zip(pairs, radii, strict=True)], axis=0
        )  # fmt: skip
    return np.min(
        [_triangle(points, c, r) for c, r in zip(shape.corners_mm, shape.radii_mm, strict=True)],
        axis=0,
    )


def _cone(points, axis, radii, stretch):
    along = np.clip(points @ axis / max(axis @ axis, 1e-9), 0.0, 1.0)
    off = points - along[:, None] * axis
    length = np.linalg.norm(off, axis=1)
    slope = np.linalg.norm(off / np.array(stretch), axis=1)
    surface = length - radii[0] - along * (radii[1] - radii[0])
    return surface * (length + 1e-6) / (slope + 1e-6)


def _triangle(points, corners, radii):
    """Return the distance to a triangle by its barycentric coordinates and its edges."""
    edges = np.stack([corners[1] - corners[0], corners[2] - corners[0]], axis=1)
    weights = (points - corners[0]) @ np.linalg.pinv(edges).T
    inside = (weights.min(1) >= 0.0) & (weights.sum(1) <= 1.0)
    flat = corners[0] + weights @ edges.T
    near = np.where(inside, np.linalg.norm(points - flat, axis=1), np.inf)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        side = corners[b] - corners[a]
        along = np.clip((points - corners[a]) @ side / (side @ side), 0.0, 1.0)
        off = points - corners[a] - along[:, None] * side
        near = np.minimum(near, np.linalg.norm(off, axis=1))
    plane = radii[0] + weights @ np.array([radii[1] - radii[0], radii[2] - radii[0]])
    return near - np.clip(plane, radii.min(), radii.max())
