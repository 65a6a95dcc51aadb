"""What surgeons leave in a spine and take out of it.

Sizes are those of common products, rounded and recalled: screws 5.5 to 7 mm wide and 40 to 50 mm
long, rods of 5.5 mm, prostheses of two end plates with a core of polyethylene, cages of polymer.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.discs import gap_mm
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.bone import Finding, Lesion, Side
from ctbone.phantom.shapes import Array, Disc, Puck, Sheet, Tube, Vertebra
from ctbone.phantom.tissue import Tissue

#: Findings that a step adds, beside the column as it leaves it.
Treated = tuple[Column, tuple[Finding, ...]]


def with_cement(column: Column, index: int, *, rng: Generator) -> Treated:
    """Fill a body with cement through one pedicle or both, in irregular lumps."""
    body = column.vertebrae[index]
    assert body.level is not None  # noqa: S101 - the column names all of these
    sides = (-1.0, 1.0) if rng.random() < 0.6 else (float(rng.choice((-1.0, 1.0))),)
    lumps = tuple(_lump(body, side, rng) for side in sides for _ in range(int(rng.integers(2, 5))))
    bodies = list(column.vertebrae)
    bodies[index] = replace(body, lesions=(*body.lesions, *lumps))
    side: Side = "both" if len(sides) == 2 else ("left" if sides[0] > 0.0 else "right")
    size = round(2.0 * max(max(lump.semi_axes_mm) for lump in lumps), 1)
    finding = Finding(kind="cement", level=body.level, size_mm=size, side=side)
    return replace(column, vertebrae=tuple(bodies)), (finding,)


def _lump(body: Vertebra, side: float, rng: Generator) -> Lesion:
    size = rng.uniform(2.5, 7.5, 3)
    size[2] = min(size[2], 0.4 * body.height_mm)
    place = rng.normal((side * 0.2, -0.1, 0.0), (0.07, 0.12, 0.1))
    x, y, z = (float(c) for c in place * np.array([body.width_mm, body.depth_mm, body.height_mm]))
    return Lesion(
        centre_mm=(x, y, z),
        semi_axes_mm=(float(size[0]), float(size[1]), float(size[2])),
        filling=Tissue.CEMENT,
        edge_mm=0.8,
        ragged=0.12,
        share=float(rng.uniform(0.7, 1.0)),
    )


def with_screws(column: Column, *, rng: Generator) -> Treated:
    """Fix two to five neighbouring levels from T10 down with screws in both pedicles and rods."""
    able = [
        i for i, v in enumerate(column.vertebrae) if v.level is not None and v.level.order >= 17
    ]
    count = int(rng.integers(2, min(6, len(able) + 1)))
    first = able[int(rng.integers(0, len(able) - count + 1))]
    fixed = column.vertebrae[first : first + count]
    width = float(rng.uniform(2.7, 3.5))
    tubes: list[Tube] = []
    for side in (0, 1):
        screws = [
            _screw(body, arch.pedicles[side], width, rng)
            for body, arch in zip(fixed, column.arches[first : first + count], strict=True)
        ]
        heads = np.array([screw.points_mm[0] for screw in screws])
        tubes += [*screws, _metal(_longer(heads), np.full(len(heads) + 2, 2.75))]
    findings = tuple(
        Finding(
            kind="pedicle_screws", level=body.level, size_mm=round(2.0 * width, 1), side="both"
        )
        for body in fixed
        if body.level is not None
    )
    return replace(column, implants=(*column.implants, *tubes)), findings


def _screw(body: Vertebra, pedicle: Tube | Sheet, radius: float, rng: Generator) -> Tube:
    """Return a screw from behind the facet along a pedicle into the body."""
    assert isinstance(pedicle, Tube)  # noqa: S101 - pedicles are
    front, back = pedicle.points_mm[0], pedicle.points_mm[1]
    along = (front - back) / np.linalg.norm(front - back)
    along = along + body.frame @ rng.normal(0.0, (0.04, 0.0, 0.04))
    head = back - along * float(rng.uniform(16.0, 22.0))
    tip = front + along * float(rng.uniform(0.45, 0.65)) * body.depth_mm
    line = np.array([head, head + 0.14 * (tip - head), head + 0.18 * (tip - head), tip])
    return _metal(line, np.array([2.0 * radius, 1.9 * radius, radius, 0.8 * radius]))


def _longer(heads: Array) -> Array:
    """Return the line of a rod, which stands out over the first and the last screw."""
    first, last = heads[0] - heads[1], heads[-1] - heads[-2]
    ends = [heads[0] + 8.0 * first / np.linalg.norm(first),
            heads[-1] + 8.0 * last / np.linalg.norm(last)]  # fmt: skip
    return np.array([ends[0], *heads, ends[1]])


def _metal(points: Array, radii: Array) -> Tube:
    return Tube(
        points_mm=points,
        radii_mm=radii,
        stretch=(1.0, 1.0, 1.0),
        frame=np.eye(3),
        tissue=Tissue.TITANIUM,
    )


def with_spacer(column: Column, *, prosthesis: bool, rng: Generator) -> Treated:
    """Put a disc prosthesis, or a cage, between two bodies from L2 to S1."""
    able = [
        i
        for i, disc in enumerate(column.discs)
        if disc.level is not None and disc.level.order >= VertebralLevel.L2.order
    ]
    index = int(rng.choice(able))
    disc = column.discs[index]
    assert disc.level is not None  # noqa: S101 - chosen so
    height = max(gap_mm(column.vertebrae[index], column.vertebrae[index + 1]), 5.0) + 1.5
    pucks = _prosthesis(disc, height) if prosthesis else _cage(disc, height, rng)
    finding = Finding(
        kind="disc_prosthesis" if prosthesis else "cage",
        level=disc.level,
        size_mm=round(height, 1),
    )
    discs = list(column.discs)
    discs[index] = replace(disc, gas=False, calcified_hu=0.0)
    kept = replace(column, discs=tuple(discs), implants=(*column.implants, *pucks))
    return kept, (finding,)


def _prosthesis(disc: Disc, height: float) -> list[Puck]:
    """Return two plates of metal with a core between them."""
    plates = [_puck(disc, way * 0.5 * (height - 2.0), (0.72, 2.0), Tissue.COBALT_CHROME)
              for way in (-1.0, 1.0)]  # fmt: skip
    return [_puck(disc, 0.0, (0.5, height - 3.0), Tissue.POLYETHYLENE), *plates]


def _cage(disc: Disc, height: float, rng: Generator) -> list[Puck]:
    """Return a frame of polymer, or of titanium, filled with bone."""
    frame = Tissue.TITANIUM if rng.random() < 0.35 else Tissue.PMMA
    return [
        _puck(disc, 0.0, (0.62, height), frame),
        _puck(disc, 0.0, (0.36, height), Tissue.SCLEROSIS),
    ]


def _puck(disc: Disc, rise: float, size: tuple[float, float], tissue: Tissue) -> Puck:
    share, height = size
    return Puck(
        centre_mm=disc.centre_mm + rise * disc.frame[:, 2],
        frame=disc.frame,
        width_mm=share * disc.width_mm,
        depth_mm=share * disc.depth_mm,
        height_mm=height,
        tissue=tissue,
    )


def with_laminectomy(column: Column, *, rng: Generator) -> Treated:
    """Take laminae and spinous processes away at one to three neighbouring levels from L2 down."""
    able = [
        i
        for i, v in enumerate(column.vertebrae)
        if v.level is not None and 21 <= v.level.order <= 25
    ]
    first = int(rng.choice(able))
    gone = range(first, min(first + int(rng.integers(1, 4)), able[-1] + 1))
    arches = list(column.arches)
    findings = []
    for index in gone:
        body = column.vertebrae[index]
        arches[index] = replace(arches[index], laminae=(), spinous=())
        if body.level is not None:
            findings.append(Finding(kind="laminectomy", level=body.level, side="back"))
    return replace(column, arches=tuple(arches)), tuple(findings)
