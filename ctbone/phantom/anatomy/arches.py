"""Drawing what stands behind a vertebral body: pedicles, laminae, processes and facets."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.morphometry import SIZES, LevelSize
from ctbone.phantom.shapes import Array, Tube, Vertebra
from ctbone.phantom.tissue import Tissue


def draw_arch(
    body: Vertebra, *, scale: float, cortex_mm: float, marrow_hu: float, rng: Generator
) -> tuple[Tube, ...]:
    """Return the pedicles, laminae, processes and facets of one vertebra.

    Args:
        body: The vertebral body that they stand behind.
        scale: Size relative to the tables.
        cortex_mm: Thickness of their compact bone.
        marrow_hu: How much denser their inside is than marrow, HU.
        rng: Source of chance.
    """
    if body.level is None:
        return ()
    size = SIZES[body.level]
    jitter = scale * rng.normal(1.0, 0.05, 6)
    parts = [_spinous(body, size, jitter)]
    for side in (-1.0, 1.0):
        parts += _side(body, size, jitter, side)
    return tuple(
        Tube(
            points_mm=body.centre_mm + points @ body.frame.T,
            radii_mm=radii,
            stretch=stretch,
            frame=body.frame,
            tissue=Tissue.MARROW,
            shift_hu=marrow_hu,
            cortex_mm=cortex_mm,
            level=body.level,
        )
        for points, radii, stretch in parts
    )


_Part = tuple[Array, Array, tuple[float, float, float]]


def _side(body: Vertebra, size: LevelSize, jitter: Array, side: float) -> list[_Part]:
    """Return one side's pedicle, lamina, transverse process and facet pillar, in its own frame."""
    back, high = 0.5 * body.depth_mm, 0.5 * body.height_mm
    width, height = (x * jitter[0] for x in size.pedicle_mm)
    canal_w, canal_d = (x * jitter[1] for x in size.canal_mm)
    lateral = 0.5 * canal_w + 0.5 * width
    joint = np.array([side * (lateral + 1.5), back + 0.65 * canal_d, 0.2 * high])
    pedicle = np.array([[side * lateral, back - 5.0, 0.35 * high], joint])
    root = joint + np.array([0.0, 2.0, -4.0])
    lamina = np.array([root, [side * 2.0, back + canal_d + 3.5, -0.4 * high]])
    is_lumbar = body.level is not None and body.level.order >= 20
    out = 0.5 * size.span_mm * jitter[2]
    tip = [
        side * out,
        joint[1] + (4.0 if is_lumbar else 12.0),
        joint[2] + (1.0 if is_lumbar else 4.0),
    ]
    process = np.array([joint, tip])
    reach = high + 0.5 * size.disc_mm
    pillar = np.array(
        [
            [side * lateral, joint[1] + 3.0, reach],
            [side * (lateral + 1.0), joint[1] + 5.0, 0.0],
            [side * (lateral - 1.5), joint[1] + 7.0, -reach - 2.0],
        ]
    )
    flat = 0.5 * np.array([width, width])
    return [
        (pedicle, flat, (1.0, 1.0, height / width)),
        (lamina, np.array([3.8, 3.4]), (1.0, 1.0, 2.6)),
        (process, np.array([3.6, 2.8]), (1.0, 1.0, 1.6)),
        (pillar, np.array([3.5, 5.0, 3.2]), (1.1 if is_lumbar else 0.9, 1.0, 1.0)),
    ]


def _spinous(body: Vertebra, size: LevelSize, jitter: Array) -> _Part:
    back, canal_d = 0.5 * body.depth_mm, size.canal_mm[1] * jitter[1]
    root = np.array([0.0, back + canal_d + 5.0, -0.4 * 0.5 * body.height_mm])
    length = max(size.spinous_mm * jitter[3] - canal_d - 5.0, 10.0)
    slope = np.array([0.0, 1.0, -size.spinous_drop])
    tip = root + length * slope / np.hypot(1.0, 0.55 * size.spinous_drop)
    tall = 2.3 if body.level is not None and body.level.order >= 20 else 1.4
    return np.array([root, tip]), np.array([2.6, 3.0]), (1.0, 1.2, tall)
