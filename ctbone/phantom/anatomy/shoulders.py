"""Drawing shoulder blades, collar bones and upper arms, above the head or beside the chest.

Places are inferred from atlases; shoulder blades lie on the outside of the rib cage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.material import BoneMaterial
from ctbone.phantom.anatomy.ribs import chest
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.anatomy.torso import repose, unpose
from ctbone.phantom.flesh import Torso
from ctbone.phantom.shapes import Array, Sheet, Tube
from ctbone.phantom.tissue import Tissue


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shoulders:
    """Shoulder girdle and upper arms.

    Attributes:
        girdle: Shoulder blades and collar bones.
        humeri: Heads of the upper arms, of thin compact bone.
        shafts: Their shafts, of thick compact bone.
        flesh: Muscle round the arms, on the shoulder blades and from the neck to the shoulder.
        arms_up: Whether the arms lie above the head.
        arms_mm: Shoulder and elbow of the right and the left arm, shape ``(2, 2, 3)``.
    """

    girdle: tuple[Tube | Sheet, ...]
    humeri: tuple[Tube, ...]
    shafts: tuple[Tube, ...]
    flesh: tuple[Tube | Sheet, ...]
    arms_up: bool
    arms_mm: Array


def draw_shoulders(
    column: Column, torso: Torso, notch_mm: Array, *, build: Build, rng: Generator
) -> Shoulders:
    """Draw the shoulders of one patient; ``notch_mm`` is the upper end of the sternum."""
    pose, scale = (torso.turn_rad, *torso.lean), build.scale
    bone = BoneMaterial(float(rng.uniform(-60.0, 60.0)), float(rng.uniform(0.8, 1.3)))
    spongy, hard = (
        BoneMaterial(bone.shift_hu, 1.0),
        BoneMaterial(0.0, 3.6 * scale, Tissue.FATTY_MARROW),
    )
    upper = next(v for v in column.vertebrae if v.level is VertebralLevel.T2)
    top = unpose(upper.centre_mm, pose)
    up = bool(rng.random() < build.arms_up_fraction)
    lift = float(rng.normal(0.0, 8.0))
    girdle: list[Tube | Sheet] = []
    flesh: list[Tube | Sheet] = []
    humeri, shafts, arms = [], [], []
    for side in (-1.0, 1.0):
        joint = (
            top + np.array([side * (150.0 if up else 162.0), -4.0, 18.0 if up else -8.0]) * scale
        )
        joint[2] += lift
        far = [side * rng.normal(28.0, 12.0), -25.0, 285.0] if up else [side * 35.0, 22.0, -285.0]
        elbow = joint + np.array(far) * scale
        blade, muscle = _blade(torso, top, joint, side, (up, scale), bone)
        girdle += blade
        flesh.append(muscle)
        girdle.append(_collar(unpose(notch_mm, pose), joint, side, scale, pose, bone))
        line = repose(np.array([joint, joint + 0.16 * (elbow - joint), elbow]), pose)
        humeri.append(spongy.tube([line[0], line[0] + 0.5], 23.5 * scale))
        deep = line[1] + 0.22 * (line[2] - line[1])
        humeri.append(spongy.tube([*line[:2], deep], np.array([20.0, 12.5, 7.0]) * scale))
        shafts.append(hard.tube(line[1:], np.array([12.0, 11.0]) * scale))
        flesh.append(_flesh(line, np.array([50.0, 48.0, 38.0]) * scale))
        nape = top + np.array([side * 52.0, 22.0, 42.0]) * scale
        flesh.append(_flesh(repose(np.array([nape, joint]), pose), np.array([26.0, 40.0]) * scale))
        arms.append(line[[0, 2]])
    return Shoulders(
        girdle=tuple(girdle), humeri=tuple(humeri), shafts=tuple(shafts), flesh=tuple(flesh),
        arms_up=up, arms_mm=np.array(arms),
    )  # fmt: skip


def _flesh(points: Array, radii: Array) -> Tube:
    return Tube(points_mm=points, radii_mm=radii, stretch=(1.0, 1.0, 1.0), frame=np.eye(3),
                tissue=Tissue.MUSCLE)  # fmt: skip


def _blade(
    torso: Torso,
    top: Array,
    joint: Array,
    side: float,
    draw: tuple[bool, float],
    bone: BoneMaterial,
) -> tuple[list[Tube | Sheet], Sheet]:
    """Return a shoulder blade, with spine, acromion and coracoid, and the muscle on it."""
    up, scale = draw
    pose = (torso.turn_rad, *torso.lean)
    swing = 22.0 if up else 0.0

    def on_ribs(angle: float, down: float, off: float) -> Array:
        height = top[2] - down * scale
        at = chest(torso, np.deg2rad(np.array([angle])), np.array([height]), side, inset_mm=-off)
        return np.asarray(at[0])

    corner = on_ribs(34.0, -8.0, 11.0)
    medial = on_ribs(36.0 + 0.4 * swing, 32.0, 12.0)
    lower = on_ribs(46.0 + swing, 135.0 - 0.8 * swing, 12.0)
    border = on_ribs(60.0 + swing, 72.0 - 0.4 * swing, 14.0)
    neck = on_ribs(66.0, 10.0, 16.0)
    socket = joint + 27.0 * scale * (neck - joint) / np.linalg.norm(neck - joint)
    acromion = joint + np.array([side * 8.0, 18.0, 32.0]) * scale
    ridge = 0.5 * (medial + acromion) + np.array([0.0, 16.0, 0.0]) * scale
    coracoid = joint + np.array([-side * 20.0, -30.0, 12.0]) * scale
    own = np.array([corner, medial, lower, border, neck, socket, ridge, acromion, coracoid])
    points = repose(own, pose)
    radii = np.array([2.5, 2.6, 4.5, 4.2, 6.0, 9.0, 3.0, 6.0, 6.0])
    plate = bone.sheet(points, np.minimum(radii, 3.2), [*_PLATE, (1, 6, 4), (6, 7, 4)])
    tubes = ((4, 5), (6, 7), (4, 8), (2, 3), (3, 4))
    return [
        plate,
        *(bone.tube(points[list(line)], radii[list(line)]) for line in tubes),
    ], _cloak(points, pose)


#: The triangles of a shoulder blade that lie on the ribs.
_PLATE = ((0, 1, 4), (1, 3, 4), (1, 2, 3))


def _cloak(points: Array, pose: tuple[float, float, float]) -> Sheet:
    """Return the muscle on a shoulder blade, from the ribs outwards."""
    back = repose(np.array([0.0, 1.0, 0.0]), (pose[0], 0.0, 0.0))
    muscle = BoneMaterial(0.0, 0.0, Tissue.MUSCLE)
    return muscle.sheet(points[:5] + 5.0 * back, [17.0, 18.0, 16.0, 20.0, 25.0], _PLATE)


def _collar(
    notch: Array, joint: Array, side: float, scale: float, pose: tuple[float, float, float],
    bone: BoneMaterial,
) -> Tube:  # fmt: skip
    """Return a collar bone: bowed forward near the sternum, backward near the shoulder."""
    start = notch + np.array([side * 22.0, -2.0, 4.0]) * scale
    end = joint + np.array([side * 2.0, 10.0, 30.0]) * scale
    bow = np.array([0.0, -14.0, 2.0]) * scale
    points = [
        start,
        start + 0.33 * (end - start) + bow,
        start + 0.72 * (end - start) - 0.3 * bow,
        end,
    ]
    radii = np.array([10.0, 6.5, 6.0, 7.0]) * scale
    return bone.tube(repose(np.array(points), pose), radii)
