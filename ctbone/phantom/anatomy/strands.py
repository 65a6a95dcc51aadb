"""Drawing the vessels of the abdomen: aorta and cava, what they become, branches, plaques."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.branching import branches
from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.placing import place, smooth_line, thread
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.anatomy.torso import unpose
from ctbone.phantom.flesh import Thread, Torso
from ctbone.phantom.shapes import Array
from ctbone.phantom.tissue import Tissue

_T = Tissue

#: Share of adults with calcium in the abdominal aorta by age: 16 % of men and 5 % of women at 40
#: to 49, nearly all over 80; Allison et al., Arterioscler Thromb Vasc Biol 2004;24:331 (recalled).
_CALCIUM = ((35.0, 45.0, 60.0, 75.0, 85.0), (0.02, 0.14, 0.5, 0.88, 0.97))

#: Share with an abdominal aorta of 3 cm and more at 65 and older: a few per cent (recalled).
_ANEURYSM = 0.04


def draw_vessels(
    column: Column,
    torso: Torso,
    ends_mm: tuple[Array, list[Array]],
    *,
    build: Build,
    rng: Generator,
) -> list[Thread]:
    """Draw the vessels of one patient, from the arch of the aorta to kidneys and groins.

    Args:
        column: The spine, along which they run.
        torso: The trunk.
        ends_mm: The arch, and the hilum of each kidney, own frame.
        build: Age and size.
        rng: Source of chance.
    """
    (arch_mm, hila_mm), age_years, scale = ends_mm, build.age_years, build.scale
    split = float(rng.normal(-95.0, 22.0)) * scale
    spine = _spine_line(column, torso, split - 30.0)
    size = float(rng.uniform(7.5, 10.5)) * (1.0 + 0.003 * (age_years - 50.0))
    aorta, radii = _aorta(spine, (split, size, age_years), arch_mm, rng)
    cava = _cava(spine, torso, split, rng)
    found: list[Thread] = [
        thread(torso, aorta, radii, _T.ARTERY),
        thread(torso, cava, rng.uniform(7.0, 12.0), _T.VEIN, stretch=(1.2, 0.8, 1.0)),
    ]
    for end, width, tissue in ((aorta[-1], 0.62 * radii[-1], _T.ARTERY), (cava[-1], 6.5, _T.VEIN)):
        found += _iliacs(torso, end, float(width), tissue, rng)
    found += _renal(torso, (aorta, cava), hila_mm)
    found += _mesenteric(torso, aorta, rng)
    return [*found, *_plaques(torso, aorta, radii, age_years, rng)]


def _spine_line(column: Column, torso: Torso, lowest: float) -> Array:
    """Return where the front of the spine is, own frame, caudal last."""
    pose = (torso.turn_rad, *torso.lean)
    kept = [v for v in column.vertebrae if v.level is not None and 10 <= v.level.order <= 26]
    fronts = np.array([
        unpose(v.centre_mm, pose) - [0.0, 0.5 * v.depth_mm, 0.0] for v in kept
    ])  # fmt: skip
    heights = np.arange(fronts[0, 2], lowest, -14.0)
    ways = [np.interp(-heights, -fronts[:, 2], fronts[:, axis]) for axis in (0, 1)]
    return np.stack([*ways, heights], -1)


def _aorta(
    spine: Array, draw: tuple[float, float, float], arch: Array, rng: Generator
) -> tuple[Array, Array]:
    """Return the line of the aorta from its arch to where it divides, and its radii."""
    split, size, age = draw
    course = spine[(spine[:, 2] < arch[2] - 25.0) & (spine[:, 2] > split)]
    if len(course) < 4:
        course = spine[:4]
    down = course[:, 2]
    aside = np.interp(down, (-60.0, 60.0, 150.0), (6.0, 12.0, 20.0))
    # The old aorta winds: a few millimetres at 40, more than its own width in some at 80.
    wind = rng.gamma(2.0, np.interp(age, (40.0, 80.0), (0.8, 4.0)))
    wave = wind * np.sin(down / rng.uniform(22.0, 40.0) + rng.uniform(0.0, 6.0))
    line = course + np.stack([aside + wave, -size - 1.5 - np.abs(0.4 * wave), 0.0 * down], -1)
    line = np.concatenate([arch[None], line, [[line[-1, 0] - 4.0, line[-1, 1], split]]])
    radii = np.interp(line[:, 2], (split, 60.0, 150.0), (0.85 * size, size + 1.5, size + 3.0))
    if age > 55.0 and rng.random() < _ANEURYSM * 2.0:
        at = rng.uniform(split + 15.0, split + 60.0)
        bulge = rng.uniform(5.0, 18.0) * np.exp(-(((line[:, 2] - at) / 26.0) ** 2))
        radii += bulge
        line[:, 1] -= bulge
    return line, radii


def _cava(spine: Array, torso: Torso, split: float, rng: Generator) -> Array:
    """Return the line of the lower cava from the diaphragm to where the common iliacs join."""
    top = torso.domes_mm[0] - 8.0
    course = spine[(spine[:, 2] < top) & (spine[:, 2] > split - 12.0)]
    if len(course) < 2:
        course = spine[-2:]
    forward = np.maximum(course[:, 2] - top + 110.0, 0.0) * 0.2
    aside = -14.0 - 0.05 * forward - rng.uniform(0.0, 5.0)
    off = np.stack([np.full(len(course), aside.mean()), -9.0 - forward, 0 * forward], -1)
    return np.asarray(course + off)


def _iliacs(
    torso: Torso, end: Array, radius: float, tissue: Tissue, rng: Generator
) -> list[Thread]:
    """Return common, external and internal iliac vessels of both sides."""
    low = float(torso.heights_mm[0])
    found: list[Thread] = []
    wind = rng.uniform(-8.0, 8.0, 2)
    back = 7.0 if tissue is _T.VEIN else 0.0
    for leg in (-1.0, 1.0):
        fork = np.array([leg * 42.0 + wind[0], end[1] + 16.0 + back, low + 295.0])
        groin = place(torso, 0.0, 0.9, low + 215.0) + np.array([leg * 78.0, back, 0.0])
        thigh = groin + np.array([leg * 8.0, 10.0, -150.0])
        knots = np.stack(
            [end, fork, 0.5 * (fork + groin) + [leg * 12.0, 10.0, -8.0], groin, thigh]
        )
        found.append(thread(torso, smooth_line(knots, 14), np.linspace(radius, 0.7 * radius, 14),
                            tissue))  # fmt: skip
        deep = fork + np.array([[0, 0, 0], [leg * 8.0, 22.0, -45.0], [leg * 4.0, 30.0, -85.0]])
        found.append(thread(torso, deep, [0.65 * radius, 0.5 * radius, 1.6], tissue))
    return found


def _renal(torso: Torso, lines: tuple[Array, Array], hila: list[Array]) -> list[Thread]:
    found: list[Thread] = []
    for hilum in hila:
        for line, tissue, radius in zip(lines, (_T.ARTERY, _T.VEIN), (2.6, 4.2), strict=True):
            nearest = line[np.argmin(np.abs(line[:, 2] - hilum[2] - 8.0))]
            found.append(thread(torso, np.stack([nearest, hilum]), radius, tissue))
    return found


def _mesenteric(torso: Torso, aorta: Array, rng: Generator) -> list[Thread]:
    """Return the upper mesenteric vessels and their fan, and the splenic artery's stem."""
    trunk = aorta[np.argmin(np.abs(aorta[:, 2] - rng.normal(-5.0, 20.0)))]
    root = trunk + np.array([0.0, -22.0, -14.0])
    low = float(torso.heights_mm[0]) + 285.0
    count = 34
    ends = place(
        torso,
        rng.uniform(-0.62, 0.62, count),
        rng.uniform(0.42, 0.86, count),
        rng.uniform(low, max(root[2], low + 40.0), count),
    )
    aside = np.array([-9.0, 0.0, 0.0])
    found: list[Thread] = [thread(torso, np.stack([trunk, root]), 3.6, _T.ARTERY)]
    found.append(branches(torso, root, ends[::2], _T.ARTERY, tip_mm=0.8, widest_mm=3.4))
    found.append(branches(torso, root + aside, ends[1::2], _T.VEIN, tip_mm=1.0, widest_mm=5.0))
    return found


def _plaques(torso: Torso, line: Array, radii: Array, age: float, rng: Generator) -> list[Thread]:
    """Calcified plaques in the wall of the aorta, in more and in number with age."""
    if rng.random() > np.interp(age, *_CALCIUM):
        return []
    found: list[Thread] = []
    for _ in range(1 + int(rng.poisson(np.interp(age, (45.0, 80.0), (2.0, 14.0))))):
        at = int(rng.integers(len(line) // 3, len(line)))
        angle = rng.uniform(0.0, 2.0 * np.pi)
        sweep = angle + rng.uniform(0.0, 1.1) * np.array([0.0, 0.5, 1.0])
        rim = np.stack([np.cos(sweep), np.sin(sweep), rng.normal(0.0, 0.5, 3)], -1)
        radius = radii[at] - 0.5
        found.append(thread(torso, line[at] + rim * radius, rng.uniform(0.6, 1.7),
                            _T.CALCIFICATION, shift_hu=float(rng.uniform(-400.0, 150.0)),
                            stretch=(1.0, 1.0, float(rng.uniform(1.0, 4.0)))))  # fmt: skip
    return found
