"""Drawing the muscles that stand apart: along the spine, round the pelvis, in the thighs.

Muscles lose attenuation and gain fat with age: Goodpaster et al., J Appl Physiol 2000;89:104 give
the relation of attenuation and fat; a third of a Hounsfield unit a year after 40 is inferred.
Sections of psoas and erectors at L3 are 8 to 10 and 20 to 25 cm2 a side in adults (recalled as
an order of size).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.flesh import Branches, Strap, Thread, Torso
from ctbone.phantom.shapes import Array, Vertebra
from ctbone.phantom.tissue import Tissue

_T = Tissue

#: How deep below the outline of the skin muscle may begin, mm.
_UNDER_SKIN_MM = 4.5

#: Psoas with iliacus, over the hip to the thigh: distance from the midline, in front of the
#: centre of S1 and below it, and radius, mm. Inferred, as the next.
_GROIN = ((58.0, -34.0, 14.0, 19.0), (70.0, -56.0, 50.0, 18.0), (80.0, -67.0, 86.0, 15.0),
          (90.0, -44.0, 132.0, 9.0))  # fmt: skip

#: Muscles of pelvis and thigh: turn (degrees, of the left one), then rows of height above the
#: centre of S1, distance from its midline, distance behind it, and semi-axes along its own axes
#: (mm). Inferred from cross-sections of the supine.
_PELVIC: tuple[tuple[float, tuple[tuple[float, ...], ...]], ...] = (
    # Gluteus maximus, from the back of the ilium and sacrum out to the thigh.
    (-30.0, ((14, 66, 44, 10, 5), (-25, 72, 58, 46, 17), (-70, 82, 64, 62, 27),
             (-115, 90, 60, 66, 30), (-155, 98, 50, 56, 25), (-195, 104, 38, 30, 9))),
    # Gluteus medius with minimus, outside the ilium.
    (62.0, ((34, 128, -10, 24, 6), (5, 124, -12, 46, 17), (-35, 124, -6, 50, 23),
            (-70, 126, -4, 42, 20), (-105, 132, 2, 22, 10))),
    # Tensor of the fascia, sartorius and straight muscle of the thigh.
    (20.0, ((-20, 122, -66, 8, 5), (-70, 118, -74, 22, 11), (-130, 110, -72, 26, 15),
            (-260, 104, -62, 34, 22))),
    # Iliacus on the inside of the ilium.
    (58.0, ((20, 98, -30, 16, 4), (-20, 88, -34, 32, 9), (-60, 84, -46, 26, 9),
            (-100, 88, -58, 14, 8))),
    # Internal obturator with the floor of the pelvis.
    (80.0, ((-62, 56, -12, 16, 4), (-95, 52, -12, 32, 11), (-130, 44, -14, 28, 10),
            (-150, 36, -12, 12, 6))),
    # External obturator, quadratus and the adductors.
    (0.0, ((-105, 56, -44, 10, 6), (-135, 58, -34, 26, 14), (-175, 62, -20, 34, 26),
           (-270, 70, 0, 40, 34))),
    # The broad muscles of the thigh, from the greater trochanter.
    (75.0, ((-100, 130, -26, 14, 5), (-140, 122, -34, 30, 18), (-270, 112, -34, 40, 26))),
    # Hamstrings, from the sitting bone.
    (0.0, ((-130, 70, 26, 8, 6), (-170, 76, 28, 18, 14), (-270, 84, 34, 30, 24))),
    # Piriformis, through the notch.
    (-18.0, ((-38, 42, 26, 12, 5), (-62, 68, 28, 30, 9), (-88, 98, 14, 22, 6))),
)  # fmt: skip


def draw_muscles(
    column: Column, torso: Torso, *, build: Build, rng: Generator
) -> tuple[tuple[Strap, ...], tuple[Thread, ...]]:
    """Draw muscles, and the streaks of fat in them."""
    age_years, scale = build.age_years, build.scale
    shift = float(rng.normal(0.0, 6.0) - 0.35 * max(age_years - 40.0, 0.0))
    bulk = scale * float(rng.normal(1.0, 0.1) * np.interp(age_years, (50, 85), (1.0, 0.86)))
    fatty = float(np.clip(rng.normal(np.interp(age_years, (25, 80), (0.1, 0.8)), 0.2), 0.0, 1.3))
    erectors = [
        _within(torso, strap)
        for strap in _erectors(column, bulk * float(rng.normal(1.0, 0.08)), shift)
    ]
    streaks = [_marbling(strap, fatty * gain, rng) for strap, gain in zip(
        erectors, (0.7, 1.4) * 2, strict=True)]  # fmt: skip
    return (
        *_psoas(column, bulk * float(rng.normal(1.0, 0.1)), shift),
        *_crura(column, scale, shift),
        *_loins(column, bulk, shift),
        *(_within(torso, strap) for strap in _pelvic(column, bulk, scale, shift)),
        *erectors,
    ), tuple(streaks)


def _strap(
    points: Sequence[Array], semi: Sequence[tuple[float, float]], shift: float, turn: float = 0.0
) -> Strap:
    order = np.argsort([point[2] for point in points])
    middles, axes = np.array(points)[order], np.array(semi, float)[order]
    return Strap(
        heights_mm=middles[:, 2],
        middles_mm=middles[:, :2],
        semi_axes_mm=axes,
        turn_rad=turn,
        tissue=_T.MUSCLE,
        shift_hu=shift,
    )


def _within(torso: Torso, strap: Strap) -> Strap:
    """Return a strap moved inwards where it would reach the skin."""
    heights = strap.heights_mm
    half, middle, deep, off = (np.interp(heights, torso.heights_mm, row) for row in torso.skin)
    c, s = np.cos(torso.turn_rad), np.sin(torso.turn_rad)
    x, y = (strap.middles_mm - np.outer(heights, torso.lean)).T
    own = np.stack([c * x + s * y - off, c * y - s * x - middle], -1)
    room = np.stack([half, deep], -1) - _UNDER_SKIN_MM
    # How far out the outermost of twelve points of the rim lies: 1 is just under the skin.
    turn = strap.turn_rad - torso.turn_rad + np.linspace(0.0, 2.0 * np.pi, 12, endpoint=False)
    spread = (
        np.stack([np.cos(turn), np.sin(turn)], -1)[None] * strap.semi_axes_mm.min(1)[:, None, None]
    )
    across, along = np.moveaxis((own[:, None] + spread) / room[:, None], -1, 0)
    square = across**2 + along**2 - torso.squareness * np.minimum(across**2 * along**2, 4.0)
    far = np.sqrt(np.maximum(square, 0.01)).max(1)
    inwards = np.maximum(far - 1.0, 0.0)[:, None] / far[:, None]
    size = np.linalg.norm(own, axis=1, keepdims=True)
    reach = 1.0 - inwards * (1.0 + strap.semi_axes_mm.min(1)[:, None] / size)
    moved = own * reach + np.stack([off, middle], -1)
    back = np.stack([c * moved[:, 0] - s * moved[:, 1], s * moved[:, 0] + c * moved[:, 1]], -1)
    return replace(strap, middles_mm=back + np.outer(heights, torso.lean))


def _numbered(column: Column, first: float, last: float) -> list[Vertebra]:
    return [v for v in column.vertebrae if v.level is not None and first <= v.level.order <= last]


def _psoas(column: Column, bulk: float, shift: float) -> list[Strap]:
    """From the flank of L1 down and forward to the groin."""
    bodies = _numbered(column, 20, 26)
    found = []
    for side in (-1.0, 1.0):
        points, semi = [], []
        for rank, body in enumerate(bodies[:-1]):
            radius = bulk * (6.5 + 4.6 * min(rank, 3.3))
            out = 0.42 * body.width_mm + 0.85 * radius
            points.append(body.centre_mm + body.frame @ np.array([side * out, 9.0, 0.0]))
            semi.append((0.92 * radius, 1.1 * radius))
        foot = bodies[-1].centre_mm
        for out, front, down, radius in _GROIN:
            points.append(foot + np.array([side * out, front, -down]) * bulk)
            semi.append((bulk * radius, bulk * radius))
        found.append(_strap(points, semi, shift))
    return found


def _erectors(column: Column, bulk: float, shift: float) -> list[Strap]:
    """Longissimus with iliocostalis, then multifidus, on the right and on the left."""
    found = []
    for side in (-1.0, 1.0):
        outer: list[Array] = []
        inner: list[Array] = []
        wide: list[tuple[float, float]] = []
        near: list[tuple[float, float]] = []
        for body in (*column.vertebrae, column.sacrum[0]):
            order = body.level.order if body.level is not None else 27.0
            a = bulk * float(
                np.interp(order, (8, 15, 19, 22, 24, 26, 27), (20, 21, 26, 30, 27, 17, 8))
            )
            b = bulk * float(
                np.interp(order, (8, 15, 19, 22, 24, 26, 27), (8, 10, 16, 19, 17, 11, 5))
            )
            m = bulk * float(np.interp(order, (8, 19, 22, 24, 26, 27), (7, 9, 11, 14, 14, 8)))
            back = 0.5 * body.depth_mm
            places = (
                (outer, 9.0 * bulk + 0.95 * a, back + 16.0 + b),
                (inner, 3.0 + m, back + 17.0 + m),
            )
            for line, out, behind in places:
                at = body.centre_mm + side * out * body.frame[:, 0]
                line.append(at + np.array([0.0, behind, -0.12 * behind]))
            wide.append((a, b))
            near.append((m, 1.15 * m))
        found += [_strap(outer, wide, shift, -side * 0.12), _strap(inner, near, shift)]
    return found


def _marbling(strap: Strap, fatty: float, rng: Generator) -> Branches:
    """Return streaks of fat along a muscle: more and thicker towards the sacrum."""
    count = int(rng.poisson(3.0 + 12.0 * fatty))
    bottom = strap.heights_mm[0] + rng.uniform(0.0, 220.0, count) * rng.uniform(0.1, 1.0, count)
    ends = []
    angle, part = rng.uniform(0.0, 2.0 * np.pi, count), np.sqrt(rng.uniform(0.05, 0.95, count))
    for heights in (bottom, bottom + rng.uniform(8.0, 40.0, count)):
        rows = [np.interp(heights, strap.heights_mm, row)
                for row in (*strap.middles_mm.T, *strap.semi_axes_mm.T)]  # fmt: skip
        ends.append(np.column_stack([
            rows[0] + part * np.cos(angle) * rows[2],
            rows[1] + part * np.sin(angle) * rows[3],
            heights,
        ]))  # fmt: skip
    size = rng.uniform(0.5, 1.1 + 1.8 * fatty, count)
    return Branches(
        starts_mm=ends[0],
        ends_mm=ends[1],
        radii_mm=np.stack([size, 0.6 * size], -1),
        tissue=_T.FAT,
        shift_hu=35.0,
    )


def _loins(column: Column, bulk: float, shift: float) -> list[Strap]:
    """Quadratus lumborum: from the last rib to the iliac crest beside the transverse processes."""
    bodies = _numbered(column, 20, 24)
    found = []
    for side in (-1.0, 1.0):
        points = [
            b.centre_mm + b.frame @ np.array(
                [side * (42.0 + 7.0 * rank) * bulk, 0.5 * b.depth_mm + 3.0, 0.0])
            for rank, b in enumerate(bodies)
        ]  # fmt: skip
        semi = [
            (bulk * (11.0 + 2.2 * rank), bulk * (5.5 + 0.8 * rank)) for rank in range(len(bodies))
        ]
        found.append(_strap(points, semi, shift, -side * 0.45))
    return found


def _crura(column: Column, scale: float, shift: float) -> list[Strap]:
    """The legs of the diaphragm in front of the spine, beside the aorta."""
    bodies = _numbered(column, 18, 22)
    found = []
    for side in (-1.0, 1.0):
        points = [
            b.centre_mm + b.frame @ np.array(
                [side * (19.0 - 2.4 * rank) * scale, -0.5 * b.depth_mm - 7.0, 0.0])
            for rank, b in enumerate(bodies)
        ]  # fmt: skip
        semi = [
            (scale * (3.4 - 0.3 * rank), scale * (10.0 - 1.6 * rank))
            for rank in range(len(bodies))
        ]
        found.append(_strap(points, semi, shift, side * 0.3))
    return found


def _pelvic(column: Column, bulk: float, scale: float, shift: float) -> list[Strap]:
    """Round the pelvis, by the upper end of the sacrum."""
    foot = _numbered(column, 26, 26)[-1].centre_mm
    found = []
    for turn, rows in _PELVIC:
        for side in (-1.0, 1.0):
            points = [foot + np.array([side * x, y, z]) * scale for z, x, y, _, _ in rows]
            semi = [(a * bulk, b * bulk) for _, _, _, a, b in rows]
            found.append(_strap(points, semi, shift, side * np.deg2rad(turn)))
    return found
