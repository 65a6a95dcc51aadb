"""From the vertebrae of a patient to one category, and the numbers that stand beside it.

The category is read from the patient's value after rounding to the precision that results are
printed with, one decimal of a density, an attenuation or a T-score, so that a printed value and
its category never contradict each other. One quantity decides, and all that stands beside the
category is of that quantity: a head that gives a density and the probabilities of the categories
is decided by its density, and the probabilities of the decision are what the density says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ctbone.confidence import quantile, share_below
from ctbone.densitometry.classes import (
    CATEGORIES,
    by_answer,
    by_class,
    decision_flags,
    is_classified,
    is_two_way,
)
from ctbone.densitometry.precision import rounded
from ctbone.errors import NotEvaluable
from ctbone.records import BmdEstimate, Decision, Flag
from ctbone.rules import DecisionRule

Probabilities = tuple[float, float, float]

#: Confidence of the limits of a density or a T-score.
_CONFIDENCE = 0.9


@dataclass(frozen=True, slots=True)
class _Limits:
    """A patient's value, its standard deviation, and the degrees of freedom of that."""

    value: float
    sd: float | None
    freedom: int | None

    @property
    def lower(self) -> float | None:
        return None if self.sd is None else rounded(self.value - self._reach * self.sd)

    @property
    def upper(self) -> float | None:
        return None if self.sd is None else rounded(self.value + self._reach * self.sd)

    @property
    def _reach(self) -> float:
        return quantile(_CONFIDENCE, self.freedom)


def decide(estimates: Sequence[BmdEstimate], *, rule: DecisionRule) -> Decision:
    """Assign a category to a patient: the mean over levels, against the rule.

    Where the estimates are those of a classifier, and of no density and no T-score, the category
    is the most probable one, and that of a two-way test what it looks for from its threshold on.
    Densities of one patient's levels err together, by calibration above all, so the standard
    deviation of their mean is taken as the mean of theirs and not as less; T-scores likewise. By
    a line of patients it is never less, and more the further the levels lie apart; by one of
    single vertebrae it may be less.

    Raises:
        NotEvaluable: If there is no estimate.
        ValueError: If the estimates do not give the quantity of the rule.
    """
    if not estimates:
        raise NotEvaluable("expected an estimate of at least one level, found none")
    if is_classified(estimates):
        return by_class(estimates, rule)
    if is_two_way(estimates):
        return by_answer(estimates, rule)
    match rule.quantity:
        case "bmd_mg_cm3":
            return _by_density(estimates, rule)
        case "trabecular_hu":
            return _by_attenuation(estimates, rule)
        case "t_score":
            return _by_t_score(estimates, rule)


def _by_density(estimates: Sequence[BmdEstimate], rule: DecisionRule) -> Decision:
    known = [e.sd_degrees_of_freedom for e in estimates if e.sd_degrees_of_freedom is not None]
    freedom = min(known, default=None)
    patient = _limits([(e.bmd_mg_cm3, e.sd_mg_cm3) for e in estimates], freedom)
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
        flags=decision_flags(estimates, near=straddles),
        rule=rule.name,
    )


def _by_t_score(estimates: Sequence[BmdEstimate], rule: DecisionRule) -> Decision:
    patient = _limits([(e.t_score, e.t_score_sd) for e in estimates])
    if patient is None:
        # An attenuation or a density is no T-score, whatever reference it is held against.
        raise ValueError(
            f"rule {rule.name!r} needs a T-score, which CT does not give but through a head that "
            "was trained on those of DXA"
        )
    straddles = _straddles(patient, rule)
    return Decision(
        category=rule.category(patient.value),
        quantity="t_score",
        value=patient.value,
        bmd_mg_cm3=None,
        lower_mg_cm3=None,
        upper_mg_cm3=None,
        probabilities=_probabilities(patient, rule),
        indeterminate=straddles,
        flags=decision_flags(estimates, near=straddles),
        rule=rule.name,
        t_score=patient.value,
        t_score_lower=patient.lower,
        t_score_upper=patient.upper,
    )


def _by_attenuation(estimates: Sequence[BmdEstimate], rule: DecisionRule) -> Decision:
    values = [e.trabecular_hu for e in estimates if e.trabecular_hu is not None]
    if len(values) < len(estimates):
        raise ValueError(f"rule {rule.name!r} needs trabecular HU, which the estimator lacks")
    value = rounded(float(np.mean(values)))
    return Decision(
        category=rule.category(value),
        quantity="trabecular_hu",
        value=value,
        bmd_mg_cm3=None,
        lower_mg_cm3=None,
        upper_mg_cm3=None,
        probabilities=None,
        indeterminate=False,
        flags=decision_flags(estimates, extra=(Flag.UNCALIBRATED,)),
        rule=rule.name,
    )


def _limits(
    measured: Sequence[tuple[float | None, float | None]], freedom: int | None = None
) -> _Limits | None:
    """Return the patient's value and spread from those of the levels; ``None`` if one lacks."""
    values = [value for value, _ in measured if value is not None]
    if len(values) < len(measured):
        return None
    sds = [sd for _, sd in measured if sd is not None]
    sd = float(np.mean(sds)) if len(sds) == len(measured) else None
    return _Limits(rounded(float(np.mean(values))), sd, freedom)


def _straddles(patient: _Limits, rule: DecisionRule) -> bool:
    if patient.lower is None or patient.upper is None:
        return False
    return rule.category(patient.lower) is not rule.category(patient.upper)


def _probabilities(patient: _Limits, rule: DecisionRule) -> Probabilities | None:
    if patient.sd is None:
        return None
    if patient.sd == 0.0:
        certain = rule.category(patient.value)
        normal, osteopenia, osteoporosis = (float(c is certain) for c in CATEGORIES)
        return normal, osteopenia, osteoporosis
    cuts = (rule.osteoporosis_below, rule.normal_above)
    below_low, below_high = (
        share_below((cut - patient.value) / patient.sd, patient.freedom) for cut in cuts
    )
    return 1.0 - below_high, below_high - below_low, below_low
