"""A simulated patient: everything about the body, drawn once from a seed, before any scan."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.bones import Bones, draw_bones
from ctbone.phantom.anatomy.density import draw_bmd, draw_interiors
from ctbone.phantom.anatomy.disease import DiseaseConfig, apply_disease, apply_surgery
from ctbone.phantom.anatomy.morphometry import SIZES
from ctbone.phantom.anatomy.organs import Viscera, draw_viscera
from ctbone.phantom.anatomy.spine import Column, draw_column, rotation
from ctbone.phantom.anatomy.torso import draw_table, draw_torso
from ctbone.phantom.shapes import Finding, Table, Torso

_L = VertebralLevel

#: Numbering of the spine that a patient can have.
Variant = Literal["regular", "T13", "L6", "four_lumbar"]

#: Parts of a patient that are drawn by themselves.
Part = Literal[
    "person",
    "density",
    "spine",
    "torso",
    "viscera",
    "bones",
    "disease",
    "implants",
    "surroundings",
]

#: Which of T13, L5 and L6 a variant has.
_PRESENT: dict[Variant, set[VertebralLevel]] = {
    "regular": {_L.L5},
    "T13": {_L.T13, _L.L5},
    "L6": {_L.L5, _L.L6},
    "four_lumbar": set(),
}


@dataclass(frozen=True)
class PatientConfig:
    """What patients are drawn from."""

    age_range_years: tuple[float, float] = (20.0, 92.0)
    """Youngest and oldest, drawn evenly, years."""
    female_fraction: float = 0.5
    """Share of women."""
    t13_fraction: float = 0.02
    """Share with a thirteenth thoracic vertebra."""
    l6_fraction: float = 0.03
    """Share with six lumbar vertebrae."""
    four_lumbar_fraction: float = 0.03
    """Share with four lumbar vertebrae."""
    bmd_shift_mg_cm3: float = 0.0
    """Added to every density, mg/cm3 of K2HPO4."""
    disease: DiseaseConfig = field(default_factory=DiseaseConfig)
    """How many have what disease and what implants."""

    def __post_init__(self) -> None:
        low, high = self.age_range_years
        if not 0.0 < low <= high:
            raise ValueError(f"age_range_years must be positive and ascend, got {low} to {high}")
        shares = (self.t13_fraction, self.l6_fraction, self.four_lumbar_fraction)
        if min(shares) < 0.0 or sum(shares) > 1.0:
            raise ValueError(
                f"shares of variants must be at least 0 and sum to at most 1, got {shares}"
            )
        if not 0.0 <= self.female_fraction <= 1.0:
            raise ValueError(f"female_fraction must lie in [0, 1], got {self.female_fraction}")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Patient:
    """Everything about one simulated body; the centre of L1 is the origin, LPS millimetres.

    Attributes:
        sex: ``F`` or ``M``.
        age_years: Age in whole years.
        height_cm: Body height.
        weight_kg: Body weight.
        variant: How the spine is numbered.
        column: The spine.
        torso: Layers of the trunk.
        viscera: Organs, vessels and muscles.
        bones: Bones beside the spine.
        table: What the patient lies on.
        findings: What is found in the spine, for the record of the truth.
    """

    sex: Literal["F", "M"]
    age_years: int
    height_cm: float
    weight_kg: float
    variant: Variant
    column: Column
    torso: Torso
    viscera: Viscera
    bones: Bones
    table: Table
    findings: tuple[Finding, ...]

    @property
    def bmd_mg_cm3(self) -> float:
        """Mean trabecular density of L1 and L2, mg/cm3 of K2HPO4."""
        wanted = (_L.L1, _L.L2)
        return float(np.mean([v.bmd_mg_cm3 for v in self.column.vertebrae if v.level in wanted]))


def sample_patient(config: PatientConfig, *, seed: int) -> Patient:
    """Draw a patient; the same seed gives the same patient."""
    rng = _stream(seed, "person")
    sex: Literal["F", "M"] = "F" if rng.random() < config.female_fraction else "M"
    age = int(rng.uniform(*config.age_range_years))
    height = float(rng.normal(162.0 if sex == "F" else 175.0, 6.5))
    bmi = float(np.clip(17.0 + rng.gamma(4.0, 2.2), 17.0, 45.0))
    scale = (height / 172.0) * (0.97 if sex == "F" else 1.02)
    variant = _variant(config, rng)
    levels = _levels(variant)
    lean_x, lean_y, turn = np.deg2rad(rng.normal(0.0, (1.8, 2.0, 4.0)))
    pose = (float(turn), float(np.tan(lean_x)), float(np.tan(lean_y)))
    density_rng = _stream(seed, "density")
    density = draw_bmd(
        levels,
        sex=sex,
        age_years=age,
        shift_mg_cm3=config.bmd_shift_mg_cm3,
        rng=density_rng,
    )
    # A drift to the left is a roll about the posterior axis, a posterior drift a backward pitch.
    frame = rotation(-float(lean_y), -float(lean_x), 0.0) @ rotation(0.0, 0.0, float(turn))
    column = draw_column(
        levels,
        bmd_mg_cm3=density,
        scale=scale,
        pose=frame,
        age_years=age,
        rng=_stream(seed, "spine"),
    )
    column = replace(column, vertebrae=draw_interiors(column.vertebrae, density_rng))
    column, diseases = apply_disease(
        column, config=config.disease, sex=sex, age_years=age, rng=_stream(seed, "disease")
    )
    column, surgery = apply_surgery(
        column, config=config.disease, age_years=age, rng=_stream(seed, "implants")
    )
    torso = draw_torso(column, pose=pose, bmi=bmi, scale=scale, rng=_stream(seed, "torso"))
    return Patient(
        sex=sex,
        age_years=age,
        height_cm=round(height, 1),
        weight_kg=round(bmi * (height / 100.0) ** 2, 1),
        variant=variant,
        column=column,
        torso=torso,
        viscera=draw_viscera(column, torso, scale=scale, rng=_stream(seed, "viscera")),
        bones=draw_bones(column, torso, scale=scale, rng=_stream(seed, "bones")),
        table=draw_table(torso, rng=_stream(seed, "surroundings")),
        findings=(*diseases, *surgery),
    )


def _stream(seed: int, part: Part) -> Generator:
    """Return the source of chance of one part, so that no part moves another."""
    return np.random.default_rng((seed, 1, get_args(Part).index(part)))


def _variant(config: PatientConfig, rng: Generator) -> Variant:
    shares: dict[Variant, float] = {
        "T13": config.t13_fraction,
        "L6": config.l6_fraction,
        "four_lumbar": config.four_lumbar_fraction,
    }
    draw = rng.random()
    for name, share in shares.items():
        if draw < share:
            return name
        draw -= share
    return "regular"


def _levels(variant: Variant) -> tuple[VertebralLevel, ...]:
    """Return the levels from C5 to S1, cranial first."""
    absent = {_L.T13, _L.L6, _L.L5} - _PRESENT[variant]
    return tuple(sorted(set(SIZES) - absent, key=lambda level: level.order))
