"""Drawing what lies in the trunk: organs, bowel, vessels and the muscles along the spine.

Heights hang on the diaphragm and on chance, not on the spine: where an organ lies must not tell
the level of a vertebra. Positions are drawn in the patient's own frame and posed at the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.spine import Column, rotation
from ctbone.phantom.anatomy.strands import draw_strands
from ctbone.phantom.anatomy.torso import repose
from ctbone.phantom.shapes import Ellipsoid, Torso, Tube
from ctbone.phantom.tissue import Tissue

_T = Tissue


@dataclass(frozen=True, slots=True)
class Viscera:
    """What is painted before the lungs, and what after them."""

    organs: tuple[Ellipsoid, ...]
    heart: tuple[Ellipsoid, ...]
    tubes: tuple[Tube, ...]


def draw_viscera(column: Column, torso: Torso, *, scale: float, rng: Generator) -> Viscera:
    """Draw organs, vessels and muscles of one patient."""
    # Solid organs cover the bowel that was drawn where they lie.
    organs = (
        *_bowel(torso, scale, rng),
        *_abdomen(torso, scale, rng),
        *_kidneys(torso, scale, rng),
    )
    return Viscera(
        organs=organs,
        heart=_heart(torso, scale, rng),
        tubes=draw_strands(column, torso, scale=scale, rng=rng),
    )  # fmt: skip


def _front(torso: Torso, height: float, fraction: float) -> float:
    """Return y between the spine (0) and the front of the cavity (1) at a height, own frame."""
    row = np.array([np.interp(height, torso.heights_mm, outline) for outline in torso.cavity])
    back, front = row[1] + row[2], row[1] - row[2]
    return float(back + fraction * (front - back))


def _lump(
    torso: Torso, centre: tuple[float, float, float], size: tuple[float, float, float],
    tissue: Tissue, rng: Generator, *, shift_sd: float = 6.0,
) -> Ellipsoid:  # fmt: skip
    """Return an ellipsoid near a place, a little off it, turned and scaled by chance."""
    pose = (torso.turn_rad, *torso.lean)
    frame = rotation(*rng.normal(0.0, 0.2, 3))
    semi = tuple(float(s * np.exp(rng.normal(0.0, 0.1))) for s in size)
    place = repose(np.array(centre) + rng.normal(0.0, 5.0, 3), pose)
    return Ellipsoid(
        centre_mm=torso.origin_mm + place,
        semi_axes_mm=(semi[0], semi[1], semi[2]),
        frame=frame,
        tissue=tissue,
        shift_hu=float(rng.normal(0.0, shift_sd)),
    )


def _abdomen(torso: Torso, scale: float, rng: Generator) -> list[Ellipsoid]:
    """Liver on the patient's right, spleen and stomach on the left."""
    right, left = torso.domes_mm
    s = scale * rng.normal(1.0, 0.08)
    fatty = float(-30.0 * (rng.random() < 0.2) + rng.normal(0.0, 7.0))
    tall = rng.uniform(75.0, 115.0) * s
    parts = [
        ((58.0 * s, 0.68, left - 60.0 * s), (48.0 * s, 40.0 * s, 45.0 * s), _T.BOWEL),
        ((62.0 * s, 0.80, left - 52.0 * s), (32.0 * s, 22.0 * s, 30.0 * s), _T.GAS),
        ((-78.0 * s, 0.45, right - 0.8 * tall), (82.0 * s, 78.0 * s, tall), _T.LIVER),
        ((-12.0 * s, 0.75, right - 55.0 * s), (80.0 * s, 40.0 * s, 48.0 * s), _T.LIVER),
        ((92.0 * s, 0.25, left - 60.0 * s), (30.0 * s, 42.0 * s, 48.0 * s), _T.SPLEEN),
        ((-40.0 * s, 0.7, right - 120.0 * s), (18.0 * s, 16.0 * s, 28.0 * s), _T.FLUID),
    ]
    lumps = [
        _lump(torso, (x, _front(torso, z, f), z), size, tissue, rng, shift_sd=0.0)
        for (x, f, z), size, tissue in parts
    ]
    return [_shifted(lump, fatty if lump.tissue is _T.LIVER else 0.0) for lump in lumps]


def _shifted(lump: Ellipsoid, shift_hu: float) -> Ellipsoid:
    return replace(lump, shift_hu=shift_hu)


def _kidneys(torso: Torso, scale: float, rng: Generator) -> list[Ellipsoid]:
    """One on each side, anywhere within more than a level and a half; sometimes missing."""
    lumps = []
    height = rng.normal(-25.0, 32.0) * scale
    for side, drop in ((-1.0, 12.0), (1.0, 0.0)):
        if rng.random() < 0.05:
            continue
        z = height - drop + rng.normal(0.0, 14.0)
        place = (side * rng.uniform(58.0, 74.0) * scale, _front(torso, z, 0.14), z)
        size = (27.0 * scale, 25.0 * scale, 52.0 * scale)
        lumps.append(_lump(torso, place, size, _T.KIDNEY, rng))
        sinus = (place[0] - side * 8.0, place[1], z)
        lumps.append(_lump(torso, sinus, (9.0, 10.0, 24.0), _T.VISCERAL_FAT, rng))
    return lumps


def _bowel(torso: Torso, scale: float, rng: Generator) -> list[Ellipsoid]:
    """Loops of bowel anywhere below the diaphragm, some with gas, some with oral contrast."""
    lumps = []
    drunk = float(rng.uniform(100.0, 450.0)) if rng.random() < 0.15 else 0.0
    for _ in range(int(rng.integers(22, 46))):
        z = float(rng.uniform(-230.0, 30.0)) * scale
        x, fraction = rng.uniform(-95.0, 95.0) * scale, rng.uniform(0.38, 0.92)
        radius = rng.uniform(11.0, 26.0)
        size = (radius * rng.uniform(0.8, 1.8), radius, radius * rng.uniform(0.8, 1.8))
        y = _front(torso, z, fraction)
        lumps.append(_lump(torso, (x, y, z), size, _T.BOWEL, rng, shift_sd=14.0))
        if rng.random() < 0.35:
            inner = (0.7 * size[0], 0.55 * size[1], 0.7 * size[2])
            lumps.append(_lump(torso, (x, y - 0.3 * radius, z), inner, _T.GAS, rng, shift_sd=40.0))
        elif rng.random() < 0.3:
            inner = (0.6 * size[0], 0.6 * size[1], 0.6 * size[2])
            filled = _lump(torso, (x, y, z), inner, _T.BOWEL, rng, shift_sd=60.0)
            lumps.append(_shifted(filled, filled.shift_hu + drunk))
    pelvis = -215.0 * scale
    bladder = (0.0, _front(torso, pelvis, 0.7), pelvis)
    size = (38.0, 30.0, float(rng.uniform(18.0, 38.0)))
    return [*lumps, _lump(torso, bladder, size, _T.FLUID, rng)]


def _heart(torso: Torso, scale: float, rng: Generator) -> tuple[Ellipsoid, ...]:
    z = min(torso.domes_mm) + rng.uniform(30.0, 48.0) * scale
    place = (22.0 * scale, _front(torso, z, 0.68), z)
    size = (58.0 * scale, 46.0 * scale, 46.0 * scale)
    great = (2.0, _front(torso, z + 70.0, 0.55), z + 62.0 * scale)
    return (
        _lump(torso, place, size, _T.HEART, rng, shift_sd=4.0),
        _lump(torso, great, (34.0 * scale, 30.0 * scale, 52.0 * scale), _T.HEART, rng),
    )
