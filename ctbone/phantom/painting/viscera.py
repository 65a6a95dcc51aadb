"""In which order soft tissue is painted, before the trunk is closed round it and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ctbone.phantom.anatomy.viscera import Viscera
from ctbone.phantom.painting.gut import paint_gut
from ctbone.phantom.painting.organs import paint_organ
from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Raster
from ctbone.phantom.painting.solids import paint_tubes
from ctbone.phantom.painting.straps import AERATED_HU, paint_strap
from ctbone.phantom.painting.threads import paint_threads
from ctbone.phantom.shapes import Sheet, Tube
from ctbone.phantom.tissue import Tissue

#: How much of the radius of an arm is muscle; inferred.
_MUSCLE_SHARE = 0.78


def paint_viscera(raster: Raster, viscera: Viscera, palette: Palette) -> None:
    """Paint what the cavity holds below the diaphragm; the trunk cuts off what juts out of it."""
    paint_gut(raster, viscera.gut, palette)
    for organ in viscera.organs:
        paint_organ(raster, organ, palette)
    # Blood is darker than liver before contrast and brighter after.
    dark = palette.soft(Tissue.VEIN) < palette.soft(Tissue.LIVER)
    if dark:
        paint_threads(raster, viscera.liver_veins, palette, darker=True)
    bright = () if dark else viscera.liver_veins
    paint_threads(raster, (*viscera.soft_threads, *bright), palette)


def paint_flesh(raster: Raster, viscera: Viscera, palette: Palette) -> None:
    """Paint heart, muscles with the fat in them, vessels and airways."""
    for organ in viscera.heart:
        paint_organ(raster, organ, palette)
    for lump in viscera.lumps:
        paint_organ(raster, lump, palette, over_hu=AERATED_HU)
    for muscle in viscera.muscles:
        paint_strap(raster, muscle, palette)
    lungs = viscera.lungs
    paint_threads(raster, (*lungs.vessels, *lungs.airway_walls, *viscera.vessels), palette)
    paint_threads(raster, (*viscera.marbling, *lungs.airways), palette, darker=True)


def paint_arms(raster: Raster, arms: Sequence[Tube | Sheet], palette: Palette) -> None:
    """Paint the flesh of the arms, fat round muscle."""
    paint_tubes(raster, [replace(arm, tissue=Tissue.FAT) for arm in arms], palette)
    inside = [replace(arm, radii_mm=_MUSCLE_SHARE * arm.radii_mm) for arm in arms]
    paint_tubes(raster, inside, palette)
