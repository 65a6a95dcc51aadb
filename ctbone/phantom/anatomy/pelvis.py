"""Drawing the hip bones round a sacrum, and the thigh bones with natural or artificial heads.

Hip bones are plates between landmarks, whose places relative to S1 are inferred from atlases. The
crest stands where people's do: the line between both crests crossed L4 or the disc below it in
most of 571 and of 296 radiographs, between the lower third of L4 and the upper third of L5 in 80 %
(N Cyprus series), lower in women (Snider et al., Spine 2008;33:E161; recalled).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.hips import draw_ball, draw_head, draw_socket, draw_stem, femur_line
from ctbone.phantom.anatomy.material import BoneMaterial
from ctbone.phantom.anatomy.sacrum import Sacrum
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.anatomy.torso import repose, unpose
from ctbone.phantom.flesh import Torso
from ctbone.phantom.shapes import Array, Sheet, Tube
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
    "crest_back": (96.0, 42.0, -12.0, 6.0),
    "crest_end": (64.0, 60.0, -38.0, 7.0),
    "fossa": (95.0, -18.0, -48.0, 2.6),
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
    middle = unpose(column.vertebrae[-1].centre_mm, pose)
    place = _Place(pose, build.scale, middle, _crest_height(column, pose, build, rng), torso)
    down = float(rng.normal(88.0, 5.0))
    bone = BoneMaterial(float(rng.uniform(-90.0, 60.0)), float(rng.uniform(1.0, 2.2)))
    spongy = BoneMaterial(bone.shift_hu + 60.0, 1.0)
    compact = BoneMaterial(0.0, float(rng.uniform(4.0, 6.0)) * build.scale, Tissue.FATTY_MARROW)
    artificial = _artificial(build, rng)
    parts: dict[str, list[Tube | Sheet]] = {"hip_bones": [], "stems": []}
    tubes: dict[str, list[Tube]] = {"heads": [], "shafts": [], "balls": []}
    hips, crests = [], []
    for rank, side in enumerate((-1.0, 1.0)):
        hip = middle + np.array([side * 88.0, -26.0, -down]) * build.scale
        bones, crest = _hip_bone(place, hip, sacrum, rank, bone)
        femur = repose(femur_line(hip, side, build.scale), pose)
        parts["hip_bones"] += bones
        tubes["heads"] += draw_head(femur, place.scale, spongy, headless=artificial[rank])
        tubes["shafts"].append(compact.tube(femur[3:], np.array([15.5, 14.0, 13.5]) * place.scale))
        if artificial[rank]:
            parts["stems"] += draw_stem(femur, side, place.scale)
            tubes["balls"].append(draw_ball(femur[0], 15.0 * place.scale))
        hips.append(femur[0])
        crests.append(crest)
    return Pelvis(
        hips_mm=np.array(hips),
        crest_mm=np.array(crests),
        hip_bones=tuple(parts["hip_bones"]),
        stems=tuple(parts["stems"]),
        heads=tuple(tubes["heads"]),
        shafts=tuple(tubes["shafts"]),
        balls=tuple(tubes["balls"]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """How a patient lies, its size, and in its own frame the middle of S1 and height of crests."""

    pose: tuple[float, float, float]
    scale: float
    middle: Array
    crest: float
    torso: Torso

    def within(self, at: Array, margin: float) -> Array:
        """Return a place, own frame, drawn in so that it lies in the wall of the trunk."""
        rows = [np.interp(at[2], self.torso.heights_mm, row) for row in self.torso.wall]
        half_width, y, half_depth, x = (float(row) for row in rows)
        off = at[:2] - (x, y)
        out = float(np.hypot(off[0] / half_width, off[1] / half_depth))
        most = 1.0 - margin / half_width
        keep = min(most / out, 1.0)
        return np.array([x + keep * off[0], y + keep * off[1], at[2]])


def _artificial(build: Build, rng: Generator) -> tuple[bool, bool]:
    """Draw which hips are artificial, right and left; a quarter of those with one have two."""
    likely = np.clip((build.age_years - 40.0) / 40.0, 0.0, 1.2) * build.hip_prosthesis_fraction
    has, both, left = rng.random() < likely, rng.random() < 0.25, rng.random() < 0.5
    return bool(has and (both or not left)), bool(has and (both or left))


def _hip_bone(
    place: _Place, hip: Array, sacrum: Sacrum, rank: int, bone: BoneMaterial
) -> tuple[list[Tube | Sheet], Array]:
    """Return ilium, socket, ischium and pubis of one side, and the top of the crest."""
    side = (-1.0, 1.0)[rank]
    points, radii = _landmarks(place, hip, sacrum, rank)
    names = list(points)
    flat = [(names.index(a), names.index(b), names.index(c)) for a, b, c in _TRIANGLES]
    ilium = bone.sheet(repose(np.array([*points.values()]), place.pose), radii, flat)
    socket = draw_socket(
        repose(hip, place.pose), side, 30.5 * place.scale, 4.0 * place.scale, bone
    )
    top = points["crest"] + np.array([0.0, 0.0, _LANDMARKS["crest"][3] * place.scale])
    return [ilium, socket, *_ischium(place, hip, side, bone)], repose(top, place.pose)


def _crest_height(
    column: Column, pose: tuple[float, float, float], build: Build, rng: Generator
) -> float:
    """Return the height of the crests, own frame: by the sacrum, not by names of levels."""
    upper, lower = (float(unpose(v.centre_mm, pose)[2]) for v in column.vertebrae[-3:-1])
    below = _CREST + (_CREST_FEMALE if build.sex == "F" else 0.0) + rng.normal(0.0, _CREST_SD)
    return upper + float(below) * (lower - upper)


def _landmarks(
    place: _Place, hip: Array, sacrum: Sacrum, rank: int
) -> tuple[dict[str, Array], Array]:
    """Return the landmarks of one ilium, own frame, and half its thickness there."""
    scale, middle = place.scale, place.middle
    side = (-1.0, 1.0)[rank]
    wings = [unpose(point, place.pose) for point in sacrum.wings_mm[rank]]
    points: dict[str, Array] = {}
    radii: list[float] = []

    def put(name: str, at: Array, thick: float) -> None:
        points[name] = at
        radii.append(thick * scale)

    for name, (out, back, up, thick) in _LANDMARKS.items():
        at = middle + np.array([side * out, back, 0.0]) * scale
        at[2] = place.crest + up * scale
        put(name, place.within(at, 1.4 * thick * scale + 4.0), thick)
    beside = sacrum.radii_mm + _JOINT_MM + 6.0 * scale
    put("front_joint", wings[0] + [side * beside[0], -3.0, -2.0], 6.0)
    put("upper_joint", wings[0] + [side * (beside[0] - 3.0), 24.0 * scale, 2.0], 6.0)
    put("lower_joint", wings[2] + [side * beside[2], 2.0, 0.0], 6.0)
    put("posterior_spine", wings[1] + [side * 8.0, 26.0 * scale, -2.0], 6.5)
    put("lower_spine", wings[2] + [side * (0.8 * beside[2]), 14.0 * scale, -6.0], 5.0)
    put("notch", hip + np.array([-side * 18.0, 42.0, 30.0]) * scale, 8.0)
    put("roof", hip + np.array([-side * 6.0, 2.0, 38.0]) * scale, 12.0)
    put("lower_front", hip + np.array([side * 14.0, -32.0, 42.0]) * scale, 8.0)
    return points, np.array(radii)


def _ischium(place: _Place, hip: Array, side: float, bone: BoneMaterial) -> list[Tube]:
    """Return ischium and pubis of one side, round an open obturator foramen."""
    scale = place.scale
    near = np.array([-side, 1.0, 1.0]) * scale
    front = hip + np.array([0.0, -52.0, -24.0]) * scale
    front[0] = place.middle[0] + side * 11.0 * scale
    top = hip + np.array([26.0, 28.0, 2.0]) * near
    seat = hip + np.array([24.0, 34.0, -62.0]) * near
    ramus = hip + np.array([27.0, -26.0, -2.0]) * near
    low = front + np.array([side * 8.0, 10.0, -34.0]) * scale
    lines = (
        ([hip + np.array([18.0, 26.0, 26.0]) * near, top, seat], (10.0, 12.0, 14.0)),
        ([seat, low, front + np.array([0.0, 0.0, -16.0]) * scale], (10.0, 7.0, 7.0)),
        ([hip + np.array([27.0, -18.0, 16.0]) * near, ramus, front], (10.0, 8.0, 8.5)),
        ([front, front + np.array([0.0, 3.0, -24.0]) * scale], (8.5, 7.5)),
    )
    return [
        bone.tube(repose(np.array(points), place.pose), np.array(radii) * scale)
        for points, radii in lines
    ]
