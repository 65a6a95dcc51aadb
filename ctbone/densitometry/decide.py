"""From the vertebrae of a patient to one category, and the numbers that stand beside it.

The category is read from the patient's value after rounding to one decimal, the precision that
results are printed with, so that a printed value and its category never contradict each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ctbone.confidence import z_value
from ctbone.errors import NotEvaluable
from ctbone.records import BmdEstimate, BoneCategory, Decision, Flag
from ctbone.rules import DecisionRule

Probabilities = tuple[float, float, float]

#: Half the width of the 90 % limits of a density, in standard deviations.
_LIMIT = z_value(0.9)

#: Decimals of a density or an attenuation in every result.
DECIMALS = 1

#: A classifier that gives no category as much as this is undecided. A design choice.
_MAJORITY = 0.5

_CATEGORIES = (BoneCategory.NORMAL, BoneCategory.OSTEOPENIA, BoneCategory.OSTEOPOROSIS)


@dataclass(frozen=True, slots=True)
class _Limits:
    value: float
    sd: float | None

    @property
    def lower(self) -> float | None:
        return None if self.sd is None else round(self.value - _LIMIT * self.sd, DECIMALS)

    @property
    def upper(self) -> float | None:
        return None if self.sd is None else round(self.value + _LIMIT * self.sd, DECIMALS)


def decide(estimates: Sequence[BmdEstimate], *, rule: DecisionRule) -> Decision:
    """Assign a category to a patient: the mean over levels, against the rule.

    Where the estimates are those of a classifier, and of no density, the category is the most
    probable one. Densities of one patient's levels err together, by calibration above all, so the
    standard deviation of their mean is taken as the mean of theirs and not as less.

    Raises:
        NotEvaluable: If there is no estimate.
        ValueError: If the estimates do not give the quantity of the rule.
    """
    if not estimates:
        raise NotEvaluable("expected an estimate of at least one level, found none")
    if _is_classified(estimates):
        return _by_class(estimates, rule)
    match rule.quantity:
        case "bmd_mg_cm3":
            return _by_density(estimates, rule)
        case "trabecular_hu":
            return _by_attenuation(estimates, rule)
        case "t_score":
            raise ValueError(f"rule {rule.name!r} needs a T-score, which CT does not give")


def _is_classified(estimates: Sequence[BmdEstimate]) -> bool:
    return all(e.probabilities is not None and e.bmd_mg_cm3 is None for e in estimates)


def _by_density(estimates: Sequence[BmdEstimate], rule: DecisionRule) -> Decision:
    patient = _density(estimates)
    if patient is None:
        raise ValueError(f"rule {rule.name!r} needs mg/cm3; give a calibration or a trained head")
    category = rule.category(patient.value)
    straddles = _straddles(patient, rule)
    return Decision(
        category=category,
        quantity="bmd_mg_cm3",
        value=patient.value,
        bmd_mg_cm3=patient.value,
        lower_mg_cm3=patient.lower,
        upper_mg_cm3=patient.upper,
        probabilities=_probabilities(patient, rule),
        indeterminate=straddles,
        flags=_flags(estimates, near=straddles),
        rule=rule.name,
    )


def _by_attenuation(estimates: Sequence[BmdEstimate], rule: DecisionRule) -> Decision:
    values = [e.trabecular_hu for e in estimates if e.trabecular_hu is not None]
    if len(values) < len(estimates):
        raise ValueError(f"rule {rule.name!r} needs trabecular HU, which the estimator lacks")
    value = round(float(np.mean(values)), DECIMALS)
    return Decision(
        category=rule.category(value),
        quantity="trabecular_hu",
        value=value,
        bmd_mg_cm3=None,
        lower_mg_cm3=None,
        upper_mg_cm3=None,
        probabilities=None,
        indeterminate=False,
        flags=_flags(estimates, extra=(Flag.UNCALIBRATED,)),
        rule=rule.name,
    )


def _by_class(estimates: Sequence[BmdEstimate], rule: DecisionRule) -> Decision:
    rows = [e.probabilities for e in estimates if e.probabilities is not None]
    normal, osteopenia, osteoporosis = (float(p) for p in np.mean(rows, axis=0))
    probabilities = (normal, osteopenia, osteoporosis)
    highest = max(probabilities)
    undecided = highest < _MAJORITY
    return Decision(
        category=_CATEGORIES[probabilities.index(highest)],
        quantity="probabilities",
        value=highest,
        bmd_mg_cm3=None,
        lower_mg_cm3=None,
        upper_mg_cm3=None,
        probabilities=probabilities,
        indeterminate=undecided,
        flags=_flags(estimates, near=undecided),
        rule=rule.name,
    )


def _density(estimates: Sequence[BmdEstimate]) -> _Limits | None:
    values = [e.bmd_mg_cm3 for e in estimates if e.bmd_mg_cm3 is not None]
    if len(values) < len(estimates):
        return None
    sds = [e.sd_mg_cm3 for e in estimates if e.sd_mg_cm3 is not None]
    sd = float(np.mean(sds)) if len(sds) == len(estimates) else None
    return _Limits(round(float(np.mean(values)), DECIMALS), sd)


def _straddles(patient: _Limits, rule: DecisionRule) -> bool:
    if patient.lower is None or patient.upper is None:
        return False
    return rule.category(patient.lower) is not rule.category(patient.upper)


def _probabilities(patient: _Limits, rule: DecisionRule) -> Probabilities | None:
    if patient.sd is None:
        return None
    if patient.sd == 0.0:
        certain = rule.category(patient.value)
        normal, osteopenia, osteoporosis = (float(c is certain) for c in _CATEGORIES)
        return normal, osteopenia, osteoporosis
    below_low = _normal_cdf((rule.osteoporosis_below - patient.value) / patient.sd)
    below_high = _normal_cdf((rule.normal_above - patient.value) / patient.sd)
    return 1.0 - below_high, below_high - below_low, below_low


def _normal_cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def _flags(
    estimates: Sequence[BmdEstimate], *, near: bool = False, extra: tuple[Flag, ...] = ()
) -> tuple[Flag, ...]:
    gathered = [flag for estimate in estimates for flag in estimate.flags]
    gathered += extra
    if len(estimates) == 1:
        gathered.append(Flag.ONE_LEVEL_ONLY)
    if near:
        gathered.append(Flag.NEAR_CUT_OFF)
    return tuple(dict.fromkeys(gathered))
