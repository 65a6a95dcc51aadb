"""Drawing who a patient is, from what patients are drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.random import Generator

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.disease import DiseaseConfig
from ctbone.phantom.anatomy.morphometry import SIZES
from ctbone.phantom.anatomy.variants import Variant, VariantConfig, levels_of

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who a patient is, and how he lies.

    Attributes:
        sex: ``F`` or ``M``.
        age_years: Age in whole years.
        height_cm: Body height.
        bmi: Body mass index, kg/m2.
        variant: How the spine is numbered.
        pose: Turn about the long axis (radians), drift to the left and posteriorly along it.
    """

    sex: Literal["F", "M"]
    age_years: int
    height_cm: float
    bmi: float
    variant: Variant
    pose: tuple[float, float, float]

    @property
    def levels(self) -> tuple[VertebralLevel, ...]:
        """Levels of the spine, cranial first."""
        return levels_of(self.variant, set(SIZES))


def draw_person(config: PatientConfig, rng: Generator) -> Person:
    """Draw who a patient is; means and spreads are inferred."""
    sex: Literal["F", "M"] = "F" if rng.random() < config.female_fraction else "M"
    age = int(rng.uniform(*config.age_range_years))
    height = float(rng.normal(162.0 if sex == "F" else 175.0, 6.5))
    bmi = float(np.clip(17.0 + rng.gamma(4.0, 2.2), 17.0, 45.0))
    variant = _variant(config, rng)
    lean_x, lean_y, turn = np.deg2rad(rng.normal(0.0, (1.8, 2.0, 4.0)))
    return Person(
        sex=sex,
        age_years=age,
        height_cm=height,
        bmi=bmi,
        variant=variant,
        pose=(float(turn), float(np.tan(lean_x)), float(np.tan(lean_y))),
    )


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
