"""Drawing the trunk round a spine: outlines, fat by habitus and sex, diaphragm, breasts."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.flesh import Torso
from ctbone.phantom.shapes import Array

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
_BELOW = ((60.0, (158.0, 100.0, 66.0, 85.0, 30.0)), (160.0, (162.0, 98.0, 66.0, 60.0, 10.0)),
          (260.0, (150.0, 85.0, 60.0, 5.0, 5.0)))  # fmt: skip

#: Distance between knots of the outlines, mm.
_KNOT_MM = 10.0

#: Least distance between the outlines of cavity and wall, mm.
_LEAST_WALL_MM = 8.0

#: Thickness of the muscle round the cavity at distances above L1 (mm): pelvis, loin, chest.
#: Obliques and transversus together measure 15 to 22 mm in adults (recalled).
_MUSCLE_MM = ((-310.0, -270.0, -190.0, -120.0, -20.0, 40.0, 120.0),
              (-12.0, 6.0, 11.0, 15.0, 16.0, 22.0, 40.0))  # fmt: skip

#: Subcutaneous and visceral fat of women and men (cm3 of the abdomen): 3071 and 1306, 2603 and
#: 2159 in Fox et al., Circulation 2007;116:39 (recalled). Their ratios set the share of each.
_SUBCUTANEOUS = {True: 1.15, False: 0.85}
_VISCERAL = {True: 0.62, False: 1.2}


def draw_torso(
    column: Column, *, pose: tuple[float, float, float], bmi: float, build: Build,
    rng: Generator,
) -> Torso:  # fmt: skip
    """Draw the outlines of a trunk.

    Args:
        column: The spine, with the centre of L1 at the origin, already posed.
        pose: Turn (radians) and the drift to the left and posteriorly per millimetre upwards.
        bmi: Body mass index, kg/m2.
        build: Size, sex and age: women's fat lies on hips and thighs more than in the belly, and
            with age it moves inwards.
        rng: Source of chance.
    """
    female, age_years, scale = build.sex == "F", build.age_years, build.scale
    heights, x, rows = _profile_rows(column, pose, scale, rng)
    fatness = max(bmi - 17.0, 0.5) / 10.0
    inwards = np.interp(age_years, (25.0, 75.0), (0.65, 1.2)) * rng.lognormal(0.0, 0.35)
    visceral = fatness * _VISCERAL[female] * inwards * 17.0
    belly = np.exp(-(((heights + 60.0) / 110.0) ** 2))
    bottom = heights[0] + 60.0 + 260.0 * scale
    wall = _outline(rows[0] + 0.5 * visceral * belly, rows[1] + visceral * belly, rows[2], x)
    below_ribs = 1.0 / (1.0 + np.exp((heights - 10.0) / 25.0))
    inner = rows[0] + 0.5 * visceral * belly - 12.0 - 7.0 * below_ribs
    # The pelvis holds less than it is wide, and the thighs no cavity.
    inner -= scale * 52.0 / (1.0 + np.exp((heights - bottom + 55.0) / 14.0))
    inner *= 1.0 - 1.0 / (1.0 + np.exp((heights - heights[0] - 170.0) / 12.0))
    cavity = _outline(np.maximum(inner, 4.0), rows[3] + visceral * belly, rows[4], x)
    legs = 1.0 / (1.0 + np.exp((heights - bottom + 178.0 * scale) / 9.0))
    apex = rng.normal(78.0, 29.0) * scale
    squareness = float(rng.uniform(0.15, 0.5))
    cover, firm = _covers(heights, heights - bottom, scale)
    skin = _skin(heights - bottom, _widened(wall, cover + firm), fatness, female=female, rng=rng)
    return Torso(
        origin_mm=np.zeros(3),
        turn_rad=pose[0],
        lean=(pose[1], pose[2]),
        heights_mm=heights,
        skin=skin,
        wall=wall,
        cavity=cavity,
        squareness=squareness,
        domes_mm=(apex + float(rng.normal(8.0, 8.0)), apex - float(rng.normal(4.0, 6.0))),
        dome_fall_mm=float(rng.uniform(55.0, 100.0)),
        mediastinum_mm=float(rng.uniform(22.0, 36.0)),
        muscle_mm=np.interp(heights, *_MUSCLE_MM) * scale * float(rng.uniform(0.75, 1.15)),
        parting_mm=legs * 0.5 * wall[0],
        cover_mm=cover,
        shoulders=_shoulders(column, pose, scale),
        breasts=_breasts(heights, skin, fatness, scale, rng) if female else (),
        skin_mm=float(rng.uniform(1.2, 2.6)),
        lung_shift_hu=float(rng.normal(0.0, 35.0)),
        fat_shift_hu=float(rng.normal(0.0, 6.0)),
        wall_shift_hu=float(rng.normal(0.0, 8.0) - 0.25 * max(age_years - 40.0, 0.0)),
    )


def _covers(heights: Array, above: Array, scale: float) -> tuple[Array, Array]:
    """Return what lies on the ribs (pectorals, broadest of the back), and on the hip bones."""
    chest = _step((heights - 45.0) / 15.0) * _step((300.0 * scale - heights) / 15.0)
    pelvis = _step((above + 150.0) / 12.0) * _step((90.0 - above) / 12.0)
    return 11.0 * scale * chest, 17.0 * scale * pelvis


def _step(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-x)))


def _widened(outline: Array, by_mm: Array) -> Array:
    return outline + np.array([1.0, 0.0, 1.0, 0.0])[:, None] * by_mm


def _shoulders(
    column: Column, pose: tuple[float, float, float], scale: float
) -> tuple[tuple[Array, Array], ...]:
    """Return the flesh between neck and arm; it holds the joint with the arm up or down."""
    upper = next(v for v in column.vertebrae if v.level is _L.T2)
    top = unpose(upper.centre_mm, pose)
    size = np.array([64.0, 52.0, 58.0]) * scale
    return tuple((top + np.array([s * 118.0, 6.0, 0.0]) * scale, size) for s in (-1.0, 1.0))


def _skin(above: Array, wall: Array, fatness: float, *, female: bool, rng: Generator) -> Array:
    """Return the outline of the skin: thickest round belly and hips, women's round the hips.

    Args:
        above: Heights above the upper sacrum, mm.
        wall: Outline of the muscles.
        fatness: Ten points of body mass index above the leanest.
        female: Whether fat lies as on women.
        rng: Source of chance.
    """
    amount = fatness * _SUBCUTANEOUS[female] * rng.uniform(8.0, 16.0, 3) + 2.5
    belly = 0.62 + 0.55 * np.exp(-(((above - 60.0) / 110.0) ** 2))
    hips = belly + (0.75 if female else 0.2) * np.exp(-(((above + 85.0) / 95.0) ** 2))
    front = belly * np.where(above > 0.0, 1.0, 1.0 + 0.15 * female)
    middle, deep = wall[1], wall[2]
    return _outline(
        wall[0] + 0.9 * amount[0] * hips,
        deep - middle + amount[1] * front,
        deep + middle + amount[2] * (0.5 + 0.4 * hips),
        wall[3],
    )


def _breasts(
    heights: Array, skin: Array, fatness: float, scale: float, rng: Generator
) -> tuple[tuple[Array, Array], ...]:
    """Return breasts on the chest wall, fallen to the sides as they do in the supine."""
    height = float(rng.normal(140.0, 16.0)) * scale
    half, middle, deep, off = (float(np.interp(height, heights, row)) for row in skin)
    big = 0.75 + 0.3 * fatness * float(rng.uniform(0.6, 1.6))
    lie = float(rng.uniform(0.45, 0.62))
    found = []
    for side in (-1.0, 1.0):
        size = np.array([58.0, 30.0, 62.0]) * scale * big * float(rng.normal(1.0, 0.06))
        front = middle - deep * np.sqrt(max(1.0 - lie**2, 0.0))
        found.append((np.array([off + side * lie * half, front + 4.0, height]), size))
    return tuple(found)


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
    inner_front = np.minimum(inner_front, front - _LEAST_WALL_MM)
    inner_back = np.minimum(inner_back, back - _LEAST_WALL_MM)
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
