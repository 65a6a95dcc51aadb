"""Drawing what stands behind a vertebral body: pedicles, laminae, processes and facets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.facets import FacetJoint
from ctbone.phantom.anatomy.material import BoneMaterial
from ctbone.phantom.anatomy.morphometry import SIZES, LevelSize
from ctbone.phantom.anatomy.processes import Own, Shapes, superior_process
from ctbone.phantom.shapes import Array, Sheet, Tube, Vertebra, moved

_L = VertebralLevel


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Arch:
    """What one vertebra has behind its body, part by part.

    Attributes:
        level: Its level.
        size: What it measures.
        pedicles: Both pedicles.
        laminae: Both laminae and what joins them to the pedicles.
        spinous: The spinous process.
        transverse: Both transverse processes.
        superior: The superior articular processes.
        inferior: The inferior articular processes.
        tips_mm: Middle of the end of the right and left transverse process, shape ``(2, 3)``;
            S1 has none.
    """

    level: VertebralLevel
    size: LevelSize
    pedicles: Shapes
    laminae: Shapes
    spinous: Shapes
    transverse: Shapes
    superior: Shapes
    inferior: Shapes
    tips_mm: Array

    @property
    def shapes(self) -> Shapes:
        """All of it."""
        return tuple(shape for name in _PARTS for shape in getattr(self, name))

    def moved(self, motion: Array) -> Arch:
        """Return it where a rigid motion, shape ``(4, 4)``, takes it."""
        parts: dict[str, Any] = {
            name: tuple(moved(shape, motion) for shape in getattr(self, name)) for name in _PARTS
        }
        return replace(self, tips_mm=self.tips_mm @ motion[:3, :3].T + motion[:3, 3], **parts)


_PARTS = ("pedicles", "laminae", "spinous", "transverse", "superior", "inferior")


def draw_sizes(
    levels: Sequence[VertebralLevel], *, scale: float, rng: Generator
) -> dict[VertebralLevel, LevelSize]:
    """Draw what the arches of a patient measure; each dimension varies by a few per cent."""
    sizes = {}
    for level in levels:
        size, own = SIZES[level], scale * rng.normal(1.0, 0.04, 5)
        sizes[level] = replace(
            size,
            pedicle_mm=(size.pedicle_mm[0] * own[0], size.pedicle_mm[1] * own[1]),
            canal_mm=(size.canal_mm[0] * own[2], size.canal_mm[1] * own[2]),
            span_mm=size.span_mm * own[3],
            spinous_mm=size.spinous_mm * own[4],
        )
    return sizes


def draw_arch(
    body: Vertebra,
    size: LevelSize,
    joints: Sequence[FacetJoint],
    *,
    material: BoneMaterial,
    rng: Generator,
) -> Arch:
    """Draw one arch.

    Args:
        body: The vertebral body that it stands behind.
        size: What it measures.
        joints: The facet joints of the column.
        material: What it is made of.
        rng: Source of chance.
    """
    assert body.level is not None  # noqa: S101 - only named levels have arches
    parts: dict[str, list[Tube | Sheet]] = {
        name: [] for name in ("pedicles", "laminae", "transverse", "superior", "inferior")
    }
    own = Own(body, size, material)
    tips: list[Array] = []
    lift = float(rng.normal(0.0, 0.06))
    for side in (-1.0, 1.0):
        parts["pedicles"].append(own.pedicle(side))
        rise = lift + float(rng.normal(0.0, 0.04))
        if body.level is not _L.S1:
            parts["transverse"].append(process := own.transverse(side, rise))
            tips.append(process.points_mm[-1])
        parts["laminae"].append(own.lamina(side))
    for joint in joints:
        if joint.lower is body.level:
            parts["superior"] += superior_process(joint, own.place(own.pillar(joint.side)), own)
        if joint.upper is body.level:
            parts["inferior"] += own.inferior(joint)
    named: Mapping[str, Shapes] = {name: tuple(shapes) for name, shapes in parts.items()}
    return Arch(
        level=body.level,
        size=size,
        spinous=own.spinous(rng),
        tips_mm=np.array(tips).reshape(-1, 3),
        **named,
    )
