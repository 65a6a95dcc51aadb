"""A simulated patient: everything about the body, drawn once from a seed, before any scan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.bones import Bones, draw_bones
from ctbone.phantom.anatomy.build import Build
from ctbone.phantom.anatomy.density import draw_bmd, draw_interiors
from ctbone.phantom.anatomy.disease import DiseaseConfig, apply_disease, apply_surgery
from ctbone.phantom.anatomy.person import PatientConfig, Person, draw_person
from ctbone.phantom.anatomy.spine import Column, draw_column, rotation
from ctbone.phantom.anatomy.surroundings import draw_attachments, draw_table
from ctbone.phantom.anatomy.torso import draw_torso
from ctbone.phantom.anatomy.variants import (
    Anomalies,
    Variant,
    draw_anomalies,
)
from ctbone.phantom.anatomy.viscera import Viscera, draw_viscera
from ctbone.phantom.bone import Finding
from ctbone.phantom.flesh import Attachments, Torso
from ctbone.phantom.shapes import Table

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
    person = draw_person(config, _stream(seed, "person"))
    build, pose = _build(person, config, seed), person.pose
    column, findings = _column(person, config, build, seed)
    torso = draw_torso(column, pose=pose, bmi=person.bmi, build=build, rng=_stream(seed, "torso"))
    around = _stream(seed, "surroundings")
    return Patient(
        sex=person.sex,
        age_years=person.age_years,
        height_cm=round(person.height_cm, 1),
        weight_kg=round(person.bmi * (person.height_cm / 100.0) ** 2, 1),
        variant=person.variant,
        anomalies=build.anomalies,
        column=column,
        torso=torso,
        viscera=draw_viscera(column, torso, build=build, rng=_stream(seed, "viscera")),
        bones=draw_bones(column, torso, build=build, rng=_stream(seed, "bones")),
        table=draw_table(torso, rng=around),
        attachments=draw_attachments(torso, female=person.sex == "F", rng=around),
        findings=findings,
    )


def _build(person: Person, config: PatientConfig, seed: int) -> Build:
    anomalies = draw_anomalies(
        config.variants,
        variant=person.variant,
        levels=person.levels,
        rng=_stream(seed, "variants"),
    )
    return Build(
        scale=(person.height_cm / 172.0) * (0.97 if person.sex == "F" else 1.02),
        sex=person.sex,
        age_years=person.age_years,
        anomalies=anomalies,
        hip_prosthesis_fraction=config.hip_prosthesis_fraction,
        arms_up_fraction=config.arms_up_fraction,
    )


def _column(
    person: Person, config: PatientConfig, build: Build, seed: int
) -> tuple[Column, tuple[Finding, ...]]:
    """Draw the spine with what its bones are filled with and what has befallen it."""
    density_rng = _stream(seed, "density")
    density = draw_bmd(
        person.levels,
        sex=person.sex,
        age_years=person.age_years,
        shift_mg_cm3=config.bmd_shift_mg_cm3,
        rng=density_rng,
    )
    turn, drift_x, drift_y = person.pose
    # A drift to the left is a roll about the posterior axis, a posterior drift a backward pitch.
    lean = rotation(-float(np.arctan(drift_y)), -float(np.arctan(drift_x)), 0.0)
    frame = lean @ rotation(0.0, 0.0, turn)
    column = draw_column(
        person.levels, bmd_mg_cm3=density, build=build, pose=frame, rng=_stream(seed, "spine")
    )
    column = replace(
        column,
        vertebrae=draw_interiors(column.vertebrae, density_rng),
        sacrum=draw_interiors(column.sacrum, density_rng),
    )
    return _afflicted(column, config.disease, build=build, seed=seed)


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
