"""Drawing what the sacrum has beside its bodies, and how a transitional segment joins it.

The lateral masses are chains along the segments, tied to the bodies by a bar at each: what is left
open between two bars are the foramina. Proportions are inferred from atlases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.material import QUAD, BoneMaterial
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.anatomy.variants import Junction
from ctbone.phantom.shapes import Array, Disc, Sheet, Tube, Vertebra

_L = VertebralLevel

#: A segment's lateral mass: out and back from the centre of its body and its radius; then radius
#: of the bar to the body, depth of the canal behind the body, how far the crest stands off; mm.
_SEGMENTS = (
    (43.0, 8.0, 12.5, 10.5, 15.0, 9.0),
    (39.0, 11.0, 11.5, 6.5, 13.0, 9.0),
    (31.0, 10.0, 9.0, 5.5, 10.0, 8.0),
    (23.0, 7.0, 7.0, 5.0, 7.5, 6.0),
    (15.0, 4.0, 4.5, 4.5, 5.0, 3.0),
)

#: How much further forward than its middle the ala of S1 starts, mm.
_ALA_FRONT = 7.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sacrum:
    """The sacrum without its bodies.

    Attributes:
        solids: All that is bone; labelled as S1.
        coccyx: The tail bone, of no label.
        wings_mm: Middle of the lateral mass at each segment, right then left, ``(2, 5, 3)``.
        radii_mm: Radius of the lateral mass at each segment, shape ``(5,)``.
        seams: What is left of the disc between S1 and S2.
    """

    solids: tuple[Tube | Sheet, ...]
    coccyx: tuple[Tube, ...]
    wings_mm: Array
    radii_mm: Array
    seams: tuple[Disc, ...]


def draw_sacrum(
    column: Column,
    *,
    scale: float,
    transitional: VertebralLevel | None,
    junctions: tuple[Junction, Junction],
    rng: Generator,
) -> Sacrum:
    """Draw the sacrum behind and beside the bodies of a column.

    Args:
        column: The spine.
        scale: Size relative to the tables.
        transitional: The transitional segment, if there is one.
        junctions: How its right and left side meet the (rest of the) sacrum.
        rng: Source of chance.
    """
    bodies = (column.vertebrae[-1], *column.sacrum)
    rows = np.array(_SEGMENTS) * scale * rng.normal(1.0, 0.04, 6)
    bone = BoneMaterial(float(rng.uniform(-60.0, 80.0)), float(rng.uniform(0.6, 1.2)))
    wings = np.array([[_at(body, [side * row[0], row[1], 0.0]) for body, row in
                       zip(bodies, rows, strict=True)] for side in (-1.0, 1.0)])  # fmt: skip
    free = transitional is _L.S1
    solids: list[Tube | Sheet] = [_core(bodies, bone, first=1 if free else 0)]
    for wing, junction, side in zip(wings, junctions, (-1.0, 1.0), strict=True):
        gap = _JUNCTION_GAPS[junction] if free else 0.0
        solids += _lateral(bodies, wing, rows, bone, gap_mm=gap)
        solids += _dorsal(bodies, wing, rows, bone, side)
        if transitional is not None and not free:
            solids += _enlarged(column, wing[0], rows[0, 2], bone, side, junction)
    solids += _crest(bodies, rows, bone)
    return Sacrum(
        solids=tuple(solids),
        coccyx=_coccyx(bodies[-1], scale, bone, rng),
        wings_mm=wings,
        radii_mm=rows[:, 2],
        seams=(_seam(bodies[0], bodies[1], whole=free, rng=rng),),
    )


#: Space between a transitional process and what it meets, mm; negative where they are one.
_JUNCTION_GAPS: dict[Junction, float] = {"free": 9.0, "enlarged": 6.0, "joint": 1.8, "fused": -3.0}


def _at(body: Vertebra, place: Sequence[float]) -> Array:
    """Return a place given in the frame of a body."""
    return np.asarray(body.centre_mm + body.frame @ np.array(place))


def _core(bodies: Sequence[Vertebra], bone: BoneMaterial, *, first: int) -> Tube:
    """Return bone through the bodies, which bridges the seams between them."""
    used = bodies[first:]
    return bone.tube(
        [body.centre_mm for body in used], [0.38 * body.depth_mm for body in used],
        stretch=(1.3, 1.0, 1.0), frame=used[0].frame, level=_L.S1,
    )  # fmt: skip


def _lateral(
    bodies: Sequence[Vertebra], wing: Array, rows: Array, bone: BoneMaterial, *, gap_mm: float
) -> list[Tube]:
    """Return one lateral mass with its bars; the first segment stands off by a gap, if any."""
    radii = rows[:, 2].copy()
    first = 1 if gap_mm > 0.0 else 0
    if first:
        radii[0] = min(radii[0], np.linalg.norm(wing[0] - wing[1]) - radii[1] - gap_mm)
    frame = bodies[1].frame
    parts = [
        bone.tube(wing[first:], radii[first:], stretch=(1.0, 1.1, 1.0), frame=frame, level=_L.S1)
    ]
    for rank, (body, row) in enumerate(zip(bodies, rows, strict=True)):
        inner = body.centre_mm + 0.25 * body.width_mm * _towards(body, wing[rank])
        front = _ALA_FRONT if rank == 0 else 2.0
        middle = 0.5 * (inner + wing[rank]) - front * body.frame[:, 1]
        bar = min(row[3], radii[rank] + 1.0)
        parts.append(bone.tube([inner, middle, wing[rank]], [bar, bar, radii[rank]], level=_L.S1))
    return parts


def _towards(body: Vertebra, place: Array) -> Array:
    """Return the lateral direction of a body on the side of a place."""
    left = body.frame[:, 0]
    return np.asarray(np.sign((place - body.centre_mm) @ left) * left)


def _dorsal(
    bodies: Sequence[Vertebra], wing: Array, rows: Array, bone: BoneMaterial, side: float
) -> list[Tube | Sheet]:
    """Return the back wall of the canal on one side, with the bars beside its foramina."""
    thick = 2.6
    parts: list[Tube | Sheet] = []
    inner = [_at(b, [side * 0.05, 0.5 * b.depth_mm + row[4] + thick, 0.0])
             for b, row in zip(bodies, rows, strict=True)]  # fmt: skip
    outer = [_at(b, [side * 0.3 * b.width_mm, 0.5 * b.depth_mm + 0.85 * row[4], 0.0])
             for b, row in zip(bodies, rows, strict=True)]  # fmt: skip
    parts += [
        bone.sheet([inner[n], outer[n], outer[n + 1], inner[n + 1]], thick, QUAD, level=_L.S1)
        for n in range(3)
    ]
    for body, row, start, mass in zip(bodies[:4], rows, outer, wing, strict=False):
        end = mass + 0.5 * row[2] * body.frame[:, 1]
        parts.append(bone.tube([start, end], 0.3 * row[2] + 1.5, level=_L.S1))
    return parts


def _crest(bodies: Sequence[Vertebra], rows: Array, bone: BoneMaterial) -> list[Tube | Sheet]:
    """Return the median crest: a ridge with a knob at each of the upper segments."""
    parts: list[Tube | Sheet] = []
    feet, tops = [], []
    for body, row in zip(bodies[:4], rows, strict=False):
        back = 0.5 * body.depth_mm + row[4] + 3.0
        feet.append(_at(body, [0.0, back, -1.0]))
        tops.append(_at(body, [0.0, back + row[5], -3.0]))
        parts.append(bone.tube([feet[-1], tops[-1]], [3.0, 3.4], level=_L.S1))
    parts.append(bone.tube([0.6 * f + 0.4 * t for f, t in zip(feet, tops, strict=True)], 2.3,
                           level=_L.S1))  # fmt: skip
    return parts


def _enlarged(
    column: Column, ala: Array, radius: float, bone: BoneMaterial, side: float, junction: Junction
) -> list[Tube | Sheet]:
    """Return the broad transverse process of a sacralised vertebra on one side.

    More than 19 mm tall from type I on, which is how Castellvi et al., Spine 1984;9:493 define it.
    """
    if junction == "free":
        return []
    body, arch = column.vertebrae[-2], column.arches[-2]
    root = arch.pedicles[0 if side < 0.0 else 1]
    assert isinstance(root, Tube)  # noqa: S101 - pedicles are chains
    tip = arch.tips_mm[0 if side < 0.0 else 1]
    up = (tip - ala) / np.linalg.norm(tip - ala)
    foot = ala + (radius + _JUNCTION_GAPS[junction] + 6.5) * up
    start = root.points_mm[1]
    if junction == "enlarged":
        foot = 0.5 * (foot + tip)
    level = body.level
    return [
        bone.sheet([start, 0.6 * start + 0.4 * tip, foot], [6.0, 6.0, 6.5], [(0, 1, 2)],
                   level=level),
        bone.tube([start, tip, foot], [7.5, 6.5, 6.5], level=level),
    ]  # fmt: skip


def _seam(upper: Vertebra, lower: Vertebra, *, whole: bool, rng: Generator) -> Disc:
    """Return what is left of the disc below S1: a sliver, or a disc if S1 is lumbarised."""
    top = upper.centre_mm - 0.5 * upper.height_mm * upper.frame[:, 2]
    bottom = lower.centre_mm + 0.5 * lower.height_mm * lower.frame[:, 2]
    width = 0.92 if whole else float(rng.uniform(0.35, 0.85))
    return Disc(
        centre_mm=0.5 * (top + bottom),
        frame=upper.frame,
        width_mm=width * lower.width_mm,
        depth_mm=width * 0.5 * (upper.depth_mm + lower.depth_mm),
        height_mm=float(np.linalg.norm(top - bottom)) + upper.concavity_mm + lower.concavity_mm,
        shift_hu=float(rng.normal(20.0, 25.0)),
        gas=False,
    )


def _coccyx(last: Vertebra, scale: float, bone: BoneMaterial, rng: Generator) -> tuple[Tube, ...]:
    """Return three or four small bodies that carry on where the sacrum ends, and bend forward."""
    place = _at(last, [0.0, 0.0, -0.5 * last.height_mm - 1.5])
    angle, bend = np.deg2rad(rng.uniform(-10.0, 10.0)), np.deg2rad(rng.uniform(10.0, 26.0))
    pieces = []
    for rank in range(int(rng.integers(3, 5))):
        angle += bend
        down = -np.cos(angle) * last.frame[:, 2] - np.sin(angle) * last.frame[:, 1]
        long, radius = (8.0 - 1.5 * rank) * scale, (4.5 - 0.9 * rank) * scale
        start, place = place + radius * down, place + (radius + long - radius) * down
        pieces.append(
            bone.tube([start, place], radius, stretch=(1.5, 0.85, 1.0), frame=last.frame)
        )
        place = place + (radius + 1.2) * down
    return tuple(pieces)
