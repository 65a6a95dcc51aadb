"""Drawing the discs between the bodies: their height, substance and what age leaves in them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.morphometry import SIZES
from ctbone.phantom.bone import Finding
from ctbone.phantom.shapes import Array, Disc, Vertebra
from ctbone.phantom.tissue import bone_hu

_L = VertebralLevel

#: How much a disc stands above the table's disc, mean and spread over patients, and how it follows
#: the bone beside it (both HU). Inferred: at 4 mm discs of real CT lie 10 to 45 HU below most
#: bodies, and as much above those of low density.
_DISC_HU = (17.0, 13.0)
_FOLLOWS_HU = ((20.0, 130.0, 260.0), (-18.0, 0.0, 52.0))

#: Share of discs that have lost height, hold gas or have calcified at 40 and at 80 years; the
#: lowest two lumbar discs three times as often as the others. Half of lumbar discs are narrowed
#: at 80 (Twomey & Taylor, Clin Orthop 1987;224:97, recalled); gas and chalk are inferred.
_NARROWED = (0.08, 0.35)
_GAS = (0.005, 0.06)
_CHALK = (0.005, 0.05)


def draw_gaps(
    levels: tuple[VertebralLevel, ...], *, scale: float, age_years: float, rng: Generator
) -> list[float]:
    """Draw the height of the disc below each level, mm: most keep theirs, some lose it."""
    heights = []
    for level in levels:
        factor = rng.normal(1.0, 0.08)
        if rng.random() < _share(_NARROWED, age_years, level):
            factor = rng.uniform(0.3, 0.75)
        heights.append(SIZES[level].disc_mm * scale * float(factor))
    return heights


def _share(curve: tuple[float, float], age_years: float, level: VertebralLevel) -> float:
    stress = 1.8 if level in (_L.L4, _L.L5, _L.L6) else 0.6
    return stress * float(np.interp(age_years, (40.0, 80.0), curve))


def draw_discs(
    bodies: tuple[Vertebra, ...], *, age_years: float, rng: Generator
) -> tuple[Disc, ...]:
    """Draw the discs between bodies, from cranial to caudal.

    Nucleus and annulus differ by 5 to 35 HU when young and no more when old: the nucleus loses
    its water (inferred from unenhanced CT of discs, where the annulus is the denser).
    """
    patient = float(rng.normal(*_DISC_HU))
    softer = float(rng.uniform(5.0, 35.0) * np.interp(age_years, (30.0, 80.0), (1.0, 0.3)))
    discs = []
    for upper, lower in pairwise(bodies):
        assert upper.level is not None  # noqa: S101 - the column names all of these
        bone = bone_hu(0.5 * (upper.bmd_mg_cm3 + lower.bmd_mg_cm3), kvp=120)
        own = patient + float(np.interp(bone, *_FOLLOWS_HU)) + float(rng.normal(0.0, 12.0))
        has_chalk = rng.random() < _share(_CHALK, age_years, upper.level)
        disc = Disc(
            centre_mm=np.zeros(3),
            frame=upper.frame,
            width_mm=float(rng.uniform(-1.0, 3.0)),
            depth_mm=float(rng.uniform(-1.0, 3.0)),
            height_mm=0.0,
            shift_hu=own,
            gas=bool(rng.random() < _share(_GAS, age_years, upper.level)),
            gas_reach=float(rng.uniform(0.25, 0.75)),
            nucleus_hu=-softer,
            calcified_hu=float(rng.uniform(150.0, 600.0)) * has_chalk,
            level=upper.level,
        )
        discs.append(_sized(disc, upper, lower))
    return tuple(discs)


def _sized(disc: Disc, upper: Vertebra, lower: Vertebra) -> Disc:
    """Give a disc whose width and depth are its excess over the bodies the size it has.

    What a disc has lost in height it bulges: a millimetre for three (inferred).
    """
    placed = placed_between(disc, upper, lower)
    usual = SIZES[disc.level].disc_mm if disc.level is not None else 0.0
    bulge = max(usual - gap_mm(upper, lower), 0.0) / 3.0
    return replace(
        placed,
        width_mm=0.5 * (upper.width_mm + lower.width_mm) + disc.width_mm + bulge,
        depth_mm=0.5 * (upper.depth_mm + lower.depth_mm) + disc.depth_mm + bulge,
    )


def placed_between(disc: Disc, upper: Vertebra, lower: Vertebra) -> Disc:
    """Return a disc set between two bodies, as high as what their end plates leave."""
    top, bottom = _rims(upper, lower)
    # It is centred between the rims, and must fill the deeper of the two hollows.
    sunk = max(upper.concavity_mm + upper.sunk_mm[1], lower.concavity_mm + lower.sunk_mm[0])
    return replace(
        disc,
        centre_mm=0.5 * (top + bottom),
        frame=_mean_frame(upper.frame, lower.frame),
        height_mm=gap_mm(upper, lower) + 2.0 * sunk + 3.0,
    )


def gap_mm(upper: Vertebra, lower: Vertebra) -> float:
    """Return the distance between the middles of two rims that face each other."""
    top, bottom = _rims(upper, lower)
    return float(np.linalg.norm(top - bottom))


def _rims(upper: Vertebra, lower: Vertebra) -> tuple[Array, Array]:
    top = upper.centre_mm - 0.5 * upper.height_mm * upper.frame[:, 2]
    bottom = lower.centre_mm + 0.5 * lower.height_mm * lower.frame[:, 2]
    return top, bottom


def _mean_frame(first: Array, second: Array) -> Array:
    left, _, right = np.linalg.svd(first + second)
    return np.asarray(left @ right)


def disc_findings(discs: tuple[Disc, ...]) -> tuple[Finding, ...]:
    """Return the discs that hold gas or chalk, each with the vertebra above it."""
    found = []
    for disc in discs:
        if disc.level is not None and disc.gas:
            size = round(disc.gas_reach * disc.width_mm, 1)
            found.append(Finding(kind="vacuum", level=disc.level, size_mm=size))
        if disc.level is not None and disc.calcified_hu > 0.0:
            size = round(0.6 * disc.width_mm, 1)
            found.append(
                Finding(kind="disc_calcification", level=disc.level, size_mm=size, side="front")
            )
    return tuple(found)
