"""What wear leaves at the end plates: osteophytes, bridges, Schmorl nodes, sclerosis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.bone import Finding, Lesion, Side, Spur
from ctbone.phantom.shapes import Array, Tube, Vertebra
from ctbone.phantom.tissue import Tissue


def with_osteophytes(
    column: Column, *, severity: float, rng: Generator
) -> tuple[Column, tuple[Finding, ...]]:
    """Let lips of bone grow at the rims, most in the lower thoracic and the lumbar spine.

    Args:
        column: The spine.
        severity: From 0, a few small ones, to 1.
        rng: Source of chance.
    """
    bodies, findings = [], []
    for body in column.vertebrae:
        assert body.level is not None  # noqa: S101 - the column names all of these
        spurs = _spurs(body, severity, rng)
        bodies.append(replace(body, spurs=(*body.spurs, *spurs)))
        if spurs:
            largest = max(spurs, key=lambda spur: spur.size_mm)
            size = round(largest.size_mm, 1)
            findings.append(
                Finding(kind="osteophytes", level=body.level, size_mm=size, side=_side(largest))
            )
    return replace(column, vertebrae=tuple(bodies)), tuple(findings)


def _spurs(body: Vertebra, severity: float, rng: Generator) -> list[Spur]:
    is_low = body.level is not None and 14 <= body.level.order <= 24
    spurs = []
    for plate in (1, -1):
        if rng.random() > (0.2 + 0.6 * severity) * (1.0 if is_low else 0.4):
            continue
        # From the right flank (pi) over the front (-pi/2) to the left flank (0).
        angle = float(rng.uniform(-np.pi - 0.2, 0.2))
        size = float(np.clip(rng.gamma(2.2, 0.7 + 0.8 * severity), 1.0, 9.0))
        spurs.append(
            Spur(
                plate=plate,
                towards=(float(np.cos(angle)), float(np.sin(angle))),
                size_mm=size,
                curl_mm=float(min(0.4 * size, 2.5) * rng.uniform(0.2, 1.0)),
                spread=float(rng.uniform(0.25, 0.9)),
                bmd_mg_cm3=float(rng.uniform(180.0, 420.0)),
            )
        )
    return spurs


def _side(spur: Spur) -> Side:
    left, back = spur.towards
    if back < -0.7:
        return "front"
    return "left" if left > 0.0 else "right"


def with_hyperostosis(column: Column, *, rng: Generator) -> tuple[Column, tuple[Finding, ...]]:
    """Lay flowing bone over the front of four or more bodies, on the right where the aorta is not.

    Diffuse idiopathic skeletal hyperostosis: at least four bodies bridged, discs kept (Resnick &
    Niwayama, Radiology 1976;119:559); on the right of the thoracic spine.
    """
    last = int(rng.integers(12, len(column.vertebrae) - 2))
    first = last - int(rng.integers(3, 8))
    bridged = column.vertebrae[first : last + 1]
    angle = np.deg2rad(rng.uniform(-150.0, -100.0))
    thickness = float(rng.uniform(2.0, 4.5))
    points: list[Array] = []
    for body in bridged:
        for height in (0.55, 0.0, -0.55):
            out = 0.5 * np.array([body.width_mm, body.depth_mm]) + (0.6 if height else 0.1)
            flat = out * np.array([np.cos(angle), np.sin(angle)])
            points.append(body.centre_mm + body.frame @ np.array([*flat, height * body.height_mm]))
    radii = thickness * rng.uniform(0.7, 1.2, len(points))
    flow = Tube(
        points_mm=np.array(points),
        radii_mm=radii,
        stretch=(1.8, 0.8, 1.0),
        frame=bridged[len(bridged) // 2].frame,
        tissue=Tissue.MARROW,
        shift_hu=float(rng.uniform(50.0, 250.0)),
        cortex_mm=0.8,
    )
    findings = tuple(
        Finding(kind="hyperostosis", level=b.level, size_mm=round(thickness, 1), side="right")
        for b in bridged
        if b.level is not None
    )
    return replace(column, ossifications=(*column.ossifications, flow)), findings


def with_schmorl_nodes(column: Column, *, rng: Generator) -> tuple[Column, tuple[Finding, ...]]:
    """Let discs sink into end plates of a few bodies between T7 and L3."""
    wanted = _chosen(column, range(14, 23), int(rng.integers(1, 4)), rng)
    bodies, findings = list(column.vertebrae), []
    for index in wanted:
        body = bodies[index]
        node = _schmorl_node(body, rng)
        bodies[index] = replace(body, lesions=(*body.lesions, node))
        size = round(2.0 * max(node.semi_axes_mm), 1)
        findings.append(Finding(kind="schmorl_node", level=body.level, size_mm=size))  # type: ignore[arg-type]
    return replace(column, vertebrae=tuple(bodies)), tuple(findings)


def _chosen(column: Column, orders: range, count: int, rng: Generator) -> list[int]:
    able = [
        i
        for i, v in enumerate(column.vertebrae)
        if v.level is not None and v.level.order in orders
    ]
    return sorted(rng.choice(able, min(count, len(able)), replace=False).tolist())


def _schmorl_node(body: Vertebra, rng: Generator) -> Lesion:
    """Return a hole at the middle of an end plate, filled with disc, with a dense rim."""
    plate = 1.0 if rng.random() < 0.4 else -1.0
    wide, deep = float(rng.uniform(3.0, 8.0)), float(rng.uniform(2.5, 6.0))
    v = float(rng.normal(0.05, 0.15)) * body.depth_mm
    end = 0.5 * body.height_mm - body.concavity_mm
    return Lesion(
        centre_mm=(float(rng.normal(0.0, 0.12)) * body.width_mm, v, plate * end),
        semi_axes_mm=(wide, wide * float(rng.uniform(0.6, 1.0)), deep),
        filling=Tissue.DISC,
        ragged=0.1,
        opens=True,
        rim_mg_cm3=float(rng.uniform(220.0, 500.0)),
        rim_mm=float(rng.uniform(0.8, 1.8)),
    )


def with_sclerosis(column: Column, *, rng: Generator) -> tuple[Column, tuple[Finding, ...]]:
    """Harden the end plates on both sides of one or two lower lumbar discs (erosive wear)."""
    wanted = _chosen(column, range(21, 25), int(rng.integers(1, 3)), rng)
    bodies, findings = list(column.vertebrae), []
    for index in wanted:
        for i, plate in ((index, -1.0), (min(index + 1, len(bodies) - 1), 1.0)):
            body = bodies[i]
            band = _sclerosis(body, plate, rng)
            bodies[i] = replace(body, lesions=(*body.lesions, band))
            size = round(band.semi_axes_mm[2], 1)
            findings.append(
                Finding(kind="endplate_sclerosis", level=body.level, size_mm=size)  # type: ignore[arg-type]
            )
    return replace(column, vertebrae=tuple(bodies)), tuple(findings)


def _sclerosis(body: Vertebra, plate: float, rng: Generator) -> Lesion:
    deep = float(rng.uniform(2.5, 8.0))
    side = float(rng.uniform(-0.25, 0.25))
    return Lesion(
        centre_mm=(side * body.width_mm, float(rng.uniform(-0.25, 0.1)) * body.depth_mm,
                   plate * (0.5 * body.height_mm - 0.5 * body.concavity_mm)),
        semi_axes_mm=(body.width_mm * float(rng.uniform(0.25, 0.5)),
                      body.depth_mm * float(rng.uniform(0.3, 0.5)), deep),
        filling=body.bmd_mg_cm3 + float(rng.uniform(80.0, 320.0)),
        edge_mm=3.0,
        ragged=0.15,
        share=float(rng.uniform(0.6, 1.0)),
    )  # fmt: skip
