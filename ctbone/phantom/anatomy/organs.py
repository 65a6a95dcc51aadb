"""Drawing the solid organs of the abdomen and pelvis.

Heights hang on the diaphragm and on chance, not on the spine: where an organ lies must not tell
the level of a vertebra, so each height is drawn by itself with a standard deviation above 17 mm,
which spreads it over more than a level and a half (5th to 95th centile), and organs are missing
in more patients than surgeons account for. Sizes are round textbook values, recalled: a liver 15
to 17 cm high, a spleen 11 cm, a kidney 11 x 5 x 4.5 cm, a gallbladder 8 x 3 cm.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.branching import branches
from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.placing import cavity_at, draw_organ, place, thread
from ctbone.phantom.anatomy.spine import rotation
from ctbone.phantom.flesh import Branches, Layer, Organ, Thread, Torso
from ctbone.phantom.shapes import Array
from ctbone.phantom.tissue import Tissue

_T = Tissue

#: Share of patients whose liver is fatty, and how much less it attenuates; Pickhardt and others
#: find a fifth to a third of unselected adults below 48 HU (recalled).
_STEATOSIS = 0.22


def draw_abdomen(
    torso: Torso, *, scale: float, rng: Generator
) -> tuple[list[Organ], list[Thread], list[Thread]]:
    """Draw liver, gallbladder, spleen, pancreas and adrenals of one patient.

    Returns:
        Organs; threads brighter than fat; vessels that are brighter than the liver when enhanced
        and darker when not.
    """
    liver, veins = _liver(torso, scale, rng)
    organs = [*liver, *_gallbladder(torso, scale, rng), *_spleen(torso, scale, rng)]
    return organs, [_pancreas(torso, scale, rng), *_adrenals(torso, scale, rng)], list(veins)


def _liver(torso: Torso, scale: float, rng: Generator) -> tuple[list[Organ], list[Branches]]:
    """Right lobe against the diaphragm and the ribs, cut by its visceral face; left lobe."""
    top = torso.domes_mm[0]
    half, _, deep, _ = cavity_at(torso, top - 70.0 * scale)
    fatty = -rng.uniform(15.0, 50.0) if rng.random() < _STEATOSIS else 0.0
    shift = float(fatty + rng.normal(0.0, 6.0))
    tall = rng.uniform(78.0, 112.0) * scale
    porta = place(torso, rng.uniform(-0.12, 0.05), 0.5, top - rng.normal(85.0, 12.0) * scale)
    face = np.array([0.55, 0.22, -0.8]) + rng.normal(0.0, 0.08, 3)
    face /= np.linalg.norm(face)
    right = draw_organ(
        torso, place(torso, -0.42, 0.46, top - 0.8 * tall), (0.74 * half, 1.08 * deep, tall),
        _T.LIVER, rng, amplitude=0.025, shift_hu=shift, cuts=((face, porta),),
    )  # fmt: skip
    left = draw_organ(
        torso, place(torso, rng.uniform(-0.1, 0.25), 0.74, top - 55.0 * scale),
        (0.62 * half, 0.45 * deep, rng.uniform(38.0, 55.0) * scale), _T.LIVER, rng,
        shift_hu=shift, bend_mm=(0.0, 10.0), frame=rotation(0.2, rng.normal(-0.15, 0.1), 0.25),
    )  # fmt: skip
    return [right, left], _liver_veins(torso, (top, tall), porta, rng)


def _liver_veins(
    torso: Torso, span: tuple[float, float], porta: Array, rng: Generator
) -> list[Branches]:
    """Return portal branches from the porta, and hepatic veins to the cava below the dome."""
    top, tall = span
    count = 26
    ends = place(
        torso,
        rng.uniform(-0.8, 0.1, count),
        rng.uniform(0.15, 0.8, count),
        top - rng.uniform(0.25, 1.2, count) * tall,
    )
    cava = place(torso, -0.14, 0.3, top - 22.0)
    return [
        branches(torso, porta, ends[::2], _T.VEIN, tip_mm=1.6, widest_mm=6.5),
        branches(torso, cava, ends[1::2], _T.VEIN, tip_mm=1.6, widest_mm=5.5),
    ]


def _gallbladder(torso: Torso, scale: float, rng: Generator) -> list[Organ]:
    """Below the liver, of bile; sometimes taken out, sometimes with stones.

    Its neck lies behind and nearer to the midline than its fundus.
    """
    if rng.random() < 0.15:
        return []
    height = torso.domes_mm[0] - rng.normal(118.0, 18.0) * scale
    centre = place(torso, rng.uniform(-0.5, -0.2), rng.uniform(0.62, 0.78), height)
    size = np.array([15.0, 15.0, 33.0]) * scale * rng.uniform(0.7, 1.25)
    layers = [Layer(depth_mm=1.5, tissue=_T.BILE)]
    bladder = draw_organ(torso, centre, size, _T.PELVIC_ORGAN, rng, layers=tuple(layers),
                         shift_hu=-10.0, frame=rotation(-0.5, -0.2, 0.0))  # fmt: skip
    if rng.random() < 0.12:
        low = float(bladder.centre_mm[1]) + 0.45 * float(size[1])
        stones = Layer(depth_mm=2.0, tissue=_T.CALCIFICATION, shift_hu=-rng.uniform(300.0, 800.0),
                       top_mm=low)  # fmt: skip
        layers.append(stones)
        bladder = Organ(centre_mm=bladder.centre_mm, semi_axes_mm=bladder.semi_axes_mm,
                        frame=bladder.frame, tissue=bladder.tissue, shift_hu=-10.0,
                        waves=bladder.waves, layers=tuple(layers))  # fmt: skip
    return [bladder]


def _spleen(torso: Torso, scale: float, rng: Generator) -> list[Organ]:
    """Against the ribs at the left; sometimes taken out, sometimes with a smaller one beside.

    It lies along the tenth rib, its upper end behind, its flat outside turned to the wall.
    """
    if rng.random() < 0.04:
        return []
    height = torso.domes_mm[1] - rng.normal(58.0, 18.0) * scale
    size = np.array([30.0, 46.0, 54.0]) * scale * np.exp(rng.normal(0.0, 0.12))
    centre = place(torso, 0.8, rng.uniform(0.2, 0.34), height)
    organs = [draw_organ(torso, centre, size, _T.SPLEEN, rng, bend_mm=(-10.0, -6.0),
                         shift_hu=float(rng.normal(0.0, 4.0)),
                         frame=rotation(-0.35, 0.2, 0.3))]  # fmt: skip
    if rng.random() < 0.1:
        beside = centre + np.array([-34.0, -20.0, -25.0])
        organs.append(draw_organ(torso, beside, (7.0, 7.0, 7.0), _T.SPLEEN, rng))
    return organs


def _pancreas(torso: Torso, scale: float, rng: Generator) -> Thread:
    """From its head at the right of the midline up and back to the hilum of the spleen."""
    height = torso.domes_mm[1] - rng.normal(100.0, 20.0) * scale
    aside = np.array([-0.22, -0.16, 0.04, 0.25, 0.45, 0.58])
    forward = np.array([0.46, 0.5, 0.58, 0.48, 0.34, 0.26])
    rise = np.array([-24.0, 0.0, 12.0, 16.0, 20.0, 26.0]) * scale
    line = place(torso, aside, forward, height + rise) + rng.normal(0.0, 3.0, (6, 3))
    bulk = scale * rng.uniform(0.65, 1.1)
    radii = np.array([11.0, 13.0, 8.5, 9.0, 9.0, 6.0]) * bulk
    return thread(torso, line, radii, _T.PANCREAS, shift_hu=float(rng.normal(0.0, 10.0)),
                  stretch=(1.0, 0.9, 1.3))  # fmt: skip


def _adrenals(torso: Torso, scale: float, rng: Generator) -> list[Thread]:
    """Two limbs on either side, thin as a pencil's lead is long."""
    found: list[Thread] = []
    for side, top in zip((-1.0, 1.0), torso.domes_mm, strict=True):
        at = place(torso, side * 0.26, 0.22, top - rng.normal(85.0, 18.0) * scale)
        for limb in (-7.0, 7.0):
            end = at + np.array([side * 3.0 + limb, 16.0, -12.0]) * scale
            found.append(thread(torso, [at, end], 2.2 * scale, _T.PELVIC_ORGAN,
                                shift_hu=-15.0, stretch=(1.0, 1.0, 2.5)))  # fmt: skip
    return found


def draw_pelvis(torso: Torso, *, build: Build, rng: Generator) -> list[Organ]:
    """Draw bladder, and womb or prostate; not always where they belong."""
    female, scale = build.sex == "F", build.scale
    bottom = float(torso.heights_mm[0]) + 265.0
    height = bottom + float(rng.normal(25.0, 20.0)) * scale
    full = rng.uniform(0.45, 1.25)
    size = np.array([44.0, 34.0, 34.0]) * scale * full
    # Urine with contrast is heavier and settles: a level stands where the two meet.
    centre = place(torso, rng.normal(0.0, 0.05), 0.66, height)
    middle = float(centre[1])
    layers = (
        Layer(depth_mm=3.0, tissue=_T.FLUID),
        Layer(
            depth_mm=3.0, tissue=_T.URINE, top_mm=middle + float(rng.uniform(-0.5, 0.5)) * size[1]
        ),
    )
    organs = [draw_organ(torso, centre, size, _T.MUSCLE, rng, layers=layers)]
    behind = place(torso, rng.normal(0.0, 0.1), 0.42, height + 12.0 * scale)
    if female and rng.random() < 0.85:
        womb = np.array([26.0, 22.0, 36.0]) * scale * rng.uniform(0.6, 1.2)
        organs.insert(0, draw_organ(torso, behind, womb, _T.PELVIC_ORGAN, rng, amplitude=0.06))
    elif not female:
        below = centre + np.array([0.0, 16.0, -0.85 * size[2] - 12.0])
        gland = np.array([24.0, 18.0, 20.0]) * scale * rng.uniform(0.8, 1.5)
        organs.append(draw_organ(torso, below, gland, _T.PELVIC_ORGAN, rng))
    return organs


def draw_glands(torso: Torso, *, age_years: float, rng: Generator) -> list[Organ]:
    """Draw what is not fat in the breasts: much in the young, strands in the old."""
    share = float(rng.uniform(0.25, 0.7) * np.interp(age_years, (30.0, 75.0), (1.0, 0.55)))
    return [
        draw_organ(torso, centre - np.array([0.0, 0.12 * size[1], 0.0]), share * size, _T.GLAND,
                   rng, amplitude=0.22, shift_hu=float(rng.uniform(-45.0, 0.0)))
        for centre, size in torso.breasts
    ]  # fmt: skip


def draw_shoulders(torso: Torso, *, rng: Generator) -> list[Organ]:
    """Draw the muscle of the shoulders within their flesh."""
    return [draw_organ(torso, centre, 0.84 * size, _T.MUSCLE, rng, frame=np.eye(3))
            for centre, size in torso.shoulders]  # fmt: skip
