"""Drawing the kidneys: cortex, medulla, sinus, pelvis and ureter; cysts and stones.

A kidney's height has a standard deviation of about a level by itself, and does not follow its
fellow: kidneys centred at L2 taught a network to count by them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.placing import draw_organ, place, smooth_line, thread
from ctbone.phantom.anatomy.spine import rotation
from ctbone.phantom.flesh import Layer, Organ, Thread, Torso
from ctbone.phantom.shapes import Array
from ctbone.phantom.tissue import Tissue

_T = Tissue

#: Share of adults with a stone on CT: 7.8 %, Boyce et al., J Urol 2010;183:1017.
_STONES = 0.078

#: As long as a small stone, mm.
_UP = np.array([0.0, 0.0, 2.0])


@dataclass(slots=True)
class Kidneys:
    """What is painted of the kidneys, in order: organs, then threads of both sides."""

    organs: list[Organ] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    hila: list[Array] = field(default_factory=list)


def draw_kidneys(torso: Torso, *, build: Build, rng: Generator) -> Kidneys:
    """Draw the kidneys of one patient; one is missing in a few."""
    found = Kidneys()
    height = rng.normal(-28.0, 22.0) * build.scale
    for side, drop in ((-1.0, 12.0), (1.0, 0.0)):
        if rng.random() < 0.05:
            continue
        z = float(height - drop + rng.normal(0.0, 26.0))
        _kidney(found, torso, (side, z), build, rng)
    return found


def _kidney(
    found: Kidneys, torso: Torso, where: tuple[float, float], build: Build,
    rng: Generator,
) -> None:  # fmt: skip
    side, height = where
    age, scale = build.age_years, build.scale
    centre = place(torso, 0.0, rng.uniform(0.06, 0.22), height)
    centre[0] += side * rng.uniform(58.0, 76.0) * scale
    size = np.array([27.0, 24.0, 54.0]) * scale * np.exp(rng.normal(0.0, 0.08))
    # The upper pole lies nearer to the spine and further back; the hilum looks inwards.
    frame = rotation(-0.2 + rng.normal(0.0, 0.08), side * rng.uniform(0.1, 0.35), side * 0.35)
    cortex = float(rng.uniform(5.0, 8.0))
    kidney = draw_organ(torso, centre, size, _T.KIDNEY, rng, frame=frame,
                        bend_mm=(-side * 7.0, 0.0), shift_hu=float(rng.normal(0.0, 6.0)),
                        layers=(Layer(depth_mm=cortex, tissue=_T.MEDULLA),))  # fmt: skip
    inner = centre + np.array([-side * 9.0, -2.0, 0.0]) * scale
    sinus = draw_organ(torso, inner, 0.46 * size, _T.VISCERAL_FAT, rng, frame=frame,
                       amplitude=0.14)  # fmt: skip
    found.organs += [kidney, sinus, *_cysts(torso, centre, size, age, rng)]
    found.hila.append(inner - np.array([side * 14.0, 0.0, 0.0]))
    found.threads += _urine(torso, inner, side, scale, rng)
    if rng.random() < _STONES:
        at = inner + rng.normal(0.0, (5.0, 4.0, 14.0))
        found.threads.append(thread(torso, [at, at + _UP], rng.uniform(1.0, 3.5),
                                    _T.CALCIFICATION, shift_hu=-200.0))  # fmt: skip


def _urine(torso: Torso, inner: Array, side: float, scale: float, rng: Generator) -> list[Thread]:
    """Return calyces, pelvis and ureter: they shine where contrast has been excreted."""
    pelvis = inner + np.array([-side * 10.0, -4.0, -4.0]) * scale
    calyces = [
        thread(torso, [pelvis, inner + np.array([side * 5.0, 0.0, up]) * scale], [4.5, 2.8],
               _T.RENAL_PELVIS) for up in (-22.0, -2.0, 20.0)
    ]  # fmt: skip
    low = float(torso.heights_mm[0]) + 285.0
    knots = np.stack([
        pelvis,
        pelvis + np.array([-side * 14.0, -10.0, -45.0]) * scale,
        place(torso, side * 0.28, 0.3, 0.5 * (pelvis[2] + low)),
        place(torso, side * 0.14, 0.5, low),
    ])  # fmt: skip
    # It is seldom filled all along at once.
    line = smooth_line(knots, 14)[: int(rng.integers(5, 15))]
    return [*calyces, thread(torso, line, rng.uniform(1.3, 2.6), _T.URINE)]


def _cysts(torso: Torso, centre: Array, size: Array, age: float, rng: Generator) -> list[Organ]:
    """Simple cysts: in a few of the young and in about a third of the old (recalled)."""
    if rng.random() > np.interp(age, (30.0, 75.0), (0.03, 0.3)):
        return []
    way = rng.normal(0.0, 1.0, 3)
    radius = float(rng.uniform(5.0, 22.0))
    at = centre + way / np.linalg.norm(way) * size * 0.95
    return [draw_organ(torso, at, (radius,) * 3, _T.FLUID, rng, amplitude=0.01)]
