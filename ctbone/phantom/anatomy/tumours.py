"""What grows in vertebral bodies: haemangiomas and metastases."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.bone import Finding, Lesion, Side
from ctbone.phantom.shapes import Vertebra
from ctbone.phantom.tissue import Tissue

Growth = Literal["haemangioma", "lytic_metastasis", "sclerotic_metastasis"]


def with_growths(
    column: Column, *, kind: Growth, count: int, rng: Generator
) -> tuple[Column, tuple[Finding, ...]]:
    """Put growths of one kind into as many bodies from T1 to L6."""
    able = [
        i
        for i, v in enumerate(column.vertebrae)
        if v.level is not None and v.level.order in range(8, 26)
    ]
    bodies, findings = list(column.vertebrae), []
    for index in sorted(rng.choice(able, min(count, len(able)), replace=False).tolist()):
        body = bodies[index]
        growth = _growth(body, kind, rng)
        bodies[index] = replace(body, lesions=(*body.lesions, growth))
        assert body.level is not None  # noqa: S101 - chosen so
        findings.append(
            Finding(
                kind=kind,
                level=body.level,
                size_mm=round(2.0 * max(growth.semi_axes_mm), 1),
                side=_side(body, growth),
            )
        )
    return replace(column, vertebrae=tuple(bodies)), tuple(findings)


def _growth(body: Vertebra, kind: Growth, rng: Generator) -> Lesion:
    """Return one growth; haemangiomas stand upright and may fill the body."""
    least, most = (0.15, 0.5) if kind == "haemangioma" else (0.1, 0.45)
    size = float(rng.uniform(least, most)) * body.depth_mm
    semi = size * rng.uniform(0.75, 1.2, 3)
    semi[2] = min(semi[2], 0.48 * body.height_mm)
    room = np.maximum(0.45 * np.array([body.width_mm, body.depth_mm, body.height_mm]) - semi, 0.0)
    x, y, z = (float(c) for c in rng.uniform(-1.0, 1.0, 3) * room)
    shape = Lesion(
        centre_mm=(x, y, z),
        semi_axes_mm=(float(semi[0]), float(semi[1]), float(semi[2])),
        filling=Tissue.TUMOUR,
        ragged=float(rng.uniform(0.03, 0.12)),
    )
    if kind == "haemangioma":
        # Fat between a few thick upright trabeculae: dots on axial, stripes on other planes.
        return replace(
            shape,
            filling=Tissue.FAT,
            share=float(rng.uniform(0.5, 0.9)),
            ragged=0.03,
            struts_mm=float(rng.uniform(3.0, 5.0)),
        )
    if kind == "sclerotic_metastasis":
        return replace(shape, filling=float(rng.uniform(350.0, 720.0)), edge_mm=2.0)
    return replace(shape, share=float(rng.uniform(0.8, 1.0)), opens=True)


def _side(body: Vertebra, growth: Lesion) -> Side:
    x = growth.centre_mm[0] / body.width_mm
    y = growth.centre_mm[1] / body.depth_mm
    if max(abs(x), abs(y)) < 0.1:
        return "middle"
    if abs(x) >= abs(y):
        return "left" if x > 0.0 else "right"
    return "back" if y > 0.0 else "front"
