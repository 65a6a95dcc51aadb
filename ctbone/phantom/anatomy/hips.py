"""The parts of a hip: socket, thigh bone, and what an artificial one is made of."""

from __future__ import annotations

import numpy as np

from ctbone.phantom.anatomy.material import BoneMaterial
from ctbone.phantom.shapes import Array, Sheet, Tube
from ctbone.phantom.tissue import Tissue

#: Spokes of the net that a socket is made of: its flats then lie within 2 mm of the sphere.
_SPOKES = 9


def draw_socket(hip: Array, side: float, radius: float, thick: float, bone: BoneMaterial) -> Sheet:
    """Return a socket: part of a sphere, open outwards, downwards and forwards."""
    axis = np.array([-side * 0.78, 0.2, 0.58])
    axis /= np.linalg.norm(axis)
    across = np.cross(axis, [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across)
    third = np.cross(axis, across)
    turns = 2.0 * np.pi * np.arange(_SPOKES) / _SPOKES
    rounds = np.cos(turns)[:, None] * across + np.sin(turns)[:, None] * third
    points = [hip + radius * axis]
    for polar in (0.5, 1.0, 1.5):
        points += [*(hip + radius * (np.cos(polar) * axis + np.sin(polar) * rounds))]
    flat = []
    for n in range(_SPOKES):
        m = (n + 1) % _SPOKES
        flat.append((0, 1 + n, 1 + m))
        for ring in (1, 1 + _SPOKES):
            a, b, c, d = ring + n, ring + m, ring + _SPOKES + n, ring + _SPOKES + m
            flat += [(a, c, d), (a, d, b)]
    return bone.sheet(points, thick, flat)


def femur_line(hip: Array, side: float, scale: float) -> Array:
    """Return head, base of the neck, greater trochanter and the line of the shaft, own frame."""
    steps = np.array([[0.0, 0.0, 0.0], [36.0, 8.0, -30.0], [52.0, 16.0, -6.0], [44.0, 8.0, -58.0],
                      [38.0, -4.0, -200.0], [24.0, 0.0, -420.0]])  # fmt: skip
    return np.asarray(hip + steps * np.array([side, 1.0, 1.0]) * scale)


def draw_head(femur: Array, scale: float, spongy: BoneMaterial, *, headless: bool) -> list[Tube]:
    """Return neck and trochanter of a thigh bone, and its head unless it is artificial."""
    head, base, tip, shaft = femur[:4]
    neck = 0.45 * head + 0.55 * base
    tubes = [spongy.tube([base, tip], np.array([17.0, 11.0]) * scale),
             spongy.tube([base, shaft, shaft + 0.5 * (femur[4] - shaft)],
                         np.array([18.0, 15.5, 8.5]) * scale)]  # fmt: skip
    if not headless:
        tubes.append(spongy.tube([head, neck, base], np.array([23.5, 15.0, 17.0]) * scale))
        tubes.append(spongy.tube([head, head + 0.5], 23.5 * scale))
    return tubes


def draw_stem(femur: Array, side: float, scale: float) -> list[Tube | Sheet]:
    """Return cup and stem of an artificial hip."""
    metal = BoneMaterial(0.0, 0.0, Tissue.TITANIUM)
    head, base, _, shaft = femur[:4]
    down = shaft + 0.45 * (femur[4] - shaft)
    return [
        draw_socket(head, side, 24.0 * scale, 2.0, metal),
        metal.tube([head, base, shaft, down], np.array([6.5, 8.0, 7.5, 4.5]) * scale),
    ]


def draw_ball(head: Array, radius: float) -> Tube:
    """Return the head of an artificial hip."""
    metal = BoneMaterial(0.0, 0.0, Tissue.COBALT_CHROME)
    return metal.tube([head, head + 0.5], radius)
