"""T-scores and Z-scores: how far a patient lies from the young, and from those of the same age.

A T-score of QCT or of attenuation is none of DXA. The ISCD advises against the WHO categories for
it; here it is printed beside a density and decides nothing (``scores``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

from ctbone.anatomy import MeasuredLevel, require_levels
from ctbone.densitometry.calibration import Phantom


def _none() -> Mapping[float, float]:
    return MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class ReferencePopulation:
    """Normal values of one quantity.

    Attributes:
        name: What results call it.
        version: Of the values; it rises whenever a number changes.
        quantity: What is compared: ``bmd_mg_cm3`` or ``trabecular_hu``.
        levels: The levels whose mean the values are of.
        sex: Whose values these are: ``F``, ``M`` or ``any``.
        young_mean: Mean of young adults, in the unit of the quantity.
        young_sd: Standard deviation of them.
        population: Who they were.
        source: Where it comes from.
        verified: What of this was read in the source, and what was not.
        phantom: What densities are equivalent to; ``None`` of attenuation.
        mean_by_age: Mean at some ages in years; in between it is interpolated, beyond them there
            is none. Empty where the source gives none.
        sd_by_age: Standard deviation at the same ages.
    """

    name: str
    version: int
    quantity: Literal["bmd_mg_cm3", "trabecular_hu"]
    levels: tuple[MeasuredLevel, ...]
    sex: Literal["F", "M", "any"]
    young_mean: float
    young_sd: float
    population: str
    source: str
    verified: str
    phantom: Phantom | None = None
    mean_by_age: Mapping[float, float] = field(default_factory=_none)
    sd_by_age: Mapping[float, float] = field(default_factory=_none)

    def __post_init__(self) -> None:
        if not self.name or not self.source:
            raise ValueError("name and source must be given: no normal values without where from")
        require_levels(self.levels)
        known = get_args(Phantom) if self.quantity == "bmd_mg_cm3" else (None,)
        if self.phantom not in known:
            raise ValueError(
                f"phantom must be {' or '.join(map(str, known))} where {self.quantity} is "
                f"compared, got {self.phantom!r}"
            )
        self._check_values()

    def _check_values(self) -> None:
        if not math.isfinite(self.young_mean):
            raise ValueError(f"young_mean must be finite, got {self.young_mean}")
        if list(self.mean_by_age) != list(self.sd_by_age):
            raise ValueError("mean_by_age and sd_by_age must give the same ages in the same order")
        if sorted(self.mean_by_age) != list(self.mean_by_age):
            raise ValueError(f"ages must rise, got {list(self.mean_by_age)}")
        if not all(map(math.isfinite, (*self.mean_by_age, *self.mean_by_age.values()))):
            raise ValueError(f"mean_by_age must hold numbers, got {dict(self.mean_by_age)}")
        sds = (self.young_sd, *self.sd_by_age.values())
        if not all(0.0 < sd < math.inf for sd in sds):
            raise ValueError(f"standard deviations must be positive, got {sds}")

    def t_score(self, value: float) -> float:
        """Return how many standard deviations a value lies above the mean of the young."""
        return (value - self.young_mean) / self.young_sd

    def z_score(self, value: float, *, age_years: float | None, sex: str | None) -> float | None:
        """Return how many standard deviations a value lies above the mean of the same age and sex.

        ``None`` where the age is unknown, the population gives no values at it, or it is of the
        other sex.
        """
        ages = list(self.mean_by_age)
        if age_years is None or not ages or self.sex not in ("any", sex):
            return None
        if not ages[0] <= age_years <= ages[-1]:
            return None
        mean = np.interp(age_years, ages, list(self.mean_by_age.values()))
        sd = np.interp(age_years, ages, list(self.sd_by_age.values()))
        return float((value - mean) / sd)
