"""Drawing what is in the lungs: vessels and airways, density and its faults, effusions."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.branching import branches
from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.heart import Heart
from ctbone.phantom.anatomy.placing import cavity_at, draw_texture, place, smooth_line, thread
from ctbone.phantom.flesh import Lungs, Thread, Torso
from ctbone.phantom.shapes import Array
from ctbone.phantom.tissue import Tissue

_T = Tissue

#: Branches of each lung: as many as show at 1 mm as more than a dot.
_TIPS = 170

#: Share of patients with an effusion on a side; inferred, a hospital's mix.
_EFFUSION = 0.06


def draw_lungs(torso: Torso, heart: Heart, *, build: Build, rng: Generator) -> Lungs:
    """Draw the inside of the lungs of one patient."""
    sick = rng.random() < np.interp(build.age_years, (40.0, 75.0), (0.02, 0.22))
    effusion = [float(rng.uniform(12.0, 70.0)) if rng.random() < _EFFUSION else -1e3
                for _ in range(2)]  # fmt: skip
    walls, airways = _airways(torso, heart, build.scale, rng)
    return Lungs(
        shift_hu=torso.lung_shift_hu,
        slope_hu_mm=float(rng.gamma(2.0, 0.25)),
        emphysema_hu=float(rng.uniform(40.0, 110.0)) if sick else 0.0,
        holes=draw_texture(rng, count=4, wave_mm=(14.0, 50.0)),
        effusion_mm=(effusion[0], effusion[1]),
        vessels=tuple(_vessels(torso, heart, side, rng) for side in (-1.0, 1.0)),
        airway_walls=walls,
        airways=airways,
    )


def _vessels(torso: Torso, heart: Heart, side: float, rng: Generator) -> Thread:
    """Return the vessels of one lung, from its root to just below its surface."""
    apex = torso.domes_mm[0 if side < 0 else 1]
    top = _apex_height(torso)
    root = heart.root_mm + np.array([side * 34.0, 0.0, 0.0])
    ends = place(
        torso,
        side * np.sqrt(rng.uniform(0.16, 0.84, 4 * _TIPS)),
        rng.uniform(0.04, 0.92, 4 * _TIPS),
        rng.uniform(apex - 70.0, top, 4 * _TIPS),
    )
    ends = ends[_aerated(torso, ends, apex, heart)][:_TIPS]
    if len(ends) == 0:
        ends = root[None] + np.array([[side * 12.0, 0.0, 0.0]])
    return branches(torso, root, ends, _T.LUNG_VESSEL, tip_mm=0.7, widest_mm=6.5)


def _apex_height(torso: Torso) -> float:
    """Return the height at which the cavity has become too narrow for lung."""
    wide = np.nonzero(torso.cavity[0] > 60.0)[0]
    return float(torso.heights_mm[wide[-1]])


def _aerated(torso: Torso, ends: Array, apex: float, heart: Heart) -> Array:
    """Return which points lie in lung: in the cavity, above the dome, beside the heart."""
    half, middle, deep, off = cavity_at(torso, ends[:, 2])
    across, along = (ends[:, 0] - off) / half, (ends[:, 1] - middle) / deep
    out = (np.abs(ends[:, 0] - off) - 66.0) / 72.0
    back = (ends[:, 1] - middle + 0.15 * deep) / deep
    dome = apex - torso.dome_fall_mm * (out**2 + back**2)
    aside = np.abs(ends[:, 0] - off) > torso.mediastinum_mm + 6.0
    centre = heart.root_mm + np.array([18.0, -26.0, -52.0])
    clear = (((ends - centre) / (66.0, 52.0, 60.0)) ** 2).sum(1) > 1.0
    return np.asarray((across**2 + along**2 < 0.9) & (ends[:, 2] > dome + 6.0) & aside & clear)


def _airways(
    torso: Torso, heart: Heart, scale: float, rng: Generator
) -> tuple[tuple[Thread, ...], tuple[Thread, ...]]:
    """Return walls and lumens of trachea, main and lobar bronchi."""
    carina = heart.root_mm + np.array([0.0, 6.0, 14.0])
    top = float(torso.heights_mm[-1]) - 60.0
    neck = place(torso, 0.0, 0.45, top)
    middle = 0.5 * (carina + neck) + np.array([rng.normal(0.0, 3.0), 4.0, 0.0])
    wide = scale * rng.uniform(7.5, 10.0)
    lines = [(smooth_line(np.stack([neck, middle, carina]), 8), np.full(8, wide))]
    for side, drop in ((-1.0, 26.0), (1.0, 22.0)):
        hilum = carina + np.array([side * 40.0, 6.0, -drop]) * scale
        lines.append((np.stack([carina, hilum]), np.array([0.8, 0.68]) * wide))
        for far in ((34.0, -22.0, 26.0), (38.0, 4.0, -44.0), (22.0, 26.0, -60.0)):
            end = hilum + np.array([side, 1.0, 1.0]) * far * scale
            lines.append((np.stack([hilum, end]), np.array([0.46, 0.22]) * wide))
    walls = tuple(thread(torso, line, radii + 1.3, _T.MUSCLE) for line, radii in lines)
    return walls, tuple(thread(torso, line, radii, _T.AIRWAY) for line, radii in lines)
