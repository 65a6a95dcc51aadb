"""A calibration phantom under the patient: rods of known density in a flat pad."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ctbone.phantom.painting.palette import Palette
from ctbone.phantom.painting.raster import Box, Raster, cover, share
from ctbone.phantom.scanner.configuration import Rods
from ctbone.phantom.shapes import Rod, Table

#: The pad, mm, and what it is made of, HU: solid rods lie in a plastic somewhat denser than water.
_THICKNESS_MM, _HALF_WIDTH_MM, _PAD_HU = 26.0, 108.0, 25.0

#: Distance between rods, and their radius, mm.
_PITCH_MM, _RADIUS_MM = 38.0, 9.5

#: Density of water-equivalent material and of K2HPO4 in each rod, mg/cm3: Mindways Model 3, from
#: its certificate (recalled).
_K2HPO4 = {
    "A": (1012.2, -51.8),
    "B": (1057.0, -53.4),
    "C": (1103.6, 58.9),
    "D": (1119.5, 157.0),
    "E": (923.2, 375.8),
}

#: Density of hydroxyapatite in water-equivalent plastic, mg/cm3: 0, 75 and 150 as Image Analysis
#: makes them, 200 as QRM does (recalled).
_HYDROXYAPATITE = {"0": 0.0, "75": 75.0, "150": 150.0, "200": 200.0}


def calibration_rods(table: Table, kind: Rods) -> tuple[Rod, ...]:
    """Return the rods of a phantom that lies on a table, from right to left.

    Args:
        table: Where the patient would lie without it: the pad begins there.
        kind: What the rods hold.
    """
    known: dict[str, tuple[float, float]] = (
        _K2HPO4 if kind == "k2hpo4" else {n: (1000.0, d) for n, d in _HYDROXYAPATITE.items()}
    )
    first = table.centre_mm - 0.5 * _PITCH_MM * (len(known) - 1)
    depth = table.top_mm + 0.5 * _THICKNESS_MM
    return tuple(
        Rod(
            name=name,
            centre_mm=(first + _PITCH_MM * number, depth),
            radius_mm=_RADIUS_MM,
            mg_cm3=density,
            salt=kind,
            water_mg_cm3=water,
        )
        for number, (name, (water, density)) in enumerate(known.items())
    )


def lowered(table: Table) -> Table:
    """Return the table with room for the pad between it and the patient."""
    sag = 0.5 * _HALF_WIDTH_MM**2 / table.radius_mm
    return replace(table, top_mm=table.top_mm + _THICKNESS_MM + sag)


def paint_calibrator(raster: Raster, table: Table, palette: Palette, kind: Rods) -> None:
    """Paint the pad on air alone, for the patient sinks into it, and its rods over all."""
    middle = np.array([table.centre_mm, table.top_mm + 0.5 * _THICKNESS_MM, 0.0])
    half = np.array([_HALF_WIDTH_MM, 0.5 * _THICKNESS_MM, 1e4])
    box = raster.box(middle - half, middle + half)
    if box is None:
        return
    x, y, _ = raster.local(box, np.eye(3), middle)
    across = torch.maximum(x.abs() - _HALF_WIDTH_MM, y.abs() - 0.5 * _THICKNESS_MM)
    inside = share(across, raster.mean_width)
    target = raster.hu[box]
    target += inside * (1000.0 + _PAD_HU) * (target < -960.0)
    for rod in calibration_rods(table, kind):
        cover(raster, box, _within(raster, box, rod), palette.rod(rod))


def _within(raster: Raster, box: Box, rod: Rod) -> Tensor:
    x, y, _ = raster.local(box, np.eye(3), np.array([*rod.centre_mm, 0.0]))
    return share((x * x + y * y).sqrt() - rod.radius_mm, raster.mean_width)
