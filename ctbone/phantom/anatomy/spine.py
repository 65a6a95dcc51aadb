"""Drawing a spine: the column of bodies and discs, and the arches behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.arches import Arch, draw_arch, draw_sizes
from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.discs import draw_discs, draw_gaps
from ctbone.phantom.anatomy.facets import FacetJoint, draw_joints
from ctbone.phantom.anatomy.material import BoneMaterial
from ctbone.phantom.anatomy.morphometry import SACRAL, SIZES, LevelSize
from ctbone.phantom.anatomy.variants import Anomalies
from ctbone.phantom.shapes import Array, Disc, Puck, Tube, Vertebra
from ctbone.phantom.tissue import Tissue, bone_hu, tissue_hu

#: Rotation at the apex of a curve, relative to the greatest tilt at its ends.
_COUPLED = 0.8

#: How much of the change of inclination between neighbours the body takes; discs take the rest.
_BODY_SHARE = 0.35


@dataclass(frozen=True, slots=True)
class Column:
    """The bodies from cranial to caudal, the sacrum's lower segments, discs, arches and canal.

    The facet joints are those that were drawn, before any disease. Bone that has grown from body
    to body, and what surgeons have put in, belong to no vertebra.
    """

    vertebrae: tuple[Vertebra, ...]
    sacrum: tuple[Vertebra, ...]
    discs: tuple[Disc, ...]
    arches: tuple[Arch, ...]
    canal: Tube
    joints: tuple[FacetJoint, ...] = ()
    ossifications: tuple[Tube, ...] = ()
    implants: tuple[Tube | Puck, ...] = ()


def rotation(pitch: float, roll: float, turn: float) -> Array:
    """Return a frame: leaning forward by ``pitch``, to the right by ``roll``, turned about itself.

    Angles in radians.
    """
    cp, sp, cr, sr, ct, st = (f(a) for a in (pitch, roll, turn) for f in (np.cos, np.sin))
    lean = np.array([[1.0, 0.0, 0.0], [0.0, cp, -sp], [0.0, sp, cp]])
    side = np.array([[cr, 0.0, -sr], [0.0, 1.0, 0.0], [sr, 0.0, cr]])
    about = np.array([[ct, -st, 0.0], [st, ct, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(lean @ side @ about)


def draw_column(
    levels: tuple[VertebralLevel, ...],
    *,
    bmd_mg_cm3: dict[VertebralLevel, float],
    build: Build,
    pose: Array,
    rng: Generator,
) -> Column:
    """Draw the column of a patient, with the centre of L1 at the origin.

    Args:
        levels: From cranial to S1.
        bmd_mg_cm3: Trabecular density of each level.
        build: Size, age and what is unusual.
        pose: Frame of the patient as a whole.
        rng: Source of chance.
    """
    pitch, scale = _inclinations(levels, rng), build.scale
    frames = _frames(pitch, pose, rng)
    bodies = [
        _body(level, frame, (SACRAL[i - len(levels)] if level is None else None), scale, rng)
        for i, (level, frame) in enumerate(
            zip((*levels, *[None] * len(SACRAL)), frames, strict=True)
        )
    ]
    gaps = draw_gaps(levels, scale=scale, age_years=build.age_years, rng=rng)
    gaps[-2:] = _junction_gaps(gaps[-2], build.anomalies)
    gaps += [0.8] * (len(SACRAL) - 1)
    wedges = [*(-_BODY_SHARE * np.gradient(pitch[: len(levels)])), *[0.0] * len(SACRAL)]
    placed = _stack(bodies, gaps, levels.index(VertebralLevel.L1))
    vertebrae = [
        _with(body, centre, level, bmd_mg_cm3, float(wedge))
        for body, centre, level, wedge in zip(
            bodies, placed, (*levels, *[None] * len(SACRAL)), wedges, strict=True
        )
    ]
    named = tuple(vertebrae[: len(levels)])
    sizes = draw_sizes(levels, scale=scale, rng=rng)
    wear = float(np.clip((build.age_years - 40.0) / 45.0 + rng.normal(0.0, 0.25), 0.0, 1.0))
    joints = draw_joints(named, sizes, scale=scale, wear=wear, rng=rng)
    material = _arch_material(bmd_mg_cm3[VertebralLevel.L1], rng)
    return Column(
        vertebrae=named,
        sacrum=tuple(vertebrae[len(levels) :]),
        discs=draw_discs(named, age_years=build.age_years, rng=rng),
        arches=tuple(draw_arch(v, size, joints, material=material, rng=rng)
                     for v, size in zip(named, sizes.values(), strict=True)),
        canal=_canal(named, sizes),
        joints=joints,
    )  # fmt: skip


def _arch_material(bmd_mg_cm3: float, rng: Generator) -> BoneMaterial:
    """Return what arches are made of: denser inside than the body, by how much is inferred."""
    denser = float(rng.uniform(10.0, 130.0))
    marrow = tissue_hu(Tissue.MARROW, kvp=120, phase="none")
    inside = bone_hu(bmd_mg_cm3, kvp=120) + denser
    return BoneMaterial(inside - marrow, float(rng.uniform(0.6, 1.3)))


def _junction_gaps(last_mm: float, anomalies: Anomalies) -> tuple[float, float]:
    """Return the heights of the discs above and below S1, mm.

    Below a segment that is fused or nearly so the disc is rudimentary; below a lumbarised S1 one
    is left, which is otherwise a seam.
    """
    if anomalies.transitional is None:
        return last_mm, 1.0
    firm = {"joint", "fused"} & set(anomalies.junctions)
    if anomalies.transitional is VertebralLevel.S1:
        return last_mm, 3.0 if firm else 5.5
    return (0.5 if firm else 0.85) * last_mm, 1.0


def _inclinations(levels: tuple[VertebralLevel, ...], rng: Generator) -> Array:
    """Return how far each level, and each sacral segment, leans forward; radians."""
    table = np.array([SIZES[level].inclination_deg for level in levels])
    lumbar = np.array([level.order > VertebralLevel.L1.order for level in levels])
    tilt = SIZES[VertebralLevel.L1].inclination_deg
    lordosis, kyphosis = np.clip(rng.normal(1.0, (0.22, 0.25)), 0.45, 1.6)
    own = np.where(lumbar, tilt + (table - tilt) * lordosis, tilt + (table - tilt) * kyphosis)
    own += rng.normal(0.0, 1.2, len(own)) + rng.normal(0.0, 2.0)
    sacral = np.array([row[3] for row in SACRAL]) - SIZES[VertebralLevel.S1].inclination_deg
    return np.asarray(np.deg2rad(np.concatenate([own, own[-1] + sacral])))


def _frames(pitch: Array, pose: Array, rng: Generator) -> list[Array]:
    """Add scoliosis with its coupled rotation to the sagittal profile.

    The amplitude leaves about a tenth with a curve of 10 degrees and more, which 8 to 9 % of
    adults have (Carter and Haynes 1987, Kebaish et al. 2011; recalled). Bodies turn towards the
    outside of a curve, most at its apex, where they do not tilt; by how much is inferred.
    """
    n = len(pitch)
    phase, waves = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(0.6, 1.3)
    amplitude = np.deg2rad(rng.normal(0.0, 3.0))
    along = 2.0 * np.pi * waves * np.arange(n) / n + phase
    roll = amplitude * np.sin(along)
    turn = -_COUPLED * amplitude * np.cos(along) + np.deg2rad(rng.normal(0.0, 1.0, n))
    return [pose @ rotation(p, r, t) for p, r, t in zip(pitch, roll, turn, strict=True)]


def _body(
    level: VertebralLevel | None,
    frame: Array,
    sacral: tuple[float, float, float, float] | None,
    scale: float,
    rng: Generator,
) -> Vertebra:
    if level is None:
        assert sacral is not None  # noqa: S101 - one of the two says what to draw
        width, depth, height = sacral[:3]
    else:
        size = SIZES[level]
        width, depth, height = size.width_mm, size.depth_mm, size.height_mm
    width, depth, height = (x * scale * rng.normal(1.0, 0.03) for x in (width, depth, height))
    return Vertebra(
        level=level,
        centre_mm=np.zeros(3),
        frame=frame,
        width_mm=width,
        depth_mm=depth,
        height_mm=height,
        waist=float(rng.uniform(0.06, 0.14)),
        concavity_mm=0.055 * height * float(rng.uniform(0.5, 1.5)),
        wedge=0.0,
        back_mm=0.07 * depth * float(rng.uniform(0.4, 1.6)),
        bmd_mg_cm3=0.0,
        gradient=float(rng.normal(0.0, 0.03)),
        wall_mm=float(rng.uniform(0.25, 0.6)),
        plate_mm=float(rng.uniform(0.2, 0.6)),
    )


def _stack(bodies: list[Vertebra], gaps: list[float], origin: int) -> list[Array]:
    """Set the bodies one below the other, and move the one named to the origin."""
    centres = [np.zeros(3)]
    for (upper, lower), gap in zip(pairwise(bodies), gaps, strict=True):
        between = upper.frame[:, 2] + lower.frame[:, 2]
        between = between / np.linalg.norm(between)
        step = (
            0.5 * upper.height_mm * upper.frame[:, 2]
            + gap * between
            + 0.5 * lower.height_mm * lower.frame[:, 2]
        )
        centres.append(centres[-1] - step)
    return [centre - centres[origin] for centre in centres]


def _with(
    body: Vertebra,
    centre: Array,
    level: VertebralLevel | None,
    bmd: dict[VertebralLevel, float],
    wedge: float,
) -> Vertebra:
    density = bmd[level if level is not None else VertebralLevel.S1]
    return replace(
        body, centre_mm=centre, wedge=wedge * body.height_mm / body.depth_mm, bmd_mg_cm3=density
    )


def _canal(bodies: tuple[Vertebra, ...], sizes: Mapping[VertebralLevel, LevelSize]) -> Tube:
    """Return the thecal sac, from the first level to S1."""
    points, radii = [], []
    for body in bodies:
        assert body.level is not None  # noqa: S101 - only named levels are given
        depth = sizes[body.level].canal_mm[1]
        points.append(body.centre_mm + 0.5 * (body.depth_mm + depth) * body.frame[:, 1])
        radii.append(0.5 * depth - 0.3)
    return Tube(
        points_mm=np.array(points),
        radii_mm=np.array(radii),
        stretch=(1.2, 1.0, 1.0),
        frame=np.eye(3),
        tissue=Tissue.CANAL,
    )
