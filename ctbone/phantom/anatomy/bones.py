"""Drawing the bones beside the spine: ribs, sternum, sacral wings, pelvis, hips, shoulders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.morphometry import RIBS, SIZES
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.anatomy.torso import repose, unpose
from ctbone.phantom.shapes import Array, Blade, Ellipsoid, Torso, Tube, Vertebra
from ctbone.phantom.tissue import Tissue

_L = VertebralLevel


@dataclass(frozen=True, slots=True)
class Bones:
    """Bones beside the spine, in the order in which they are painted."""

    ribs: tuple[Tube, ...]
    tubes: tuple[Tube, ...]
    sacral_wings: tuple[Ellipsoid, ...]
    blades: tuple[Blade, ...]
    sockets: tuple[Ellipsoid, ...]


def draw_bones(column: Column, torso: Torso, *, scale: float, rng: Generator) -> Bones:
    """Draw the bones of one patient beside the spine."""
    bottom = next(v for v in column.vertebrae if v.level is _L.S1)
    sockets, thighs = _hips(bottom, scale, rng)
    return Bones(
        ribs=_ribs(column, torso, scale, rng),
        tubes=(*thighs, *_front(torso, scale), *_shoulders(column, torso, scale, rng)),
        sacral_wings=_wings(bottom, scale),
        blades=_ilia(bottom, scale, rng),
        sockets=sockets,
    )


def _ribs(column: Column, torso: Torso, scale: float, rng: Generator) -> tuple[Tube, ...]:
    """One pair a thoracic vertebra; the last is short and thin, and sometimes absent."""
    thoracic = [v for v in column.vertebrae if v.level in RIBS]
    droop = rng.uniform(0.75, 1.3)
    tubes: list[Tube] = []
    for body in thoracic:
        last = body is thoracic[-1]
        length = float(rng.uniform(0.35, 1.3)) if last else float(rng.normal(1.0, 0.03))
        if last and rng.random() < 0.06:
            continue
        for side in (-1.0, 1.0):
            own = length * float(rng.normal(1.0, 0.15 if last else 0.02))
            if last and rng.random() < 0.05:
                continue
            tubes += _rib(body, torso, (side, own, droop, 0.75 if last else 1.0), scale)
    return tuple(tubes)


def _rib(
    body: Vertebra, torso: Torso, draw: tuple[float, float, float, float], scale: float
) -> list[Tube]:
    """Return one rib, from the head at the body round the chest, and its cartilage."""
    side, length, droop, thick = draw
    assert body.level is not None  # noqa: S101 - only named levels carry ribs
    reach, drop = RIBS[body.level]
    size = SIZES[body.level]
    pose = (torso.turn_rad, *torso.lean)
    single = body.level.order in (8, 18, 19, 19.5)
    head = [
        side * (0.5 * body.width_mm + 0.5),
        0.3 * body.depth_mm,
        (0.15 if single else 0.5) * body.height_mm,
    ]
    neck = [side * 0.5 * size.span_mm * scale, 0.5 * body.depth_mm + 19.0 * scale, 2.0]
    start = [unpose(body.centre_mm + body.frame @ np.array(p), pose) for p in (head, neck)]
    first, last = 24.0, 24.0 + (reach - 24.0) * length
    angles = np.arange(first, max(last, first + 8.0), 9.0)
    fall = np.deg2rad(angles - first) / np.deg2rad(136.0)
    heights = start[1][2] - 6.0 - 1.15 * droop * drop * scale * fall
    around = _chest(torso, np.deg2rad(angles), heights, side)
    points = repose(np.array([*start, *around]), pose)
    bony = len(points) if body.level.order >= 18 else max(int(0.86 * len(points)), 4)
    radii = scale * thick * np.linspace(3.6, 3.0, len(points))
    radii[0] *= 1.2
    bone = _tube(points[:bony], radii[:bony], body.level)
    if bony >= len(points) - 1:
        return [bone]
    cartilage = _tube(points[bony - 1 :], radii[bony - 1 :], body.level, tissue=Tissue.CARTILAGE)
    return [bone, cartilage]


def _chest(torso: Torso, angles: Array, heights: Array, side: float) -> Array:
    """Return points in the chest wall at angles from the posterior midline, own frame."""
    rows = np.array([np.interp(heights, torso.heights_mm, row) for row in torso.wall])
    half_width, middle, half_depth, x = rows
    across, along = np.sin(angles), np.cos(angles)
    square = (1.0 - torso.squareness * (across * along) ** 2 * 0.5) ** -0.5
    return np.stack(
        [
            x + side * (half_width - 7.0) * across * square,
            middle + (half_depth - 7.0) * along * square,
            heights,
        ],
        axis=-1,
    )


def _tube(
    points: Array, radii: Array, level: VertebralLevel | None, *, tissue: Tissue = Tissue.MARROW,
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.75), cortex_mm: float = 1.0,
) -> Tube:  # fmt: skip
    return Tube(
        points_mm=points,
        radii_mm=radii,
        stretch=stretch,
        frame=np.eye(3),
        tissue=tissue,
        cortex_mm=0.0 if tissue is Tissue.CARTILAGE else cortex_mm,
        level=level,
    )


def _front(torso: Torso, scale: float) -> list[Tube]:
    """Return the sternum."""
    pose = (torso.turn_rad, *torso.lean)
    heights = np.array([110.0, 170.0, 230.0, 265.0]) * scale
    points = _chest(torso, np.full(4, np.pi), heights, 1.0)
    return [
        _tube(repose(points, pose), np.array([5.0, 5.5, 5.5, 6.0]), None, stretch=(3.2, 1.0, 1.5))
    ]


def _shoulders(column: Column, torso: Torso, scale: float, rng: Generator) -> list[Tube]:
    """Return shoulder blades, and upper arms that lie above the head or beside the chest."""
    pose = (torso.turn_rad, *torso.lean)
    upper = next(v for v in column.vertebrae if v.level is _L.T2)
    top = unpose(upper.centre_mm, pose)
    arms_up = rng.random() < 0.9
    tubes = []
    for side in (-1.0, 1.0):
        blade = top + np.array([[side * 72.0, 48.0, -115.0], [side * 88.0, 42.0, -30.0],
                                [side * 125.0, 12.0, 0.0]]) * scale  # fmt: skip
        tubes.append(
            _tube(repose(blade, pose), np.array([3.0, 3.4, 5.0]), None, stretch=(3.4, 0.8, 2.6))
        )
        head = top + np.array([side * 155.0, -5.0, 5.0]) * scale
        far = [side * 20.0, -20.0, 260.0] if arms_up else [side * 45.0, 20.0, -270.0]
        elbow = head + np.array(far) * scale
        arm = repose(np.array([head, head + 0.2 * (elbow - head), elbow]), pose)
        tubes.append(_flesh(arm, np.array([50.0, 48.0, 38.0]) * scale))
        tubes.append(
            _tube(
                arm, np.array([22.0, 11.0, 10.5]) * scale, None, stretch=(1, 1, 1), cortex_mm=3.0
            )
        )
    return tubes


def _flesh(points: Array, radii: Array) -> Tube:
    return Tube(points_mm=points, radii_mm=radii, stretch=(1.0, 1.0, 1.0), frame=np.eye(3),
                tissue=Tissue.MUSCLE)  # fmt: skip


def _wings(sacral: Vertebra, scale: float) -> tuple[Ellipsoid, ...]:
    """Return the lateral masses of the sacrum."""
    parts = ((36.0, 6.0, -3.0, 25.0, 15.0, 20.0), (31.0, 12.0, -26.0, 22.0, 13.0, 20.0),
             (22.0, 14.0, -50.0, 17.0, 9.0, 18.0))  # fmt: skip
    return tuple(
        Ellipsoid(
            centre_mm=sacral.centre_mm + sacral.frame @ (np.array([side * x, y, z]) * scale),
            semi_axes_mm=(a * scale, b * scale, c * scale),
            frame=sacral.frame,
            tissue=Tissue.MARROW,
            shift_hu=-40.0,
            cortex_mm=0.7,
        )
        for side in (-1.0, 1.0)
        for x, y, z, a, b, c in parts
    )


def _ilia(sacral: Vertebra, scale: float, rng: Generator) -> tuple[Blade, ...]:
    """Return the iliac wings, whose crests reach the fourth or fifth lumbar body."""
    crest = sacral.centre_mm[2] + float(rng.normal(38.0, 9.0)) * scale
    centre = np.array([sacral.centre_mm[0], sacral.centre_mm[1] - 60.0 * scale, crest + 15.0])
    blades = []
    for side in (-1.0, 1.0):
        cuts = (
            (np.array([0.0, -0.35, 1.0]), crest - 0.35 * (centre[1] + 25.0 * scale)),
            (np.array([-side, 0.0, 0.0]), -side * centre[0] - 44.0 * scale),
            (np.array([0.0, -1.0, 0.25]), -centre[1] + 14.0 * scale + 0.25 * crest),
            (np.array([0.0, 0.0, -1.0]), -(crest - 115.0 * scale)),
        )
        blades.append(
            Blade(
                centre_mm=centre,
                semi_axes_mm=(134.0 * scale, 116.0 * scale, 170.0 * scale),
                thickness_mm=float(rng.uniform(8.0, 12.0)),
                cuts=cuts,
                cortex_mm=1.0,
            )
        )
    return tuple(blades)


def _hips(
    sacral: Vertebra, scale: float, rng: Generator
) -> tuple[tuple[Ellipsoid, ...], list[Tube]]:
    """Return the sockets with their joint spaces, and the thigh bones with the ischium."""
    sockets: list[Ellipsoid] = []
    tubes: list[Tube] = []
    down = rng.normal(100.0, 6.0)
    for side in (-1.0, 1.0):
        head = sacral.centre_mm + np.array([side * 88.0, -28.0, -down]) * scale
        for radius, tissue, cortex in ((33.0, Tissue.MARROW, 2.0), (26.0, Tissue.CARTILAGE, 0.0)):
            semi = (radius * scale,) * 3
            medial = np.array([-side * 6.0, 0.0, 6.0]) * (tissue is Tissue.MARROW)
            sockets.append(Ellipsoid(centre_mm=head + medial, semi_axes_mm=semi, frame=np.eye(3),
                                     tissue=tissue, cortex_mm=cortex))  # fmt: skip
        tubes += _thigh(head, side, scale)
    return tuple(sockets), tubes


def _thigh(head: Array, side: float, scale: float) -> list[Tube]:
    """Return the femoral head, the neck with the shaft, and ischium and pubis of one side."""
    neck = head + np.array([side * 42.0, 10.0, -32.0]) * scale
    shaft = neck + np.array([-side * 20.0, 0.0, -420.0]) * scale
    near = head + 0.35 * (neck - head)
    ball = np.array([head, head + np.array([0.0, 0.0, 1.0])])
    ring = np.array(
        [[10.0, 22.0, -25.0], [22.0, 32.0, -70.0], [60.0, -42.0, -52.0], [80.0, -48.0, -35.0]]
    )
    ring = head + ring * np.array([-side, 1.0, 1.0]) * scale
    round_ = (1.0, 1.0, 1.0)
    parts = (
        (ball, (23.5, 23.5), 0.8),
        (np.array([near, neck, shaft]), (15.0, 19.0, 14.0), 3.5),
        (ring, (13.0, 11.0, 8.0, 9.0), 1.2),
    )
    return [
        _tube(points, np.array(radii) * scale, None, stretch=round_, cortex_mm=cortex)
        for points, radii, cortex in parts
    ]
