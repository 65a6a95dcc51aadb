"""A simulated patient: everything about the body, drawn once from a seed, before any scan."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.bones import Bones, draw_bones
from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.density import draw_bmd, draw_interiors
from ctbone.phantom.anatomy.disease import DiseaseConfig, apply_disease, apply_surgery
from ctbone.phantom.anatomy.morphometry import SIZES
from ctbone.phantom.anatomy.spine import Column, draw_column, rotation
from ctbone.phantom.anatomy.surroundings import draw_attachments, draw_table
from ctbone.phantom.anatomy.torso import draw_torso
from ctbone.phantom.anatomy.variants import (
    Anomalies,
    Variant,
    VariantConfig,
    draw_anomalies,
    levels_of,
)
from ctbone.phantom.anatomy.viscera import Viscera, draw_viscera
from ctbone.phantom.bone import Finding
from ctbone.phantom.flesh import Attachments
from ctbone.phantom.shapes import Table, Torso

_L = VertebralLevel

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
    "variants",
]


#: The bodies are those of adults.
_AGES_YEARS = (18.0, 110.0)

#: Beyond such shifts densities leave what a vertebra can have, mg/cm3.
_MOST_SHIFT_MG_CM3 = 200.0


@dataclass(frozen=True)
class PatientConfig:
    """What patients are drawn from."""

    age_range_years: tuple[float, float] = (20.0, 92.0)
    """Youngest and oldest, drawn evenly, years; 18 to 110."""
    female_fraction: float = 0.5
    """Share of women."""
    t13_fraction: float = 0.004
    """Share with a thirteenth thoracic vertebra: 5 of 1,340; sources in ``variants``."""
    l6_fraction: float = 0.038
    """Share with six lumbar vertebrae; Yan 2018."""
    four_lumbar_fraction: float = 0.041
    """Share with four lumbar vertebrae; Yan 2018 (23 presacral vertebrae)."""
    variants: VariantConfig = field(default_factory=VariantConfig)
    """How often ribs and the lumbosacral junction are unusual."""
    hip_prosthesis_fraction: float = 0.0526
    """Share with an artificial hip at 80 years; Kremers et al., J Bone Joint Surg Am 2015;97:1386.
    It falls to none at 40 (inferred)."""
    arms_up_fraction: float = 0.9
    """Share with their arms above the head; inferred."""
    bmd_shift_mg_cm3: float = 0.0
    """Added to every density, mg/cm3 of K2HPO4; -200 to 200."""
    disease: DiseaseConfig = field(default_factory=DiseaseConfig)
    """How many have what disease and what implants: each a share at 40 years and younger, and one
    at 80 and older, linear between."""

    def __post_init__(self) -> None:
        low, high = self.age_range_years
        if not _AGES_YEARS[0] <= low <= high <= _AGES_YEARS[1]:
            raise ValueError(
                f"age_range_years must ascend within {_AGES_YEARS[0]:g} and {_AGES_YEARS[1]:g}, "
                f"got {low:g} to {high:g}"
            )
        if not abs(self.bmd_shift_mg_cm3) <= _MOST_SHIFT_MG_CM3:
            raise ValueError(
                f"bmd_shift_mg_cm3 must lie in [-{_MOST_SHIFT_MG_CM3:g}, {_MOST_SHIFT_MG_CM3:g}], "
                f"got {self.bmd_shift_mg_cm3}"
            )
        shares = (self.t13_fraction, self.l6_fraction, self.four_lumbar_fraction)
        if min(shares) < 0.0 or sum(shares) > 1.0:
            raise ValueError(
                "t13_fraction, l6_fraction and four_lumbar_fraction must be at least 0 and sum to "
                f"at most 1, got {', '.join(map(str, shares))}"
            )
        for name in ("female_fraction", "hip_prosthesis_fraction", "arms_up_fraction"):
            if not 0.0 <= (share := getattr(self, name)) <= 1.0:
                raise ValueError(f"{name} must lie in [0, 1], got {share}")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Patient:
    """Everything about one simulated body; the centre of L1 is the origin, LPS millimetres.

    Attributes:
        sex: ``F`` or ``M``.
        age_years: Age in whole years.
        height_cm: Body height.
        weight_kg: Body weight.
        variant: How the spine is numbered.
        anomalies: What its ribs and its lumbosacral junction are.
        column: The spine.
        torso: Layers of the trunk.
        viscera: Organs, vessels and muscles.
        bones: Bones beside the spine.
        table: What the patient lies on.
        findings: What is found in the spine, for the record of the truth.
        attachments: What lies on the skin and what was led through it.
    """

    sex: Literal["F", "M"]
    age_years: int
    height_cm: float
    weight_kg: float
    variant: Variant
    anomalies: Anomalies
    column: Column
    torso: Torso
    viscera: Viscera
    bones: Bones
    table: Table
    attachments: Attachments
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
    levels = levels_of(variant, set(SIZES))
    anomalies = draw_anomalies(
        config.variants, variant=variant, levels=levels, rng=_stream(seed, "variants")
    )
    build = Build(
        scale=scale,
        sex=sex,
        age_years=age,
        anomalies=anomalies,
        hip_prosthesis_fraction=config.hip_prosthesis_fraction,
        arms_up_fraction=config.arms_up_fraction,
    )
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
        levels, bmd_mg_cm3=density, build=build, pose=frame, rng=_stream(seed, "spine")
    )
    column = replace(
        column,
        vertebrae=draw_interiors(column.vertebrae, density_rng),
        sacrum=draw_interiors(column.sacrum, density_rng),
    )
    column, findings = _afflicted(column, config.disease, build=build, seed=seed)
    torso = draw_torso(
        column,
        pose=pose,
        bmi=bmi,
        build=build,
        rng=_stream(seed, "torso"),
    )
    around = _stream(seed, "surroundings")
    return Patient(
        sex=sex,
        age_years=age,
        height_cm=round(height, 1),
        weight_kg=round(bmi * (height / 100.0) ** 2, 1),
        variant=variant,
        anomalies=anomalies,
        column=column,
        torso=torso,
        viscera=draw_viscera(column, torso, build=build, rng=_stream(seed, "viscera")),
        bones=draw_bones(column, torso, build=build, rng=_stream(seed, "bones")),
        table=draw_table(torso, rng=around),
        attachments=draw_attachments(torso, female=sex == "F", rng=around),
        findings=findings,
    )


def _afflicted(
    column: Column, config: DiseaseConfig, *, build: Build, seed: int
) -> tuple[Column, tuple[Finding, ...]]:
    """Return the column with what disease and surgeons have done to it, and the list of it."""
    column, diseases = apply_disease(
        column,
        config=config,
        sex=build.sex,
        age_years=build.age_years,
        rng=_stream(seed, "disease"),
    )
    column, surgery = apply_surgery(
        column, config=config, age_years=build.age_years, rng=_stream(seed, "implants")
    )
    return column, (*diseases, *surgery)


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
