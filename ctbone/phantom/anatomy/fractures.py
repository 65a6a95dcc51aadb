"""Collapsing vertebral bodies: Genant's kinds and grades, and how the spine follows.

The kinds are those of Genant et al., J Bone Miner Res 1993;8:1137: wedge (the front is lost),
biconcave (the middle is lost) and crush (all is lost); grade 1 is a loss of 20 to 25 %, grade 2 of
25 to 40 % and grade 3 of more. The loss is against what the same body had before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.density import normalised
from ctbone.phantom.anatomy.discs import placed_between
from ctbone.phantom.anatomy.outline import heights, reshaped
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.bone import Finding, FindingKind, Lesion
from ctbone.phantom.shapes import Array, Tube, Vertebra

Collapse = Literal["wedge_fracture", "biconcave_fracture", "crush_fracture"]

#: Loss of height that each grade means, and the most that is drawn of the third.
GRADES = {1: (0.20, 0.25), 2: (0.25, 0.40), 3: (0.40, 0.60)}

#: What is lost at the front, the middle and the back, relative to where most is lost.
_PATTERN: dict[FindingKind, tuple[float, float, float]] = {
    "wedge_fracture": (1.0, 0.5, 0.0),
    "biconcave_fracture": (0.1, 1.0, 0.0),
    "crush_fracture": (1.0, 1.0, 0.95),
}

#: How much of the angle of a collapse the spine takes; the discs beside it open for the rest.
#: Inferred.
_FOLLOWS = 0.8


def fractured(
    column: Column, index: int, *, kind: Collapse, loss: float, rng: Generator
) -> tuple[Column, Finding]:
    """Collapse one body of a column and let the rest follow, with L1 kept at the origin.

    Args:
        column: The spine.
        index: Which body, from cranial.
        kind: How it collapses.
        loss: Height lost where most is lost, relative to what was there.
        rng: Source of chance.
    """
    body = column.vertebrae[index]
    assert body.level is not None  # noqa: S101 - the column names all of these
    broken = collapsed(body, kind=kind, loss=loss, upper=float(rng.uniform(0.5, 1.0)))
    if kind != "biconcave_fracture" and rng.random() < 0.5:
        broken = replace(broken, lesions=(*broken.lesions, _impaction(broken, rng)))
    lost = max(a - b for a, b in zip(heights(body), heights(broken), strict=True))
    finding = Finding(kind=kind, level=body.level, grade=grade_of(loss), size_mm=round(lost, 2))
    return _settled(column, index, broken), finding


def collapsed(body: Vertebra, *, kind: Collapse, loss: float, upper: float) -> Vertebra:
    """Return a body that has lost height; what a crush takes in height it gains in breadth."""
    lost = loss * np.array(_PATTERN[kind])
    front, middle, back = (h * (1.0 - part) for h, part in zip(heights(body), lost, strict=True))
    crushed = loss if kind == "crush_fracture" else 0.0
    # Breadth first: the heights are taken at shares of the depth.
    wide = replace(
        body,
        width_mm=body.width_mm * (1.0 + 0.12 * crushed),
        depth_mm=body.depth_mm * (1.0 + 0.12 * loss),
        # The posterior wall of a crushed body leans into the canal.
        back_mm=body.back_mm - 0.12 * crushed * body.depth_mm,
    )
    return normalised(reshaped(wide, (front, middle, back), upper=upper))


def grade_of(loss: float) -> int:
    """Return Genant's grade of a loss of height, 0 below a fifth."""
    return sum(loss >= low for low, _ in GRADES.values())


def _impaction(body: Vertebra, rng: Generator) -> Lesion:
    """Return the band of impacted bone below the upper end plate."""
    top = 0.5 * body.height_mm - 0.6 * body.concavity_mm - 0.7 * max(body.sunk_mm[0], 0.0)
    return Lesion(
        centre_mm=(0.0, float(rng.uniform(-6.0, 0.0)), top - float(rng.uniform(1.5, 3.5))),
        semi_axes_mm=(0.46 * body.width_mm, 0.42 * body.depth_mm, float(rng.uniform(1.0, 2.2))),
        filling=body.bmd_mg_cm3 + float(rng.uniform(80.0, 220.0)),
        edge_mm=1.5,
        ragged=0.15,
    )


def _settled(column: Column, index: int, broken: Vertebra) -> Column:
    """Put a collapsed body in its place, and move what stands on it and what hangs from it."""
    body = column.vertebrae[index]
    above, below = _motion(body, broken, 1.0), _motion(body, broken, -1.0)
    motions = [above] * index + [np.eye(4)] + [below] * (len(column.vertebrae) - index - 1)
    vertebrae = [replace(v) for v in column.vertebrae]
    vertebrae[index] = broken
    l1 = next(i for i, v in enumerate(vertebrae) if v.level is VertebralLevel.L1)
    home = np.eye(4)
    home[:3, 3] = -_moved(vertebrae[l1], motions[l1]).centre_mm
    motions = [home @ motion for motion in motions]
    return _carried(column, vertebrae, motions)


def _motion(body: Vertebra, broken: Vertebra, way: float) -> Array:
    """Return how what lies beyond the upper (1) or lower (-1) end plate moves, 4 x 4."""
    angle = np.arctan(0.5 * broken.wedge) - np.arctan(0.5 * body.wedge)
    angle *= way * _FOLLOWS
    c, s = np.cos(angle), np.sin(angle)
    turn = body.frame @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ body.frame.T
    up = way * body.frame[:, 2]
    before = body.centre_mm + 0.5 * body.height_mm * up
    after = body.centre_mm + 0.5 * broken.height_mm * up
    motion = np.eye(4)
    motion[:3, :3] = turn
    motion[:3, 3] = after - turn @ before
    return motion


def _carried(column: Column, vertebrae: list[Vertebra], motions: list[Array]) -> Column:
    moved = tuple(_moved(v, m) for v, m in zip(vertebrae, motions, strict=True))
    return replace(
        column,
        vertebrae=moved,
        sacrum=tuple(_moved(v, motions[-1]) for v in column.sacrum),
        discs=tuple(
            placed_between(disc, moved[i], moved[i + 1]) for i, disc in enumerate(column.discs)
        ),
        arches=tuple(
            arch.moved(motion) for arch, motion in zip(column.arches, motions, strict=True)
        ),
        canal=_moved_line(column.canal, column.vertebrae, motions),
    )


def _moved(body: Vertebra, motion: Array) -> Vertebra:
    turn, shift = motion[:3, :3], motion[:3, 3]
    return replace(body, centre_mm=turn @ body.centre_mm + shift, frame=turn @ body.frame)


def _moved_line(tube: Tube, bodies: tuple[Vertebra, ...], motions: list[Array]) -> Tube:
    """Move each point of a line along the spine as the body nearest to it moves."""
    centres = np.array([body.centre_mm for body in bodies])
    apart = np.linalg.norm(tube.points_mm[:, None] - centres[None], axis=2)
    points = [
        motions[i][:3, :3] @ point + motions[i][:3, 3]
        for i, point in zip(apart.argmin(1), tube.points_mm, strict=True)
    ]
    return replace(tube, points_mm=np.array(points))
