"""Calibration phantoms: rods of known density in a flat pad between the patient and the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ctbone.phantom.scanner.configuration import Salt
from ctbone.phantom.shapes import Table

#: Thickness of the pad and half its width, mm.
PAD_MM, PAD_HALF_WIDTH_MM = 26.0, 108.0

#: Distance between rods, and their radius, mm.
_PITCH_MM, _RADIUS_MM = 38.0, 9.5

#: Density of water-equivalent material and of salt in each rod, mg/cm3, by the name of the rod.
#: K2HPO4: Mindways Model 3, from its certificate. Hydroxyapatite: 0, 75 and 150 as Image Analysis
#: makes them, 200 as QRM does. All recalled.
_RODS: Mapping[Salt, Mapping[str, tuple[float, float]]] = MappingProxyType(
    {
        "k2hpo4": {
            "A": (1012.2, -51.8),
            "B": (1057.0, -53.4),
            "C": (1103.6, 58.9),
            "D": (1119.5, 157.0),
            "E": (923.2, 375.8),
        },
        "hydroxyapatite": {
            "HA 0": (1000.0, 0.0),
            "HA 75": (1000.0, 75.0),
            "HA 150": (1000.0, 150.0),
            "HA 200": (1000.0, 200.0),
        },
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rod:
    """A rod of a calibration phantom, along the table.

    Attributes:
        name: What it is called.
        centre_mm: Left and posterior coordinate of its axis.
        radius_mm: Its radius.
        salt: What it holds.
        mg_cm3: Density of that salt.
        water_mg_cm3: Density of what holds the salt, relative to water.
    """

    name: str
    centre_mm: tuple[float, float]
    radius_mm: float
    salt: Salt
    mg_cm3: float
    water_mg_cm3: float


def calibration_rods(table: Table, salt: Salt) -> tuple[Rod, ...]:
    """Return the rods of a phantom that lies on a table, from right to left.

    Args:
        table: Where the patient would lie without it: the pad begins there.
        salt: What the rods hold.
    """
    known = _RODS[salt]
    first = table.centre_mm - 0.5 * _PITCH_MM * (len(known) - 1)
    return tuple(
        Rod(
            name=name,
            centre_mm=(first + _PITCH_MM * number, table.top_mm + 0.5 * PAD_MM),
            radius_mm=_RADIUS_MM,
            salt=salt,
            mg_cm3=density,
            water_mg_cm3=water,
        )
        for number, (name, (water, density)) in enumerate(known.items())
    )


def lowered(table: Table) -> Table:
    """Return the table with room for the pad between it and the patient."""
    sag = 0.5 * PAD_HALF_WIDTH_MM**2 / table.radius_mm
    return replace(table, top_mm=table.top_mm + PAD_MM + sag)
