"""What index test and reference can both measure, as figures of agreement name it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.linking import Case
from ctbone.evaluation.measures.density import (
    Array,
    DensityAgreement,
    density_pairs,
    t_score_pairs,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurand:
    """A measurement and how it is written.

    Attributes:
        plural: What several are called.
        unit: As axes write it.
        decimals: Of a value in the unit.
        agreement: How index test and reference agree in a group; ``None`` with too few pairs.
        pairs: Values by index test and reference.
    """

    plural: str
    unit: str
    decimals: int
    agreement: Callable[[Assessment], DensityAgreement | None]
    pairs: Callable[[Iterable[Case]], tuple[Array, Array]]


DENSITY = Measurand(
    plural="densities",
    unit="mg/cm\u00b3",
    decimals=1,
    agreement=lambda one: one.density,
    pairs=density_pairs,
)

T_SCORE = Measurand(
    plural="T-scores",
    unit="SD",
    decimals=2,
    agreement=lambda one: one.t_score,
    pairs=t_score_pairs,
)
