"""What a person's reference values can be: another unit, or a slip, lies beyond."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

#: Least and most that a value can be.
#:
#: Trabecular attenuation of L1 at 120 kV runs from 89 +- 38 HU in people of 90 years and more to
#: 226 +- 44 HU below 30 (Jang, Radiology 2019;291:360; 20 374 people): five standard deviations
#: beyond either, at the 0.8 mg/cm3 of K2HPO4 that a scanner's HU are about worth, are -81 and
#: 357 mg/cm3. The density range is that with room for other scanners and for sclerosis. The ranges
#: of age and T-score are design choices: the least T-score is one that a lost decimal comma, which
#: makes -15 of -1,5, does not reach; dense bones of rare diseases are further from nought.
PLAUSIBLE = MappingProxyType(
    {"age_years": (0.0, 130.0), "bmd_mg_cm3": (-100.0, 500.0), "t_score": (-9.9, 15.0)}
)

_UNITS = MappingProxyType({"age_years": " years", "bmd_mg_cm3": " mg/cm3", "t_score": ""})

#: No cohort has all its densities this near to nothing, mg/cm3: whoever has none of mineral is
#: rare, and in g/cm3 the densest bone of ``PLAUSIBLE`` is 0.5.
_LEAST_OF_A_COHORT_MG_CM3 = 5.0


def require_plausible(values: Mapping[str, float | None]) -> None:
    """Refuse a number that no person has; one that is unknown is passed over.

    Args:
        values: Numbers by the names of ``PLAUSIBLE``.

    Raises:
        ValueError: If a number is none, or lies out of its range.
    """
    for name, value in values.items():
        low, high = PLAUSIBLE[name]
        # What is no number lies in no range.
        if value is not None and not low <= value <= high:
            raise ValueError(
                f"{name} must lie between {low:g} and {high:g}{_UNITS[name]}, got {value:g}"
            )


def require_unit(file: str, densities_mg_cm3: Iterable[float]) -> None:
    """Refuse densities that are all so small that they are in another unit.

    Raises:
        ValueError: If there are some, and none is as large as 5 mg/cm3.
    """
    found = sorted(densities_mg_cm3)
    if found and max(map(abs, found)) < _LEAST_OF_A_COHORT_MG_CM3:
        values = f"{found[0]:g} to {found[-1]:g}"
        raise ValueError(f"{file}: bmd_mg_cm3: expected mg/cm3, found values of {values}: g/cm3?")
