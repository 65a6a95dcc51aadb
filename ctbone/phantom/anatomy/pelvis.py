"""Drawing the hip bones round a sacrum, and the thigh bones with natural or artificial heads.

Hip bones are plates between landmarks, whose places relative to S1 are inferred from atlases. The
crest stands where people's do: the line between both crests crossed L4 or the disc below it in
most of 571 and of 296 radiographs, between the lower third of L4 and the upper third of L5 in 80 %
(N Cyprus series), lower in women (Snider et al., Spine 2008;33:E161).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.material import Material
from ctbone.phantom.anatomy.sacrum import Sacrum
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.anatomy.torso import repose, unpose
from ctbone.phantom.shapes import Array, Sheet, Torso, Tube
from ctbone.phantom.tissue import Tissue

#: Height of the crest: levels below the middle of the last lumbar body but one, in men; how much
#: lower it stands in women; and its spread.
_CREST, _CREST_FEMALE, _CREST_SD = 0.27, 0.17, 0.28

#: Landmarks beside the sacrum: out, back and up of the middle of S1 and half the thickness, mm.
#: Those named ``crest`` stand relative to the height of the crest.
_LANDMARKS = {
    "anterior_spine": (121.0, -76.0, -76.0, 6.5),
    "tubercle": (136.0, -34.0, -20.0, 8.0),
    "crest": (128.0, 6.0, -6.0, 6.0),
    "crest_back": (96.0, 46.0, -12.0, 6.0),
    "crest_end": (66.0, 68.0, -38.0, 7.0),
    "fossa": (108.0, -12.0, -50.0, 2.4),
}

#: Width of the sacroiliac joint, mm.
_JOINT_MM = 2.2

_TRIANGLES = (
    ("anterior_spine", "tubercle", "fossa"),
    ("tubercle", "crest", "fossa"),
    ("crest", "crest_back", "fossa"),
    ("crest_back", "upper_joint", "fossa"),
    ("crest_back", "crest_end", "upper_joint"),
    ("crest_end", "posterior_spine", "upper_joint"),
    ("posterior_spine", "lower_spine", "lower_joint"),
    ("posterior_spine", "lower_joint", "upper_joint"),
    ("upper_joint", "front_joint", "fossa"),
    ("upper_joint", "lower_joint", "front_joint"),
    ("front_joint", "lower_joint", "notch"),
    ("front_joint", "notch", "roof"),
    ("fossa", "front_joint", "roof"),
    ("fossa", "roof", "lower_front"),
    ("anterior_spine", "fossa", "lower_front"),
)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pelvis:
    """Hip bones and thigh bones.

    Attributes:
        hip_bones: Ilium, ischium and pubis of both sides.
        heads: Heads and necks of the thigh bones, with their trochanters.
        shafts: Shafts, of thick compact bone.
        stems: Stems and cups of artificial hips.
        balls: Their heads.
        hips_mm: Centre of the right and the left hip, shape ``(2, 3)``.
        crest_mm: Highest points of the iliac crests, right and left, shape ``(2, 3)``.
    """

    hip_bones: tuple[Tube | Sheet, ...]
    heads: tuple[Tube, ...]
    shafts: tuple[Tube, ...]
    stems: tuple[Tube | Sheet, ...]
    balls: tuple[Tube, ...]
    hips_mm: Array
    crest_mm: Array


def draw_pelvis(
    column: Column, sacrum: Sacrum, torso: Torso, *, build: Build, rng: Generator
) -> Pelvis:
    """Draw the pelvis of one patient, and the thighs."""
    pose = (torso.turn_rad, *torso.lean)
    scale = build.scale
    bone = Material(float(rng.uniform(-90.0, 60.0)), float(rng.uniform(0.8, 1.5)))
    spongy = Material(bone.shift_hu + 60.0, 1.0)
    shaft = Material(0.0, float(rng.uniform(4.0, 6.0)) * scale, Tissue.FATTY_MARROW)
    middle = unpose(column.vertebrae[-1].centre_mm, pose)
    crest = _crest_height(column, pose, build, rng)
    hip = np.array([88.0, -26.0, -float(rng.normal(88.0, 5.0))]) * scale
    likely = np.clip((build.age_years - 40.0) / 40.0, 0.0, 1.2) * build.hip_prosthesis_fraction
    first = int(rng.integers(2))
    has = rng.random() < likely
    both = rng.random() < 0.25
    parts: dict[str, list[Tube | Sheet]] = {"hip": [], "metal": []}
    heads, shafts, balls, hips, crests = [], [], [], [], []
    for rank, side in enumerate((-1.0, 1.0)):
        centre = middle + hip * np.array([side, 1.0, 1.0])
        points, radii = _landmarks(middle, crest, centre, sacrum, rank, (pose, scale))
        names = list(points)
        flat = [tuple(names.index(n) for n in triangle) for triangle in _TRIANGLES]
        parts["hip"].append(bone.sheet(repose(np.array([*points.values()]), pose), radii, flat))
        parts["hip"] += _ischium(middle, centre, side, scale, pose, bone)
        cup = _cup(repose(centre, pose), side, 29.5 * scale, 4.0 * scale, bone)
        parts["hip"].append(cup)
        false = has and (both or rank == first)
        femur = _femur(centre, side, scale, pose)
        heads += _head(femur, scale, spongy, headless=false)
        shafts.append(shaft.tube(femur[3:], np.array([15.5, 14.0, 13.5]) * scale))
        if false:
            parts["metal"] += _stem(femur, side, scale)
            metal = Material(0.0, 0.0, Tissue.COBALT_CHROME)
            balls.append(metal.tube([femur[0], femur[0] + 0.5], 15.0 * scale))
        hips.append(repose(centre, pose))
        crests.append(repose(points["crest"], pose) + np.array([0.0, 0.0, 6.0]))
    return Pelvis(
        hip_bones=tuple(parts["hip"]), heads=tuple(heads), shafts=tuple(shafts),
        stems=tuple(parts["metal"]), balls=tuple(balls), hips_mm=np.array(hips), crest_mm=np.array(crests),
    )  # fmt: skip


def _crest_height(
    column: Column, pose: tuple[float, float, float], build: Build, rng: Generator
) -> float:
    """Return the height of the crests, own frame: it goes by the sacrum, not by names of levels."""
    upper, lower = (float(unpose(v.centre_mm, pose)[2]) for v in column.vertebrae[-3:-1])
    below = _CREST + (_CREST_FEMALE if build.sex == "F" else 0.0) + rng.normal(0.0, _CREST_SD)
    return upper + float(below) * (lower - upper)


def _landmarks(
    middle: Array,
    crest: float,
    hip: Array,
    sacrum: Sacrum,
    rank: int,
    shape: tuple[tuple[float, float, float], float],
) -> tuple[dict[str, Array], Array]:
    """Return the landmarks of one ilium, own frame, and half its thickness there."""
    pose, scale = shape
    side = (-1.0, 1.0)[rank]
    wings = [unpose(point, pose) for point in sacrum.wings_mm[rank]]
    points: dict[str, Array] = {}
    radii: list[float] = []

    def put(name: str, place: Array, thick: float) -> None:
        points[name] = place
        radii.append(thick * scale)

    for name, (out, back, up, thick) in _LANDMARKS.items():
        at = middle + np.array([side * out, back, 0.0]) * scale
        at[2] = crest + up * scale
        put(name, at, thick)
    beside = sacrum.radii_mm + _JOINT_MM + 6.0 * scale
    put("front_joint", wings[0] + [side * beside[0], -3.0, -2.0], 6.0)
    put("upper_joint", wings[0] + [side * (beside[0] - 3.0), 24.0 * scale, 2.0], 6.0)
    put("lower_joint", wings[2] + [side * beside[2], 2.0, 0.0], 6.0)
    put("posterior_spine", wings[1] + [side * 8.0, 34.0 * scale, -2.0], 7.0)
    put("lower_spine", wings[2] + [side * (0.7 * beside[2]), 22.0 * scale, -6.0], 5.0)
    put("notch", hip + np.array([-side * 18.0, 42.0, 30.0]) * scale, 8.0)
    put("roof", hip + np.array([-side * 6.0, 2.0, 38.0]) * scale, 12.0)
    put("lower_front", hip + np.array([side * 14.0, -32.0, 42.0]) * scale, 8.0)
    return points, np.array(radii)


def _ischium(
    middle: Array, hip: Array, side: float, scale: float, pose: tuple[float, float, float],
    bone: Material,
) -> list[Tube | Sheet]:  # fmt: skip
    """Return ischium and pubis of one side, round an open obturator foramen."""
    near = np.array([-side, 1.0, 1.0]) * scale
    front = np.array(
        [middle[0] + side * 11.0 * scale, hip[1] - 52.0 * scale, hip[2] - 24.0 * scale]
    )
    top = hip + np.array([22.0, 24.0, 2.0]) * near
    seat = hip + np.array([24.0, 34.0, -62.0]) * near
    ramus = hip + np.array([24.0, -22.0, -2.0]) * near
    low = front + np.array([side * 8.0, 10.0, -34.0]) * scale
    lines = (
        ([hip + np.array([18.0, 26.0, 26.0]) * near, top, seat], (10.0, 12.0, 14.0)),
        ([seat, low, front + np.array([0.0, 0.0, -16.0]) * scale], (10.0, 7.0, 7.0)),
        ([hip + np.array([20.0, -14.0, 14.0]) * near, ramus, front], (10.0, 8.0, 8.5)),
        ([front, front + np.array([0.0, 3.0, -24.0]) * scale], (8.5, 7.5)),
    )
    return [
        bone.tube(repose(np.array(points), pose), np.array(radii) * scale)
        for points, radii in lines
    ]


def _cup(hip: Array, side: float, radius: float, thick: float, bone: Material) -> Sheet:
    """Return a socket: part of a sphere, open outwards, downwards and forwards."""
    axis = np.array([-side * 0.78, 0.2, 0.58])
    axis /= np.linalg.norm(axis)
    across = np.cross(axis, [0.0, 1.0, 0.0])
    across /= np.linalg.norm(across)
    third = np.cross(axis, across)
    turns = np.arange(6) * np.pi / 3.0
    points = [hip + radius * axis]
    for polar in (0.75, 1.5):
        points += [
            hip + radius * (np.cos(polar) * axis + np.sin(polar) * (np.cos(t) * across
                                                                    + np.sin(t) * third))
            for t in turns
        ]  # fmt: skip
    flat = []
    for n in range(6):
        m = (n + 1) % 6
        flat += [(0, 1 + n, 1 + m), (1 + n, 7 + n, 7 + m), (1 + n, 7 + m, 1 + m)]
    return bone.sheet(points, thick, flat)


def _femur(hip: Array, side: float, scale: float, pose: tuple[float, float, float]) -> Array:
    """Return head, base of the neck, tip of the greater trochanter, and the line of the shaft."""
    steps = np.array([[0.0, 0.0, 0.0], [36.0, 8.0, -30.0], [52.0, 16.0, -6.0], [44.0, 8.0, -58.0],
                      [38.0, -4.0, -200.0], [24.0, 0.0, -420.0]])  # fmt: skip
    return repose(hip + steps * np.array([side, 1.0, 1.0]) * scale, pose)


def _head(femur: Array, scale: float, spongy: Material, *, headless: bool) -> list[Tube]:
    head, base, tip, shaft = femur[:4]
    neck = 0.45 * head + 0.55 * base
    tubes = [spongy.tube([base, tip], np.array([17.0, 11.0]) * scale),
             spongy.tube([base, shaft], np.array([18.0, 15.5]) * scale)]  # fmt: skip
    if not headless:
        tubes.append(spongy.tube([head, neck, base], np.array([23.5, 15.0, 17.0]) * scale))
        tubes.append(spongy.tube([head, head + 0.5], 23.5 * scale))
    return tubes


def _stem(femur: Array, side: float, scale: float) -> list[Tube | Sheet]:
    """Return cup and stem of an artificial hip."""
    metal = Material(0.0, 0.0, Tissue.TITANIUM)
    head, base, _, shaft = femur[:4]
    down = shaft + 0.45 * (femur[4] - shaft)
    return [
        _cup(head, side, 24.0 * scale, 2.0, metal),
        metal.tube([head, base, shaft, down], np.array([6.5, 8.0, 7.5, 4.5]) * scale),
    ]
