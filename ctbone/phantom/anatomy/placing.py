"""Where things lie in a trunk: places by fractions of the cavity, unevenness, bent frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.spine import rotation
from ctbone.phantom.anatomy.torso import repose
from ctbone.phantom.flesh import Organ, Torso
from ctbone.phantom.shapes import Array, Tube
from ctbone.phantom.tissue import Tissue


def cavity_at(torso: Torso, heights: float | Array) -> Array:
    """Return half-width, y of the centre, half-depth and x of the centre, shape ``(4, ...)``."""
    return np.array([np.interp(heights, torso.heights_mm, outline) for outline in torso.cavity])


def place(
    torso: Torso, aside: Array | float, forward: Array | float, height: Array | float
) -> Array:
    """Return positions in the patient's own frame, shape ``(..., 3)``.

    Args:
        torso: The trunk.
        aside: From the right wall of the cavity (-1) to the left (1).
        forward: From the back of the cavity (0) to its front (1).
        height: Above the centre of L1, mm.
    """
    half, middle, deep, off = cavity_at(torso, np.asarray(height, float))
    across = off + np.asarray(aside) * half
    along = middle + deep * (1.0 - 2.0 * np.asarray(forward))
    return np.stack(np.broadcast_arrays(across, along, np.asarray(height, float)), axis=-1)


def posed(torso: Torso, positions: Array) -> Array:
    """Take positions of the patient's own frame to where the patient lies, LPS."""
    pose = (torso.turn_rad, *torso.lean)
    return np.asarray(torso.origin_mm + repose(positions, pose))


def draw_waves(rng: Generator, *, amplitude: float, count: int = 3, finest: float = 3.5) -> Array:
    """Draw the unevenness of a surface, shape ``(count, 5)``."""
    vectors = rng.normal(0.0, 1.0, (count, 3))
    vectors *= (rng.uniform(1.5, finest, count) / np.linalg.norm(vectors, axis=1))[:, None]
    phases = rng.uniform(0.0, 2.0 * np.pi, count)
    sizes = amplitude * rng.uniform(0.4, 1.0, count)
    return np.column_stack([vectors, phases, sizes])


def draw_texture(rng: Generator, *, count: int, wave_mm: tuple[float, float]) -> Array:
    """Draw waves in space, wave vectors (rad/mm) and phases, shape ``(count, 4)``."""
    vectors = rng.normal(0.0, 1.0, (count, 3))
    lengths = rng.uniform(*wave_mm, count)
    vectors *= (2.0 * np.pi / lengths / np.linalg.norm(vectors, axis=1))[:, None]
    return np.column_stack([vectors, rng.uniform(0.0, 2.0 * np.pi, count)])


def draw_organ(
    torso: Torso, centre: Array, semi: Array | Sequence[float], tissue: Tissue, rng: Generator, *,
    amplitude: float = 0.04, **details: object,
) -> Organ:  # fmt: skip
    """Draw an organ at a place of the patient's own frame, uneven and a little turned."""
    size = [float(s * np.exp(rng.normal(0.0, 0.08))) for s in semi]
    details.setdefault("frame", rotation(*rng.normal(0.0, 0.15, 3)))
    return Organ(
        centre_mm=posed(torso, centre),
        semi_axes_mm=(size[0], size[1], size[2]),
        tissue=tissue,
        waves=draw_waves(rng, amplitude=amplitude),
        **details,  # type: ignore[arg-type]
    )


def thread(
    torso: Torso, line: Array | Sequence[object], radii: Array | Sequence[float] | float,
    tissue: Tissue, *, shift_hu: float = 0.0,
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> Tube:  # fmt: skip
    """Return a thread along a line of the patient's own frame."""
    points = posed(torso, np.asarray(line, float))
    return Tube(
        points_mm=points,
        radii_mm=np.broadcast_to(np.asarray(radii, float), (len(points),)).copy(),
        stretch=stretch,
        frame=np.eye(3),
        tissue=tissue,
        shift_hu=shift_hu,
    )


def smooth_line(knots: Array, count: int) -> Array:
    """Return a smooth line through knots, shape ``(count, 3)``: Catmull and Rom's."""
    padded = np.concatenate([[2 * knots[0] - knots[1]], knots, [2 * knots[-1] - knots[-2]]])
    along = np.linspace(0.0, len(knots) - 1 - 1e-9, count)
    first = along.astype(int)
    t = (along - first)[:, None]
    a, b, c, d = (padded[first + shift] for shift in range(4))
    return np.asarray(
        b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    )
