"""Where the density of a patient stands among people: its T-score and its Z-score.

They stand beside a result for those who know such numbers, and decide nothing: spine QCT is read
by 80 and 120 mg/cm3, and the ISCD advises against the WHO categories for it.

A Z-score and the density beside it tell an age. It is therefore worked out at whole years, as
PatientAge has them, and printed with one decimal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry.precision import rounded
from ctbone.densitometry.reference import ReferencePopulation
from ctbone.records import QctScores

#: Nobody younger has a T-score: the young whom it compares with are adults. The ISCD wants none in
#: reports of those below 20 (paediatric positions of 2019, recalled and not looked up).
_ADULT_YEARS = 20


def misfit(reference: ReferencePopulation) -> str | None:
    """Return why no density of ctbone can be compared with a population; ``None`` where it can."""
    if reference.quantity != "bmd_mg_cm3":
        return f"expected a reference of bmd_mg_cm3, found {reference.name} of trabecular_hu"
    if reference.phantom != "k2hpo4":
        return (
            "expected a reference in mg/cm3 of k2hpo4, as all densities here are, found "
            f"{reference.name} in {reference.phantom}"
        )
    return None


def qct_scores(
    density_mg_cm3: float | None,
    *,
    levels: Sequence[VertebralLevel],
    age_years: float | None,
    sex: str | None,
    references: Sequence[ReferencePopulation],
) -> QctScores:
    """Return the T-score and the Z-score of a patient's density, or why there is none.

    Args:
        density_mg_cm3: Of the patient, mg/cm3 of K2HPO4; ``None`` where none was measured.
        levels: The levels whose mean it is.
        age_years: Age at the CT; ``None`` when unknown.
        sex: ``F``, ``M``, ``O`` or ``None``.
        references: Populations, one for each sex or one for any; none where none is configured.
    """
    if not references:
        return QctScores()
    reference = next((one for one in references if one.sex in ("any", sex)), None)
    if reference is None:
        return _neither(_wanted_sex(references, sex))
    if why := misfit(reference) or _other_levels(reference, levels):
        return _neither(why)
    if density_mg_cm3 is None:
        return _neither("expected a density in mg/cm3, found none")
    age = None if age_years is None else math.floor(age_years)
    return _compared(density_mg_cm3, reference, age, sex)


def _compared(
    density: float, reference: ReferencePopulation, age: int | None, sex: str | None
) -> QctScores:
    z_score = reference.z_score(density, age_years=age, sex=sex)
    z_score = None if z_score is None else rounded(z_score)
    missing = [] if z_score is not None else [f"no QCT Z-score: {_wanted_age(reference, age)}"]
    if age is not None and age < _ADULT_YEARS:
        minor = f"no QCT T-score: expected an age of {_ADULT_YEARS} years or more, found another"
        return QctScores(z_score=z_score, detail="; ".join([minor, *missing]))
    t_score = rounded(reference.t_score(density))
    return QctScores(t_score=t_score, z_score=z_score, detail="; ".join(missing))


def _wanted_sex(references: Sequence[ReferencePopulation], sex: str | None) -> str:
    held = " or ".join(f"{one.sex}, whom {one.name} holds for" for one in references)
    return f"expected a patient of sex {held}, found {'another' if sex else 'none in the header'}"


def _other_levels(reference: ReferencePopulation, levels: Sequence[VertebralLevel]) -> str | None:
    found = [level.name for level in levels]
    if set(found) == set(reference.levels):
        return None
    held = " and ".join(reference.levels)
    return f"expected {held}, which {reference.name} holds for, found {' and '.join(found)}"


def _wanted_age(reference: ReferencePopulation, age: int | None) -> str:
    """Say why there is no Z-score, without telling an age."""
    ages = list(reference.mean_by_age)
    if not ages:
        return f"expected normal values by age, found none in {reference.name}"
    found = "none in the header" if age is None else "another"
    return (
        f"expected an age of {ages[0]:g} to {ages[-1]:g} years, which {reference.name} holds for, "
        f"found {found}"
    )


def _neither(why: str) -> QctScores:
    return QctScores(detail=f"no QCT T-score and no QCT Z-score: {why}")
