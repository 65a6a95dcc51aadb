"""Drawing what runs along the spine: psoas, erectors, aorta and cava, and plaques in its wall."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.anatomy.torso import repose, unpose
from ctbone.phantom.shapes import Array, Torso, Tube
from ctbone.phantom.tissue import Tissue

_T = Tissue


def draw_strands(
    column: Column, torso: Torso, *, scale: float, rng: Generator
) -> tuple[Tube, ...]:
    """Draw muscles and vessels along the spine of one patient."""
    return (
        *_psoas(column, scale, rng),
        *_paraspinal(column, scale, rng),
        *_vessels(column, torso, scale, rng),
    )


def _psoas(column: Column, scale: float, rng: Generator) -> list[Tube]:
    """From the flank of L1 down and forward to the groin."""
    bodies = [v for v in column.vertebrae if v.level is not None and v.level.order >= 20]
    bulk = scale * rng.normal(1.0, 0.14)
    tubes = []
    for side in (-1.0, 1.0):
        points, radii = [], []
        for rank, body in enumerate(bodies[:-1]):
            radius = bulk * (7.0 + 3.4 * rank)
            out = 0.42 * body.width_mm + 0.85 * radius
            points.append(body.centre_mm + body.frame @ np.array([side * out, 8.0, 0.0]))
            radii.append(radius)
        sacral = bodies[-1].centre_mm
        for out, front, down, radius in ((52.0, -28.0, 10.0, 23.0), (78.0, -58.0, 95.0, 19.0)):
            points.append(sacral + np.array([side * out * scale, front * scale, -down * scale]))
            radii.append(bulk * radius)
        tubes.append(_muscle(points, radii, (1.0, 1.05, 1.0), rng))
    return tubes


def _paraspinal(column: Column, scale: float, rng: Generator) -> list[Tube]:
    """The erectors on either side of the spinous processes."""
    bulk = scale * rng.normal(1.0, 0.12)
    tubes = []
    for side in (-1.0, 1.0):
        points, radii = [], []
        for body in column.vertebrae:
            lumbar = body.level is not None and body.level.order >= 19
            radius = bulk * (20.0 if lumbar else 13.0)
            place = np.array([side * 1.25 * radius, 0.5 * body.depth_mm + 36.0 * scale, -6.0])
            points.append(body.centre_mm + body.frame @ place)
            radii.append(radius)
        tubes.append(_muscle(points, radii, (1.35, 0.85, 1.0), rng))
    return tubes


def _muscle(
    points: list[Array], radii: list[float], stretch: tuple[float, float, float], rng: Generator
) -> Tube:
    return Tube(
        points_mm=np.array(points),
        radii_mm=np.array(radii),
        stretch=stretch,
        frame=np.eye(3),
        tissue=_T.MUSCLE,
        shift_hu=float(rng.normal(0.0, 8.0)),
    )


def _vessels(column: Column, torso: Torso, scale: float, rng: Generator) -> list[Tube]:
    """The aorta in front of the spine to its left, the cava to its right, and what they become."""
    pose = (torso.turn_rad, *torso.lean)
    split = float(rng.normal(-95.0, 22.0)) * scale
    radius = float(rng.uniform(8.5, 13.5))
    kept = [v for v in column.vertebrae if v.level is not None and 11 <= v.level.order <= 24]
    own = [unpose(v.centre_mm, pose) for v in kept]
    above = [(v, p) for v, p in zip(kept, own, strict=True) if p[2] > split]
    tubes = []
    for side, gap, first, tissue in ((1.0, 0.0, 99.0, _T.ARTERY), (-1.0, 2.0, 95.0, _T.VEIN)):
        line = [
            p + np.array([side * (12.0 + gap), -0.5 * v.depth_mm - radius - 1.0, 0.0])
            + np.array([0.0, -max(0.0, p[2] - 40.0) * 0.15 * (side < 0), 0.0])
            for v, p in above
            if p[2] < first * scale or side > 0
        ]  # fmt: skip
        end = line[-1] + np.array([-side * 6.0, 0.0, split - line[-1][2]])
        tubes.append(_vessel([*line, end], radius * (1.1 if side < 0 else 1.0), tissue, pose))
        for leg in (-1.0, 1.0):
            steps = np.array(
                [[0.0, 0.0, 0.0], [leg * 32.0, 4.0, -55.0], [leg * 70.0, -25.0, -125.0]]
            )
            tubes.append(_vessel(list(end + steps), 0.6 * radius, tissue, pose))
        if tissue is _T.ARTERY:
            tubes += _plaques(line, radius, pose, rng)
    return tubes


def _vessel(
    line: list[Array], radius: float, tissue: Tissue, pose: tuple[float, float, float]
) -> Tube:
    points = repose(np.array(line), pose)
    return Tube(
        points_mm=points,
        radii_mm=np.full(len(points), radius),
        stretch=(1.0, 1.0, 1.0),
        frame=np.eye(3),
        tissue=tissue,
    )


def _plaques(
    line: list[Array], radius: float, pose: tuple[float, float, float], rng: Generator
) -> list[Tube]:
    """Calcified plaques on the wall of the aorta, in a third of the patients."""
    if rng.random() > 0.35:
        return []
    plaques = []
    for _ in range(int(rng.integers(2, 9))):
        at = line[int(rng.integers(len(line)))]
        angle = rng.uniform(0.0, 2.0 * np.pi)
        place = at + np.array([np.cos(angle) * radius, np.sin(angle) * radius, rng.normal(0, 8.0)])
        upper = place + np.array([0.0, 0.0, rng.uniform(2.0, 8.0)])
        size = float(rng.uniform(1.0, 2.2))
        plaques.append(_vessel([place, upper], size, _T.CALCIFICATION, pose))
    return plaques
