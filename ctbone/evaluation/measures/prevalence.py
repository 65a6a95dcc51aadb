"""Predictive values where the disease is as common as somebody says, not as in the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

from scipy.special import expit

from ctbone.confidence import z_value
from ctbone.records import ContingencyTable, Interval

#: Prevalences that are reported unless others are asked for.
PREVALENCES = (0.1, 0.2, 0.3)

_EMPTY = "An empty cell: the logit of the predictive value has no standard error."


@dataclass(frozen=True, slots=True, kw_only=True)
class PredictiveValues:
    """Predictive values at one prevalence.

    Attributes:
        prevalence: Share of diseased patients that they hold for.
        ppv: Positive predictive value; ``None`` where it has no interval.
        npv: Negative predictive value; likewise.
        note: Why something is missing; empty where nothing is.
    """

    prevalence: float
    ppv: Interval | None
    npv: Interval | None
    note: str = ""


def predictive_values(
    table: ContingencyTable,
    *,
    prevalences: Sequence[float] = PREVALENCES,
    confidence: float = 0.95,
) -> tuple[PredictiveValues, ...]:
    """Return the predictive values that sensitivity and specificity mean at each prevalence.

    Limits are those of the logit (Mercaldo, Lau and Zhou, Stat Med 2007;26:2170): sensitivity and
    specificity are independent shares, and the prevalence is taken as known.

    Raises:
        ValueError: If a prevalence is not between 0 and 1.
    """
    return tuple(_at(table, prevalence, confidence) for prevalence in prevalences)


def _at(table: ContingencyTable, prevalence: float, confidence: float) -> PredictiveValues:
    if not 0.0 < prevalence < 1.0:
        raise ValueError(f"a prevalence must lie between 0 and 1, got {prevalence}")
    tp, fn = table.true_positives, table.false_negatives
    tn, fp = table.true_negatives, table.false_positives
    odds = log(prevalence / (1.0 - prevalence))
    ppv = _value((tp, fn), (fp, tn), odds, confidence)
    npv = _value((tn, fp), (fn, tp), -odds, confidence)
    note = "" if ppv and npv else _EMPTY
    return PredictiveValues(prevalence=prevalence, ppv=ppv, npv=npv, note=note)


def _value(
    right: tuple[int, int], wrong: tuple[int, int], odds: float, confidence: float
) -> Interval | None:
    """Return expit(log odds + log likelihood ratio).

    Args:
        right: Patients with this result and without, among those whom it is right of.
        wrong: The same among those whom it is wrong of.
        odds: Log odds of being one of those whom it is right of, before the test.
        confidence: Of the interval.
    """
    (a, b), (c, d) = right, wrong
    if 0 in (a, c):
        return None
    centre = odds + log(a / (a + b)) - log(c / (c + d))
    # (1 - share) / (share n) of each side.
    reach = z_value(confidence) * sqrt(b / (a * (a + b)) + d / (c * (c + d)))
    return Interval(*(float(expit(centre + step)) for step in (0.0, -reach, reach)))
