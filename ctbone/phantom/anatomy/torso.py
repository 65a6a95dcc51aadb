"""Drawing the trunk round a spine: outlines, fat by habitus, diaphragm, table."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.shapes import Array, Table, Torso

_L = VertebralLevel

#: Level: half-width of the muscular wall, its front and its back as distances from the centre of
#: the body, and the same front to back for the cavity (mm). Inferred from cross-sections.
_PROFILE = {
    _L.C5: (58.0, 55.0, 58.0, 20.0, 20.0),
    _L.T1: (95.0, 62.0, 66.0, 40.0, 30.0),
    _L.T3: (128.0, 100.0, 60.0, 85.0, 42.0),
    _L.T6: (142.0, 138.0, 54.0, 122.0, 40.0),
    _L.T9: (146.0, 146.0, 55.0, 132.0, 38.0),
    _L.T12: (138.0, 124.0, 60.0, 112.0, 34.0),
    _L.L2: (130.0, 100.0, 66.0, 90.0, 22.0),
    _L.L4: (134.0, 86.0, 70.0, 77.0, 16.0),
    _L.S1: (150.0, 92.0, 78.0, 82.0, 30.0),
}

#: What the profile is below S1, at a distance (mm) from it.
_BELOW = ((60.0, (158.0, 100.0, 60.0, 85.0, 30.0)), (160.0, (160.0, 95.0, 55.0, 60.0, 10.0)),
          (260.0, (150.0, 85.0, 60.0, 5.0, 5.0)))  # fmt: skip

#: Distance between knots of the outlines, mm.
_KNOT_MM = 10.0


def draw_torso(
    column: Column, *, pose: tuple[float, float, float], bmi: float, scale: float, rng: Generator
) -> Torso:
    """Draw the outlines of a trunk.

    Args:
        column: The spine, with the centre of L1 at the origin, already posed.
        pose: Turn (radians) and the drift to the left and posteriorly per millimetre upwards.
        bmi: Body mass index, kg/m2.
        scale: Size of the patient relative to the tables.
        rng: Source of chance.
    """
    heights, x, rows = _profile_rows(column, pose, scale, rng)
    fatness = max(bmi - 17.0, 0.5) / 10.0
    visceral = fatness * rng.uniform(0.1, 1.0) * 28.0
    belly = np.exp(-(((heights + 60.0) / 110.0) ** 2))
    wall = _outline(rows[0] + 0.5 * visceral * belly, rows[1] + visceral * belly, rows[2], x)
    below_ribs = 1.0 / (1.0 + np.exp((heights - 10.0) / 25.0))
    side = 10.0 + 5.0 * below_ribs
    inner = rows[0] + 0.5 * visceral * belly - side
    # The thighs hold no cavity.
    thighs = 1.0 / (1.0 + np.exp((heights - heights[0] - 170.0) / 12.0))
    inner *= 1.0 - thighs
    cavity = _outline(np.maximum(inner, 4.0), rows[3] + visceral * belly, rows[4], x)
    fat = fatness * rng.uniform(7.0, 15.0, 3) + 3.0
    shape = 0.7 + 0.5 * np.exp(-(((heights + 110.0) / 120.0) ** 2))
    skin = _outline(
        wall[0] + fat[0] * shape,
        rows[1] + visceral * belly + fat[1] * shape,
        rows[2] + 0.8 * fat[2] * shape,
        x,
    )
    apex = rng.normal(78.0, 32.0) * scale
    return Torso(
        origin_mm=np.zeros(3),
        turn_rad=pose[0],
        lean=(pose[1], pose[2]),
        heights_mm=heights,
        skin=skin,
        wall=wall,
        cavity=cavity,
        squareness=float(rng.uniform(0.15, 0.5)),
        domes_mm=(apex + float(rng.normal(8.0, 8.0)), apex - float(rng.normal(4.0, 6.0))),
        dome_fall_mm=float(rng.uniform(55.0, 100.0)),
        mediastinum_mm=float(rng.uniform(22.0, 36.0)),
        lung_shift_hu=float(rng.normal(0.0, 35.0)),
        fat_shift_hu=float(rng.normal(0.0, 6.0)),
        wall_shift_hu=float(rng.normal(0.0, 8.0)),
    )


def _profile_rows(
    column: Column, pose: tuple[float, float, float], scale: float, rng: Generator
) -> tuple[Array, Array, Array]:
    """Return the heights of the knots, x of the middle there, and five rows: width, then y."""
    bodies = {v.level: v.centre_mm for v in column.vertebrae}
    known = [(bodies[level], row) for level, row in _PROFILE.items() if level in bodies]
    bottom = bodies[_L.S1]
    known += [(bottom - [0.0, -0.3 * min(drop, 80.0), drop * scale], row) for drop, row in _BELOW]
    top = column.vertebrae[0].centre_mm
    known.append((top + np.array([0.0, 0.0, 150.0]), (62.0, 70.0, 80.0, 5.0, 5.0)))
    own = np.array([unpose(centre, pose) for centre, _ in known])
    table = np.array([row for _, row in known]) * scale * rng.normal(1.0, 0.05, 5)
    order = np.argsort(own[:, 2])
    own, table = own[order], table[order]
    heights = np.arange(own[0, 2] - 60.0, own[-1, 2] + 60.0, _KNOT_MM)
    smooth = [np.interp(heights, own[:, 2], col) for col in (own[:, 0], own[:, 1], *table.T)]
    x, y, width, front, back, inner_front, inner_back = (_smooth(row) for row in smooth)
    rows = np.array([width, front - y, back + y, inner_front - y, inner_back + y])
    return heights, x, rows


def unpose(position: Array, pose: tuple[float, float, float]) -> Array:
    """Take a position relative to L1 to the patient's own frame, where heights stay heights."""
    turn, lean_x, lean_y = pose
    x, y = position[0] - lean_x * position[2], position[1] - lean_y * position[2]
    c, s = np.cos(turn), np.sin(turn)
    return np.array([c * x + s * y, -s * x + c * y, position[2]])


def repose(position: Array, pose: tuple[float, float, float]) -> Array:
    """Take positions of the patient's own frame, ``(..., 3)``, to where the patient lies."""
    turn, lean_x, lean_y = pose
    c, s = np.cos(turn), np.sin(turn)
    x, y, z = position[..., 0], position[..., 1], position[..., 2]
    return np.stack([c * x - s * y + lean_x * z, s * x + c * y + lean_y * z, z], axis=-1)


def _smooth(row: Array) -> Array:
    kernel = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0
    return np.convolve(np.pad(row, 2, mode="edge"), kernel, mode="valid")


def _outline(half_width: Array, front: Array, back: Array, x: Array) -> Array:
    """Return half-width, y of the centre, half-depth and x of the centre."""
    return np.array([half_width, 0.5 * (back - front), 0.5 * (back + front), x])


def draw_table(torso: Torso, *, rng: Generator) -> Table:
    """Draw a table top that the patient's back touches."""
    back = float(np.max(torso.skin[1] + torso.skin[2]))
    return Table(
        top_mm=back + float(rng.uniform(2.0, 15.0)),
        centre_mm=float(rng.normal(0.0, 10.0)),
        radius_mm=float(rng.uniform(350.0, 900.0)),
        half_width_mm=float(rng.uniform(200.0, 240.0)),
        thickness_mm=float(rng.uniform(15.0, 40.0)),
    )
