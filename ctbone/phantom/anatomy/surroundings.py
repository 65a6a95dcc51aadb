"""Drawing what patients lie on and wear: tables, electrodes with their cables, clothes, lines."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.placing import place, smooth_line, thread
from ctbone.phantom.flesh import Attachments, Thread, Torso
from ctbone.phantom.shapes import Array, Table
from ctbone.phantom.tissue import Tissue

_T = Tissue

#: Share of patients with each; inferred: what an export from a hospital shows now and then.
_ELECTRODES, _ZIP, _CLIPS, _BUTTONS, _LINE, _TUBE, _DRAIN = (
    0.18,
    0.08,
    0.15,
    0.05,
    0.08,
    0.05,
    0.05,
)


def draw_table(torso: Torso, *, rng: Generator) -> Table:
    """Draw a table top, flat or curved, with or without a mattress, that the back touches."""
    back = float(np.max(torso.skin[1] + torso.skin[2]))
    mattress = float(rng.uniform(8.0, 30.0)) if rng.random() < 0.6 else 0.0
    flat = rng.random() < 0.2
    return Table(
        top_mm=back + mattress + float(rng.uniform(2.0, 10.0)),
        centre_mm=float(rng.normal(0.0, 10.0)),
        radius_mm=float(rng.uniform(3000.0, 9000.0) if flat else rng.uniform(350.0, 900.0)),
        half_width_mm=float(rng.uniform(195.0, 245.0)),
        thickness_mm=float(rng.uniform(12.0, 50.0)),
        shell_mm=float(rng.uniform(0.8, 2.5)),
        mattress_mm=mattress,
    )


def draw_attachments(torso: Torso, *, female: bool, rng: Generator) -> Attachments:
    """Draw what lies on the skin of one patient and what was led through it."""
    on_skin = (
        (_ELECTRODES, _electrodes),
        (_ZIP, _zip),
        (_CLIPS if female else 0.0, _clips),
        (_BUTTONS, _buttons),
        (_LINE, _line),
        (_TUBE, _gastric_tube),
    )
    threads: list[Thread] = []
    for chance, draw in on_skin:
        if rng.random() < chance:
            threads += draw(torso, rng)
    lumens: list[Thread] = []
    if rng.random() < _DRAIN:
        wall, lumen = _drain(torso, rng)
        threads.append(wall)
        lumens.append(lumen)
    return Attachments(threads=tuple(threads), lumens=tuple(lumens))


def on_skin(torso: Torso, angle: Array | float, height: Array | float, lift_mm: float) -> Array:
    """Return places on the skin, own frame.

    Args:
        torso: The trunk.
        angle: From the front (0) to the left (90 degrees) and the back, radians.
        height: Above L1, mm.
        lift_mm: How far from the skin, outwards.
    """
    height = np.asarray(height, float)
    half, middle, deep, off = (np.interp(height, torso.heights_mm, row) for row in torso.skin)
    across, along = np.sin(angle), -np.cos(angle)
    square = torso.squareness * (across * along) ** 2
    # The root of r**2 - square * r**4 = 1 nearest to the centre.
    reach = np.sqrt((1.0 - np.sqrt(1.0 - 4.0 * square)) / np.maximum(2.0 * square, 1e-9))
    reach = np.where(square < 1e-6, 1.0, reach)
    return np.stack(
        np.broadcast_arrays(
            off + across * (reach * half + lift_mm),
            middle + along * (reach * deep + lift_mm),
            height,
        ),
        axis=-1,
    )


def _electrodes(torso: Torso, rng: Generator) -> list[Thread]:
    """Three to six electrodes: a snap of metal on a pad of gel, and a cable to the head."""
    found: list[Thread] = []
    top = float(torso.heights_mm[-1])
    for _ in range(int(rng.integers(3, 7))):
        angle, height = rng.uniform(-1.5, 1.5), rng.uniform(-40.0, 230.0)
        snap = on_skin(torso, angle, height, 3.0)
        pad = on_skin(torso, angle, height, 0.8)
        way = np.linspace(0.0, 1.0, 9)
        drift = angle + way * rng.normal(0.0, 0.5)
        rise = height + way * (min(top - 120.0, height + 400.0) - height)
        cable = on_skin(torso, drift, rise, 4.5)
        found += [
            thread(torso, [pad, pad + 0.5], 9.0, _T.GLAND, shift_hu=30.0, stretch=(1, 0.25, 1)),
            thread(torso, [snap, snap + 0.5], rng.uniform(1.5, 3.5), _T.STEEL),
            thread(torso, cable, rng.uniform(0.15, 0.4), _T.STEEL),
        ]
    return found


def _zip(torso: Torso, rng: Generator) -> list[Thread]:
    """A zip in the midline: teeth as a chain of metal."""
    low = float(torso.heights_mm[0]) + rng.uniform(190.0, 230.0)
    heights = low + np.linspace(0.0, rng.uniform(90.0, 160.0), 8)
    line = on_skin(torso, rng.normal(0.0, 0.04), heights, 4.0)
    return [thread(torso, line, rng.uniform(0.6, 1.6), _T.BRASS)]


def _clips(torso: Torso, rng: Generator) -> list[Thread]:
    """Hooks at the back, rings at the shoulders, and a wire under each breast in some."""
    height = rng.uniform(95.0, 135.0)
    places = [
        on_skin(torso, np.pi + a, height + h, 1.5) for a in (-0.03, 0.03) for h in (0.0, 14.0)
    ]
    found = [thread(torso, [at, at + 2.0], 0.9, _T.STEEL) for at in places]
    if rng.random() < 0.5:
        for centre, size in torso.breasts:
            turn = np.linspace(-1.2, 1.2, 9)
            arc = np.stack([np.sin(turn), -0.55 * np.cos(turn), -np.cos(turn)], -1)
            found.append(thread(torso, centre + arc * size * 1.04, 0.7, _T.STEEL))
    return list(found)


def _buttons(torso: Torso, rng: Generator) -> list[Thread]:
    """Buttons or press studs down the front."""
    heights = rng.uniform(-150.0, 0.0) + 62.0 * np.arange(int(rng.integers(2, 6)))
    found: list[Thread] = []
    for height in heights:
        at = on_skin(torso, 0.05, float(height), 3.0)
        found.append(thread(torso, [at, at + 0.3], 4.0, rng.choice([_T.BRASS, _T.PMMA]),
                            stretch=(1.0, 0.35, 1.0)))  # fmt: skip
    return found


def _line(torso: Torso, rng: Generator) -> list[Thread]:
    """A central line from the right side of the neck to the upper cava."""
    top = float(torso.heights_mm[-1]) - 80.0
    heart = min(torso.domes_mm) + 110.0
    knots = np.stack([
        place(torso, -0.3, 0.7, top),
        place(torso, -0.28, 0.6, 0.6 * top + 0.4 * heart),
        place(torso, -0.18, 0.56, heart),
    ])  # fmt: skip
    return [
        thread(
            torso,
            smooth_line(knots, 9),
            rng.uniform(0.8, 1.3),
            _T.PMMA,
            shift_hu=float(rng.uniform(0, 1200)),
        )
    ]


def _gastric_tube(torso: Torso, rng: Generator) -> list[Thread]:
    """A tube through the gullet into the stomach."""
    top, dome = float(torso.heights_mm[-1]) - 80.0, torso.domes_mm[1]
    knots = np.stack([
        place(torso, 0.0, 0.3, top), place(torso, 0.02, 0.2, 0.5 * (top + dome)),
        place(torso, 0.08, 0.3, dome - 5.0), place(torso, 0.45, 0.55, dome - 60.0),
    ])  # fmt: skip
    return [
        thread(
            torso,
            smooth_line(knots, 14),
            rng.uniform(1.4, 2.6),
            _T.PMMA,
            shift_hu=float(rng.uniform(0, 700)),
        )
    ]


def _drain(torso: Torso, rng: Generator) -> tuple[Thread, Thread]:
    """A drain from the flank into the abdomen: a tube with a stripe's worth of barium."""
    side = float(rng.choice((-1.0, 1.0)))
    height = float(rng.uniform(-130.0, 60.0))
    outside = on_skin(torso, side * rng.uniform(0.5, 1.4), height, 12.0)
    inside = place(torso, side * rng.uniform(0.1, 0.6), rng.uniform(0.25, 0.7), height - 40.0)
    line = smooth_line(np.stack([outside, 0.5 * (outside + inside) + [0, 0, 12.0], inside]), 9)
    size = float(rng.uniform(1.8, 4.0))
    wall = thread(torso, line, size, _T.PMMA, shift_hu=float(rng.uniform(100.0, 500.0)))
    return wall, thread(torso, line, 0.6 * size, _T.FLUID)
