"""Drawing stomach and bowel: their course, their wall and what fills them.

Calibres are textbook values, recalled: a small bowel of 2 to 2.5 cm, a caecum of 6, a transverse
colon of 4 to 5 and a descending colon of 3 cm. Patients lie on their backs, so that gas is in
front of fluid, with a level where they meet.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ctbone.phantom.anatomy.placing import cavity_at, draw_texture, place, posed, smooth_line
from ctbone.phantom.flesh import Gut, Torso
from ctbone.phantom.shapes import Array

#: Points, radii, wall, level of gas, stool of one stretch.
_Stretch = tuple[Array, Array, float, Array, NDArray[np.bool_]]

#: Share of patients who drank positive contrast; inferred, and falling everywhere.
_CONTRAST = 0.2

#: A level at which a loop holds no gas.
_NO_GAS = -2.0


def draw_gut(torso: Torso, *, scale: float, rng: Generator) -> Gut:
    """Draw stomach and bowel of one patient."""
    stretches = [_colon(torso, scale, rng)]
    if rng.random() > 0.03:
        stretches.append(_stomach(torso, scale, rng))
    stretches += [_loop(torso, scale, rng) for _ in range(int(rng.integers(8, 13)))]
    points = [posed(torso, stretch[0]) for stretch in stretches]
    return Gut(
        starts_mm=np.concatenate([p[:-1] for p in points]),
        ends_mm=np.concatenate([p[1:] for p in points]),
        radii_mm=np.concatenate([np.stack([s[1][:-1], s[1][1:]], -1) for s in stretches]),
        wall_mm=np.concatenate([np.full(len(s[0]) - 1, s[2]) for s in stretches]),
        level=np.concatenate([s[3][:-1] for s in stretches]),
        solid=np.concatenate([s[4][:-1] for s in stretches]),
        contrast=float(rng.uniform(0.3, 1.6)) if rng.random() < _CONTRAST else 0.0,
        fluid_shift_hu=float(rng.normal(0.0, 8.0)),
        shift_hu=float(rng.normal(0.0, 6.0)),
        mottle=draw_texture(rng, count=5, wave_mm=(5.5, 12.0)),
    )


def _stomach(torso: Torso, scale: float, rng: Generator) -> _Stretch:
    """From under the left dome down, forward and over the midline; full or collapsed."""
    top = torso.domes_mm[1] + float(rng.normal(0.0, 12.0))
    sag = rng.uniform(0.8, 1.5) * scale
    aside = np.array([0.42, 0.52, 0.5, 0.3, 0.05, -0.12, -0.2])
    forward = np.array([0.4, 0.42, 0.6, 0.76, 0.78, 0.68, 0.58])
    down = np.array([30.0, 48.0, 78.0, 104.0, 112.0, 100.0, 96.0]) * sag
    line = smooth_line(place(torso, aside, forward, top - down), 15)
    full = rng.uniform(0.5, 1.15)
    radii = np.interp(np.linspace(0, 6, 15), range(7), (30, 40, 34, 25, 20, 15, 10)) * scale * full
    gas = rng.uniform(-1.0, 0.3) if rng.random() < 0.85 else _NO_GAS
    return line, radii, 4.5, np.full(15, gas), np.zeros(15, bool)


def _colon(torso: Torso, scale: float, rng: Generator) -> _Stretch:
    """From the caecum round to the rectum, with haustra; redundant in some."""
    line = _course(torso, scale, rng)
    count = len(line)
    along = np.linspace(0.0, 1.0, count)
    calibre = np.interp(along, (0, 0.2, 0.4, 0.6, 0.75, 0.9, 1), (29, 23, 21, 18, 13, 14, 18))
    haustra = 1.0 + 0.16 * np.sin(2.0 * np.pi * np.arange(count) / 2.6 + rng.uniform(0.0, 6.0))
    slow = np.repeat(rng.uniform(0.6, 1.35, count // 4 + 1), 4)[:count]
    radii = np.maximum(calibre * haustra * _softened(slow) * scale * rng.uniform(0.75, 1.1), 6.0)
    stool = np.repeat(rng.random(count // 6 + 1), 6)[:count] < np.interp(
        along, (0, 1), (0.8, 0.45)
    )
    gas = np.repeat(rng.uniform(-2.2, 0.9, count // 5 + 1), 5)[:count]
    level = np.where(stool, np.minimum(gas, 0.0) - 0.5, gas)
    return line, radii, 2.5, level, stool


def _softened(row: Array) -> Array:
    return np.convolve(np.pad(row, 2, mode="edge"), np.ones(5) / 5.0, mode="valid")


def _course(torso: Torso, scale: float, rng: Generator) -> Array:
    """Return the line of the colon, own frame; every height is drawn by itself."""
    low = float(torso.heights_mm[0]) + 270.0
    right, left = torso.domes_mm
    caecum = low + rng.normal(85.0, 25.0) * scale
    hepatic = min(right - rng.normal(135.0, 20.0) * scale, right - 80.0)
    splenic = left - rng.uniform(30.0, 110.0) * scale
    middle = 0.5 * (hepatic + splenic) - rng.uniform(20.0, 150.0) * scale
    rows = np.array([
        (-0.6, 0.62, caecum - 18.0), (-0.66, 0.55, caecum + 20.0),
        (-0.72, 0.4, 0.5 * (caecum + hepatic)), (-0.66, 0.45, hepatic),
        (-0.42, 0.72, hepatic - 12.0), (-0.1, 0.88, middle), (0.25, 0.88, middle),
        (0.52, 0.7, 0.5 * (middle + splenic)), (0.72, 0.45, splenic),
        (0.8, 0.3, 0.5 * (splenic + low)), (0.74, 0.35, low + 95.0), (0.5, 0.5, low + 60.0),
        (0.15, 0.62, low + rng.uniform(40.0, 110.0)), (-0.15, 0.5, low + 45.0),
        (0.02, 0.2, low + 45.0), (0.0, 0.12, low), (0.0, 0.2, low - 35.0),
    ])  # fmt: skip
    rows += rng.normal(0.0, (0.05, 0.04, 9.0), rows.shape)
    knots = place(torso, rows[:, 0], np.clip(rows[:, 1], 0.08, 0.9), rows[:, 2])
    return smooth_line(knots, 74)


def _loop(torso: Torso, scale: float, rng: Generator) -> _Stretch:
    """Return a stretch of small bowel, folded where the abdomen has room."""
    count = int(rng.integers(11, 19))
    low = float(torso.heights_mm[0]) + 300.0
    # In the shortest trunks with the highest liver nothing is left between the two.
    high = max(min(torso.domes_mm) - 95.0, low)
    at = np.array([rng.uniform(-0.5, 0.55), rng.uniform(0.45, 0.85), rng.uniform(low, high)])
    way = rng.normal(0.0, 1.0, 3)
    half, _, deep, _ = cavity_at(torso, at[2])
    steps = rng.normal(0.0, 0.8, (count, 3)) * (1.0, 0.7, 1.0)
    floor, ceiling = np.array([-0.68, 0.36, low - 40.0]), np.array([0.68, 0.9, high + 25.0])
    line = []
    for step in steps:
        way = 0.55 * way + step
        pace = 17.0 * scale / float(np.sqrt(way @ way))
        at = np.minimum(np.maximum(at + pace * way / (half, -2.0 * deep, 1.0), floor), ceiling)
        line.append(at)
    rows = np.array(line)
    radii = scale * rng.uniform(8.5, 13.5) * rng.uniform(0.85, 1.15, count)
    gas = np.full(count, rng.uniform(-0.9, 0.3) if rng.random() < 0.18 else _NO_GAS)
    return place(torso, *rows.T), radii, 2.5, gas, np.zeros(count, bool)
