"""Drawing everything soft in one patient, part by part, each from a stream of its own."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator

from ctbone.phantom.anatomy.bowel import draw_gut
from ctbone.phantom.anatomy.heart import draw_heart
from ctbone.phantom.anatomy.kidneys import draw_kidneys
from ctbone.phantom.anatomy.lungs import draw_lungs
from ctbone.phantom.anatomy.muscles import draw_muscles
from ctbone.phantom.anatomy.organs import draw_abdomen, draw_glands, draw_pelvis
from ctbone.phantom.anatomy.spine import Column
from ctbone.phantom.anatomy.strands import draw_vessels
from ctbone.phantom.flesh import Gut, Lungs, Organ, Strap, Thread
from ctbone.phantom.shapes import Torso


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
        glands: What is not fat in the breasts.
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
    glands: tuple[Organ, ...]
    muscles: tuple[Strap, ...]
    marbling: tuple[Thread, ...]
    vessels: tuple[Thread, ...]


def draw_viscera(
    column: Column, torso: Torso, *, female: bool, age_years: float, scale: float, rng: Generator
) -> Viscera:
    """Draw organs, vessels and muscles of one patient."""
    abdomen, kidneys_, pelvis, bowel, chest, breath, flesh, blood = rng.spawn(8)
    organs, threads, veins = draw_abdomen(torso, scale=scale, rng=abdomen)
    kidneys = draw_kidneys(torso, age_years=age_years, scale=scale, rng=kidneys_)
    heart = draw_heart(torso, age_years=age_years, scale=scale, rng=chest)
    muscles, marbling = draw_muscles(column, age_years=age_years, scale=scale, rng=flesh)
    vessels = draw_vessels(
        column, torso, arch_mm=heart.arch_mm, hila_mm=kidneys.hila, age_years=age_years,
        scale=scale, rng=blood,
    )  # fmt: skip
    return Viscera(
        gut=draw_gut(torso, scale=scale, rng=bowel),
        organs=(
            *organs, *kidneys.organs, *draw_pelvis(torso, female=female, scale=scale, rng=pelvis)
        ),
        liver_veins=tuple(veins),
        soft_threads=(*threads, *kidneys.threads),
        lungs=draw_lungs(torso, heart, age_years=age_years, scale=scale, rng=breath),
        heart=heart.organs,
        glands=tuple(draw_glands(torso, age_years=age_years, rng=flesh)),
        muscles=muscles,
        marbling=marbling,
        vessels=(*vessels, *heart.threads),
    )  # fmt: skip
