"""Drawing the heart with its chambers, and the great vessels of the chest.

The heart hangs on the diaphragm and on chance. Chambers take the phases of the blood in them:
what comes from the lungs is brightest when the arteries are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.placing import draw_organ, place, smooth_line, thread
from ctbone.phantom.anatomy.spine import rotation
from ctbone.phantom.flesh import Layer, Organ, Thread, Torso
from ctbone.phantom.shapes import Array
from ctbone.phantom.tissue import Tissue

_T = Tissue

#: Chamber: left, posterior and superior of the heart's centre, semi-axes (mm), whose blood.
_CHAMBERS = (
    ((24.0, 2.0, -10.0), (21.0, 21.0, 36.0), _T.ARTERY),
    ((2.0, 28.0, 14.0), (27.0, 16.0, 21.0), _T.ARTERY),
    ((-4.0, -24.0, -12.0), (27.0, 16.0, 30.0), _T.HEART),
    ((-36.0, -2.0, 2.0), (19.0, 24.0, 27.0), _T.HEART),
)

#: Where each coronary artery begins and where its first third ends, as for the chambers.
_CORONARIES = (
    ((12.0, -22.0, 30.0), (34.0, -34.0, 0.0)),
    ((-14.0, -22.0, 26.0), (-38.0, -22.0, 0.0)),
    ((22.0, 0.0, 28.0), (46.0, 22.0, 4.0)),
)


@dataclass(frozen=True, slots=True)
class Heart:
    """The heart, the vessels at it, and where the lungs' roots and the arch are, own frame."""

    organs: tuple[Organ, ...]
    threads: tuple[Thread, ...]
    root_mm: Array
    arch_mm: Array


def draw_heart(torso: Torso, *, build: Build, rng: Generator) -> Heart:
    """Draw the heart and the great vessels of one patient."""
    age_years, scale = build.age_years, build.scale
    height = min(torso.domes_mm) + rng.normal(34.0, 14.0) * scale
    centre = place(torso, 0.0, rng.uniform(0.58, 0.68), height)
    centre[0] += 18.0 * scale
    big = scale * float(np.exp(rng.normal(0.0, 0.09))) * (1.0 + 0.001 * (age_years - 50.0))
    # The base lies above, behind and to the right of the apex.
    frame = rotation(-0.55, 0.65, 0.0)
    muscle = draw_organ(torso, centre, np.array([55.0, 44.0, 54.0]) * big, _T.MYOCARDIUM, rng,
                        frame=frame)  # fmt: skip
    chambers = [
        draw_organ(torso, centre + np.array(at) * big, np.array(size) * big, tissue, rng,
                   frame=frame, amplitude=0.06)
        for at, size, tissue in _CHAMBERS
    ]  # fmt: skip
    great, arch = _great_vessels(torso, centre, big, age_years, rng)
    plaques = _coronaries(torso, centre, big, age_years, rng)
    root = centre + np.array([-18.0, 26.0, 52.0]) * big
    gullet = _gullet(torso, scale, rng)
    hernia = _hernia(torso, age_years, scale, rng)
    return Heart((muscle, *chambers, *hernia), (*great, *plaques, gullet), root, arch)


def _gullet(torso: Torso, scale: float, rng: Generator) -> Thread:
    """From the neck behind the windpipe, to the left of the aorta's front at the diaphragm."""
    top, dome = float(torso.heights_mm[-1]) - 60.0, torso.domes_mm[1]
    heights = np.linspace(top, dome - 22.0, 6)
    aside = np.array([0.02, 0.03, 0.0, 0.01, 0.08, 0.16])
    forward = np.array([0.3, 0.22, 0.2, 0.2, 0.24, 0.33])
    line = place(torso, aside, forward, heights) + rng.normal(0.0, 1.5, (6, 3))
    return thread(torso, smooth_line(line, 12), rng.uniform(6.0, 8.5) * scale, _T.BOWEL,
                  stretch=(1.2, 0.85, 1.0))  # fmt: skip


def _hernia(torso: Torso, age: float, scale: float, rng: Generator) -> list[Organ]:
    """Stomach above the diaphragm: in few of the young and a fifth of the old (recalled)."""
    if rng.random() > np.interp(age, (40.0, 80.0), (0.02, 0.2)):
        return []
    height = torso.domes_mm[1] + rng.uniform(-5.0, 25.0)
    centre = place(torso, rng.uniform(0.0, 0.1), rng.uniform(0.2, 0.28), height)
    radius = float(rng.uniform(16.0, 36.0)) * scale
    layers = (Layer(depth_mm=4.0, tissue=_T.CHYME),
              Layer(depth_mm=4.0, tissue=_T.GAS, gas=True,
                    top_mm=float(centre[1] - rng.uniform(-0.2, 0.8) * radius)))  # fmt: skip
    return [draw_organ(torso, centre, (radius, 0.8 * radius, radius), _T.BOWEL, rng,
                       layers=layers, amplitude=0.08)]  # fmt: skip


def _great_vessels(
    torso: Torso, centre: Array, big: float, age: float, rng: Generator
) -> tuple[list[Thread], Array]:
    """Return aorta as far as the arch, its branches, pulmonary arteries and upper cava."""
    top = float(rng.normal(98.0, 10.0)) * big
    wide = rng.uniform(13.0, 17.5) + 0.05 * (age - 50.0)
    arch = centre + np.array([2.0, 48.0 * big, top - 14.0])
    knots = centre + np.array([
        [0.0, 0.0, 22.0], [-18.0, -8.0, 55.0], [-17.0, -2.0, 80.0], [-3.0, 20.0, top / big + 2.0],
        [3.0, 40.0, top / big - 2.0],
    ]) * big  # fmt: skip
    line = smooth_line(np.stack([*knots, arch]), 15)
    found: list[Thread] = [thread(torso, line, np.linspace(wide, 0.85 * wide, 15), _T.ARTERY)]
    ceiling = float(torso.heights_mm[-1]) - 60.0
    for aside, size in ((-22.0, 6.0), (-6.0, 4.0), (12.0, 5.0)):
        start = centre + np.array([0.4 * aside, 14.0, top])
        ends = np.stack(
            [start, start + np.array([aside, 6.0, 55.0]), [1.6 * aside, start[1] + 4.0, ceiling]]
        )
        found.append(thread(torso, smooth_line(ends, 8), size, _T.ARTERY))
    trunk = centre + np.array([[10.0, -16.0, 30.0], [16.0, 0.0, 62.0]]) * big
    found.append(thread(torso, trunk, 13.0 * big, _T.HEART))
    for end in ((-48.0, 20.0, 50.0), (52.0, 30.0, 58.0)):
        away = np.stack([trunk[1], centre + np.array(end) * big])
        found.append(thread(torso, away, [11.0 * big, 7.5 * big], _T.HEART))
    cava = centre + np.array([[-34.0, 2.0, 20.0], [-36.0, 4.0, 60.0], [-32.0, 4.0, 105.0]]) * big
    neck = [
        cava[-1],
        [-40.0, cava[-1][1] + 6.0, cava[-1][2] + 60.0],
        [-38.0, cava[-1][1], ceiling],
    ]
    cross = [cava[-1], centre + np.array([8.0, -4.0, top + 12.0]), [42.0, cava[-1][1], top + 90.0]]
    found += [thread(torso, cava, 9.5 * big, _T.HEART), thread(torso, neck, 6.0, _T.VEIN),
              thread(torso, cross, 5.5, _T.VEIN)]  # fmt: skip
    return found, arch


def _coronaries(
    torso: Torso, centre: Array, big: float, age: float, rng: Generator
) -> list[Thread]:
    """Calcium in the coronaries: rising from few at 40 to most at 80 (inferred from MESA)."""
    if rng.random() > np.interp(age, (35.0, 50.0, 65.0, 85.0), (0.02, 0.2, 0.55, 0.9)):
        return []
    found: list[Thread] = []
    for first, last in _CORONARIES:
        for _ in range(int(rng.poisson(1.6))):
            part = rng.uniform(0.0, 0.8, 1)
            start = centre + big * (np.array(first) + part * np.subtract(last, first))
            end = start + 0.12 * np.subtract(last, first) * rng.uniform(0.2, 1.0)
            found.append(thread(torso, [start, end], rng.uniform(0.8, 1.7), _T.CALCIFICATION,
                                shift_hu=float(rng.uniform(-450.0, 100.0))))  # fmt: skip
    return found
