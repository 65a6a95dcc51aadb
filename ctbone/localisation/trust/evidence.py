"""What the attenuation in and around a vertebral body says of it, as plain numbers.

Everything is taken in the vertebra's own frame, from the patch that is measured. Distances are to
the surface of the body; the inside is what lies as deep as the trabecular region does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ctbone.densitometry import (
    EROSION_MM,
    TrabecularMeasurement,
    TrabecularRegion,
    find_region,
    measure,
)
from ctbone.errors import NotEvaluable
from ctbone.localisation.trust.configuration import TrustConfig
from ctbone.localisation.trust.foci import SMOOTH_MM, find_foci
from ctbone.localisation.trust.plates import dents_mm
from ctbone.localisation.trust.surroundings import Surroundings, cut_out
from ctbone.patches import PatchGrid, VertebraPatch, extract
from ctbone.records import VertebraLocalisation
from ctbone.volume import CTVolume

#: How deep below the surface metal and gas are the body's own, mm: twice what masks err by, so
#: that neither the plate of a cage nor a vacuum in the disc is taken for them. A design choice.
_OWN_MM = 2.0

#: How far about the body padding is looked for, mm: two voxels of the patch. A design choice.
_NEXT_MM = 2.0

#: Least volume of inside in which regions are looked for, mm3. A design choice: what is too little
#: to measure without a flag (``densitometry.region.SMALL_MM3``).
_LEAST_MM3 = 500.0

#: How deep below the surface the wall is looked for, mm: it is 1 mm thick, and masks err.
_WALL_MM = 4.0

#: Distance from an end plate at which its bone is compared with the middle, mm. A design choice:
#: beyond what a plate blurs into, and within what hardens where a disc is worn.
_BAND_MM = (5.0, 8.0)

#: Distance from the side walls within which bone is not compared, mm. A design choice, likewise.
_SIDE_MM = 5.0

#: At or below this lies no tissue, HU: lung with emphysema has -950 and more. A design choice.
_PADDING_HU = -995.0

_GRID = PatchGrid()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was found in and around one vertebral body.

    Attributes:
        size_mm: Extent of the body along left, posterior and superior; ``None`` without a body.
        volume_mm3: Volume of the body.
        metal_inside_mm3: Volume of metal that lies well inside the body.
        metal_beside_mm3: Volume of metal in the body and beside it.
        gas_mm3: Volume of gas that lies well inside the body.
        padding: Share of the voxels next to the body that lie outside the scanned field.
        median_hu: Median of the inside; ``None`` where there is too little of it.
        wall_hu: How much denser the wall is than the inside.
        hole_mm3: Volume of the largest region of the inside that is far less dense than it.
        dense_mm3: Volume of the largest that is far denser.
        plate_hu: How much denser bone near the denser end plate is than the inside.
        dents_mm: How much lower its middle is than its outline, as its end plates show.
        trabecular: What is measured; ``None`` where it cannot be.
        refusal: Why it cannot be.
    """

    size_mm: tuple[float, float, float] | None = None
    volume_mm3: float = 0.0
    metal_inside_mm3: float = 0.0
    metal_beside_mm3: float = 0.0
    gas_mm3: float = 0.0
    padding: float = 0.0
    median_hu: float | None = None
    wall_hu: float | None = None
    hole_mm3: float = 0.0
    dense_mm3: float = 0.0
    plate_hu: float | None = None
    dents_mm: float = 0.0
    trabecular: TrabecularMeasurement | None = None
    refusal: str = ""


#: Of a mask that holds no voxel of the patch: the ellipse is for bodies that nobody outlined.
_VANISHED = Evidence(
    size_mm=(0.0, 0.0, 0.0), refusal="expected a body on the grid of the patch, found none of it"
)


def gather_evidence(
    volume: CTVolume, vertebra: VertebraLocalisation, *, config: TrustConfig
) -> Evidence:
    """Look at one vertebra; without a body, only what is measured is known."""
    patch = extract(volume, vertebra, grid=_GRID)
    if vertebra.body is not None and not patch.inside.any():
        return _VANISHED
    region = find_region(patch)
    trabecular, refusal = _measured(patch, region)
    if not patch.inside.any():
        return Evidence(trabecular=trabecular, refusal=refusal)
    body = cut_out(patch, volume, region=region, margin_mm=config.beside_mm)
    beside = body.away_mm <= config.beside_mm
    own = body.depth_mm > _OWN_MM
    metal = body.hu > config.metal_hu
    core = body.depth_mm > EROSION_MM
    median = None if body.volume_mm3(core) < _LEAST_MM3 else float(np.median(body.hu[core]))
    hole, dense = (0.0, 0.0) if median is None else _foci(body, config)
    return Evidence(
        size_mm=_extent_mm(body),
        volume_mm3=body.volume_mm3(body.inside),
        metal_inside_mm3=body.volume_mm3(metal & own),
        metal_beside_mm3=body.volume_mm3(metal & beside),
        gas_mm3=body.volume_mm3((body.hu < config.gas_hu) & own),
        padding=_padding(body),
        median_hu=median,
        wall_hu=None if median is None else _wall_hu(body) - median,
        hole_mm3=hole,
        dense_mm3=dense,
        plate_hu=None if median is None else _plate_hu(body, median),
        dents_mm=dents_mm(body.hu, body.inside, spacing_mm=body.spacing_mm, blur_mm=body.blur_mm),
        trabecular=trabecular,
        refusal=refusal,
    )


def _measured(
    patch: VertebraPatch, region: TrabecularRegion
) -> tuple[TrabecularMeasurement | None, str]:
    try:
        return measure(patch, region=region), ""
    except NotEvaluable as fault:
        return None, str(fault)


def _padding(body: Surroundings) -> float:
    """Return the share of the next voxels that is padding: in the volume, and as air or below.

    What lies beyond the ends of the volume is left to the locator, which says if a body is whole.
    """
    next_to = (body.away_mm <= _NEXT_MM) & ~body.inside & body.in_field
    if not next_to.any():
        return 1.0
    return float(np.mean(body.hu[next_to] <= _PADDING_HU))


def _extent_mm(body: Surroundings) -> tuple[float, float, float]:
    found = np.argwhere(body.inside)
    left, posterior, superior = (np.ptp(found, axis=0) + 1) * np.array(body.spacing_mm)
    return float(left), float(posterior), float(superior)


def _wall_hu(body: Surroundings) -> float:
    """Return the attenuation of the densest tenth of what lies near the surface, smoothed."""
    sigma = [SMOOTH_MM / spacing for spacing in body.spacing_mm]
    smooth = ndimage.gaussian_filter(body.hu, sigma, truncate=3.0)
    return float(np.percentile(smooth[body.inside & (body.depth_mm <= _WALL_MM)], 90.0))


def _foci(body: Surroundings, config: TrustConfig) -> tuple[float, float]:
    return find_foci(
        body.hu,
        body.depth_mm,
        body.measured,
        spacing_mm=body.spacing_mm,
        blur_mm=body.blur_mm,
        config=config,
    )


def _plate_hu(body: Surroundings, median_hu: float) -> float | None:
    """Return how much denser bone near either end plate is than the inside, HU."""
    columns = body.inside.any(axis=2)
    # A column beside the rim meets the wall, not the end plate.
    sides = ndimage.distance_transform_edt(np.pad(columns, 1), sampling=body.spacing_mm[:2])
    columns &= np.asarray(sides)[1:-1, 1:-1] > _SIDE_MM
    if not columns.any():
        return None
    heights = np.arange(body.inside.shape[2])
    lower = body.inside.argmax(axis=2)
    upper = heights[-1] - body.inside[:, :, ::-1].argmax(axis=2)
    found = []
    for apart in (upper[:, :, None] - heights, heights - lower[:, :, None]):
        away = apart * body.spacing_mm[2]
        away -= body.blur_mm
        band = columns[:, :, None] & (away >= _BAND_MM[0]) & (away < _BAND_MM[1])
        found.append(float(body.hu[band].mean()) - median_hu if band.any() else 0.0)
    return max(found)
