"""Drawing the ribs from their joints with the spine to the front, their cartilages, the sternum.

Heads lie at the disc above from T2 to T10 and at the own body at T1, T11, T12 and below; tubercles
lie in front of the transverse processes from T1 to T10. Both are textbook anatomy; how far each
rib reaches is inferred from atlases.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.material import QUAD, BoneMaterial
from ctbone.phantom.anatomy.morphometry import RIBS
from ctbone.phantom.anatomy.processes import tip_radius
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.anatomy.torso import repose, unpose
from ctbone.phantom.anatomy.variants import RibKind
from ctbone.phantom.flesh import Torso
from ctbone.phantom.shapes import Array, Sheet, Tube, Vertebra
from ctbone.phantom.tissue import Tissue

_L = VertebralLevel

#: Levels whose ribs meet their own body alone.
_SINGLE = (_L.T1, _L.T11, _L.T12, _L.T13, _L.L1)

#: Half the thickness of a rib, mm, and how much taller than thick it is.
_THICK_MM, _TALL = 3.5, 1.8

#: Share of the way round the chest to the sternum that is bone.
_BONY = 0.86

#: Lengths of hypoplastic ribs, mm: up to 38, as in the series of ``variants``.
_STUB_MM = (12.0, 38.0)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Cage:
    """The rib cage.

    Attributes:
        ribs: One tube a rib, from its head outwards.
        cartilage: What ties the ribs to the sternum, calcified in many of the old.
        sternum: Manubrium, body and xiphoid.
        notch_mm: Upper end of the sternum.
    """

    ribs: tuple[Tube, ...]
    cartilage: tuple[Tube, ...]
    sternum: tuple[Tube | Sheet, ...]
    notch_mm: Array


def draw_cage(column: Column, torso: Torso, *, build: Build, rng: Generator) -> Cage:
    """Draw ribs, cartilages and sternum of one patient."""
    bone = BoneMaterial(float(rng.uniform(-60.0, 60.0)), float(rng.uniform(0.6, 1.1)))
    plates = _sternum(column, torso, build.scale)
    droop, thick = float(rng.uniform(0.75, 1.25)), build.scale * float(rng.normal(1.0, 0.06))
    ribs: list[Tube] = []
    ends: dict[tuple[VertebralLevel, float], tuple[Array, Array]] = {}
    thoracic = [i for i, v in enumerate(column.vertebrae) if v.level in RIBS]
    kinds = {
        thoracic[-1]: build.anomalies.last_ribs,
        thoracic[-1] + 1: build.anomalies.lumbar_ribs,
    }
    for index in (*thoracic, thoracic[-1] + 1):
        length = float(rng.uniform(0.5, 1.2) if index in kinds else rng.normal(1.0, 0.03))
        for number, side in enumerate((-1.0, 1.0)):
            kind = kinds.get(index, ("full", "full"))[number]
            own = (side, length * float(rng.normal(1.0, 0.03)), droop, float(rng.uniform()))
            if kind != "absent":
                rib = _rib(column, index, torso, own, (kind, thick, bone))
                ribs.append(rib)
                ends[_named(rib.level), side] = (rib.points_mm[-2], rib.points_mm[-1])
    return Cage(
        ribs=tuple(ribs),
        cartilage=_cartilages(ends, plates, build, rng),
        sternum=_breastbone(plates, bone, torso),
        notch_mm=plates[0],
    )


def _rib(
    column: Column,
    index: int,
    torso: Torso,
    draw: tuple[float, float, float, float],
    make: tuple[RibKind, float, BoneMaterial],
) -> Tube:
    """Return one rib, from its head round the chest as far as it is bone."""
    side, length, droop, chance = draw
    kind, thick, bone = make
    body = column.vertebrae[index]
    pose = (torso.turn_rad, *torso.lean)
    last = kind == "stub" or body.level in (_L.T12, _L.T13)
    radius = _THICK_MM * thick * (0.7 if last else 0.85 if body.level is _L.T11 else 1.0)
    start = _joints(column, index, side, radius)
    if body.level is _L.L1:
        start = start[1:]
    own = np.array([unpose(point, pose) for point in start])
    if kind == "stub":
        points = _stub(own, side, _STUB_MM[0] + chance * (_STUB_MM[1] - _STUB_MM[0]))
    else:
        points = np.concatenate([own, _round(body, torso, own[-1], (side, length, droop))])
    radii = np.full(len(points), radius)
    radii[0] *= 1.2
    tall = _TALL if not last else 1.5
    return bone.tube(repose(points, pose), radii, stretch=(1.0, 1.0, tall), level=body.level)


def head_mm(column: Column, index: int, side: float) -> Array:
    """Return where the head of a rib belongs: beside the disc above, or the own body."""
    body = column.vertebrae[index]
    place = np.array([side * 0.5 * body.width_mm * 0.74, 0.5 * body.depth_mm * 0.66, 0.0])
    if body.level in _SINGLE:
        low = body.level is not _L.T1
        place[1] *= 1.25 if low else 1.0
        place[2] = (0.12 if low else 0.25) * body.height_mm
        return np.asarray(body.centre_mm + body.frame @ place)
    above = column.vertebrae[index - 1]
    top = body.centre_mm + 0.5 * body.height_mm * body.frame[:, 2]
    bottom = above.centre_mm - 0.5 * above.height_mm * above.frame[:, 2]
    return np.asarray(0.5 * (top + bottom) + body.frame @ place)


def _joints(column: Column, index: int, side: float, radius: float) -> list[Array]:
    """Return head, neck and tubercle of a rib."""
    body, arch = column.vertebrae[index], column.arches[index]
    left, back, up = body.frame.T
    head = head_mm(column, index, side) + side * 1.1 * radius * left
    tip = arch.tips_mm[0 if side < 0.0 else 1]
    tubercle = tip - (tip_radius(arch.size) + radius + 0.8) * back + side * 1.5 * left
    if body.level in (_L.T11, _L.T12, _L.T13):
        tubercle = tip + side * (radius + 3.0) * left - 1.0 * up
    if body.level is _L.L1:
        tubercle = tip + side * (2.0 + radius) * left
    neck = 0.5 * (head + tubercle) - 1.0 * up
    return [head, neck, tubercle]


def _stub(own: Array, side: float, length: float) -> Array:
    """Return a short rib that runs on outwards and down from its tubercle."""
    out = np.array([side * 0.78, 0.25, -0.55]) * length
    start = own[-1:] if len(own) < 3 else own
    return np.concatenate([start, own[-1:] + 0.5 * out, own[-1:] + out])


def _round(body: Vertebra, torso: Torso, start: Array, draw: tuple[float, float, float]) -> Array:
    """Return the way of a rib round the chest, own frame."""
    side, length, droop = draw
    reach, drop = RIBS[_named(body.level)]
    floating = body.level in (_L.T11, _L.T12, _L.T13)
    first = 24.0
    last = first + (reach - first) * length * (1.0 if floating else _BONY)
    angles = np.linspace(first, max(last, first + 8.0), max(int((last - first) / 9.0), 2) + 1)
    fall = np.deg2rad(angles - first) / np.deg2rad(136.0)
    heights = start[2] - 6.0 - 1.15 * droop * drop * fall
    return chest(torso, np.deg2rad(angles), heights, side, inset_mm=7.0)


def chest(torso: Torso, angles: Array, heights: Array, side: float, *, inset_mm: float) -> Array:
    """Return points inside the chest wall at angles from the posterior midline, own frame."""
    rows = np.array([np.interp(heights, torso.heights_mm, row) for row in torso.wall])
    half_width, middle, half_depth, x = rows
    across, along = np.sin(angles), np.cos(angles)
    square = (1.0 - torso.squareness * (across * along) ** 2 * 0.5) ** -0.5
    return np.stack(
        [
            x + side * (half_width - inset_mm) * across * square,
            middle + (half_depth - inset_mm) * along * square,
            heights,
        ],
        axis=-1,
    )


def _sternum(column: Column, torso: Torso, scale: float) -> Array:
    """Return notch, angle, lower end of the body and xiphoid of the sternum, patient, mm.

    The notch lies at the disc below T2, the angle 48 mm lower, the end of the body 105 mm lower
    still: textbook values.
    """
    pose = (torso.turn_rad, *torso.lean)
    upper = next(v for v in column.vertebrae if v.level is _L.T2)
    notch = float(unpose(upper.centre_mm, pose)[2]) - 12.0 * scale
    heights = notch - np.array([0.0, 48.0, 100.0, 153.0, 180.0]) * scale
    return repose(chest(torso, np.full(5, np.pi), heights, 1.0, inset_mm=9.0), pose)


def _breastbone(plates: Array, bone: BoneMaterial, torso: Torso) -> tuple[Tube | Sheet, ...]:
    left = repose(np.array([1.0, 0.0, 0.0]), (torso.turn_rad, 0.0, 0.0))
    notch, angle, middle, end, tip = plates
    half = (27.0, 15.0, 16.0, 19.0)
    edges = [(p - w * left, p + w * left) for p, w in zip((notch, angle, middle, end), half,
                                                         strict=True)]  # fmt: skip
    parts: list[Tube | Sheet] = [
        bone.sheet([upper[0], upper[1], lower[1], lower[0]], 5.0, QUAD)
        for upper, lower in pairwise(edges)
    ]
    parts.append(bone.tube([end, tip], [4.0, 3.0], stretch=(1.8, 1.0, 1.0)))
    return tuple(parts)


def _cartilages(
    ends: dict[tuple[VertebralLevel, float], tuple[Array, Array]],
    plates: Array,
    build: Build,
    rng: Generator,
) -> tuple[Tube, ...]:
    """Tie ribs 1 to 7 to the sternum and 8 to 10 to the cartilage above.

    Cartilages calcify from about 25 years on, in most people by 75 (inferred): they get a wall.
    """
    old = np.clip((build.age_years - 25.0) / 50.0, 0.0, 1.0)
    wall = float(rng.uniform(0.2, 0.9)) if rng.random() < 0.9 * old else 0.0
    material = BoneMaterial(float(rng.normal(0.0, 15.0)), wall, Tissue.CARTILAGE)
    tubes = []
    for side in (-1.0, 1.0):
        meets = [_notch(plates, place) + np.array([side * 19.0, 0.0, 0.0]) for place in _NOTCHES]
        for number in range(1, 11):
            before, end = ends[_L(_L.T1 + number - 1), side]
            target = meets[min(number, 8) - 1]
            ahead = (end - before) / np.linalg.norm(end - before)
            onward = end + 0.3 * np.linalg.norm(target - end) * ahead
            bend = 0.45 * onward + 0.55 * target - np.array([0.0, 3.0, 0.0])
            meets[7:] = [0.6 * bend + 0.4 * end]
            tubes.append(material.tube([end, onward, bend, target], 3.6 * build.scale,
                                       stretch=(1.0, 1.0, 1.5)))  # fmt: skip
    return tuple(tubes)


#: Where ribs 1 to 7 meet the sternum, as ranks between its landmarks. Inferred from atlases.
_NOTCHES = (0.1, 1.0, 1.55, 2.05, 2.5, 2.85, 3.0)


def _notch(plates: Array, place: float) -> Array:
    rank = min(int(place), len(plates) - 2)
    return np.asarray(plates[rank] + (place - rank) * (plates[rank + 1] - plates[rank]))


def _named(level: VertebralLevel | None) -> VertebralLevel:
    assert level is not None  # noqa: S101 - ribs belong to named levels
    return level
