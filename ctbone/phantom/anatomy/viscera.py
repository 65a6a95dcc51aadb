"""Drawing everything soft in one patient, part by part, each from a stream of its own."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator

from ctbone.phantom.anatomy.bowel import draw_gut
from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.heart import draw_heart
from ctbone.phantom.anatomy.kidneys import draw_kidneys
from ctbone.phantom.anatomy.lungs import draw_lungs
from ctbone.phantom.anatomy.muscles import draw_muscles
from ctbone.phantom.anatomy.organs import draw_abdomen, draw_glands, draw_pelvis, draw_shoulders
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.anatomy.strands import draw_vessels
from ctbone.phantom.flesh import Gut, Lungs, Organ, Strap, Thread, Torso


@dataclass(frozen=True, slots=True, eq=False)
class Viscera:
    """What is painted of the soft tissue, in the order in which it is painted.

    Attributes:
        gut: Stomach and bowel.
        organs: Solid organs of abdomen and pelvis; they cover the bowel where they lie.
        liver_veins: Vessels in the liver, brighter or darker than it by the phase.
        soft_threads: Pancreas, adrenals and urinary tract: brighter than fat.
        lungs: What is in the lungs.
        heart: The heart with its chambers.
        lumps: What is not fat in breasts and shoulders.
        muscles: Muscles that stand apart from the wall of the trunk.
        marbling: Fat in them.
        vessels: Vessels and their plaques.
    """

    gut: Gut
    organs: tuple[Organ, ...]
    liver_veins: tuple[Thread, ...]
    soft_threads: tuple[Thread, ...]
    lungs: Lungs
    heart: tuple[Organ, ...]
    lumps: tuple[Organ, ...]
    muscles: tuple[Strap, ...]
    marbling: tuple[Thread, ...]
    vessels: tuple[Thread, ...]


def draw_viscera(column: Column, torso: Torso, *, build: Build, rng: Generator) -> Viscera:
    """Draw organs, vessels and muscles of one patient."""
    streams = rng.spawn(8)
    organs, threads, veins = draw_abdomen(torso, scale=build.scale, rng=streams[0])
    kidneys = draw_kidneys(torso, build=build, rng=streams[1])
    pelvis = draw_pelvis(torso, build=build, rng=streams[2])
    heart = draw_heart(torso, build=build, rng=streams[4])
    muscles, marbling = draw_muscles(column, torso, build=build, rng=streams[6])
    ends = (heart.arch_mm, kidneys.hila)
    vessels = draw_vessels(column, torso, ends, build=build, rng=streams[7])
    return Viscera(
        gut=draw_gut(torso, scale=build.scale, rng=streams[3]),
        organs=(*organs, *kidneys.organs, *pelvis),
        liver_veins=tuple(veins),
        soft_threads=(*threads, *kidneys.threads),
        lungs=draw_lungs(torso, heart, build=build, rng=streams[5]),
        heart=heart.organs,
        lumps=(
            *draw_glands(torso, age_years=build.age_years, rng=streams[6]),
            *draw_shoulders(torso, rng=streams[6]),
        ),
        muscles=muscles,
        marbling=marbling,
        vessels=(*vessels, *heart.threads),
    )
