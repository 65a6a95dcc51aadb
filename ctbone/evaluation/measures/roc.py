"""The receiver operating characteristic of one score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from ctbone.confidence import z_value
from ctbone.evaluation.linking import Case, is_diseased
from ctbone.evaluation.scales import Category, probability_column
from ctbone.records import BoneCategory, Interval

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scores:
    """A score and the truth of the same patients.

    Attributes:
        values: Higher means more likely diseased, shape ``(n,)``.
        is_diseased: Reference, bool, shape ``(n,)``.
        name: What the score is.
        patients: Whose they are, a number a patient from 0, shape ``(n,)``; ``None`` where every
            patient stands once.
    """

    values: Array
    is_diseased: NDArray[np.bool_]
    name: str
    patients: NDArray[np.intp] | None = None

    def __post_init__(self) -> None:
        if self.is_diseased.all() or not self.is_diseased.any():
            raise ValueError("scores need diseased and healthy patients, one side is empty")

    @property
    def is_flat(self) -> bool:
        """Whether every patient has the same score, which tells nobody apart."""
        return float(np.ptp(self.values)) == 0.0


def scores(cases: Sequence[Case], target: Category) -> Scores | None:
    """Return the score for a target: its probability, or the quantity that decided.

    Density, attenuation and T-score fall with disease, so that they score osteoporosis and low
    bone mass with a minus and normal without; osteopenia lies between the others and has no such
    score.

    Returns:
        ``None`` where no one score covers every evaluable case, or one side has no patient.
    """
    evaluable = [case for case in cases if case.is_evaluable]
    truth = np.asarray([is_diseased(case, target) for case in evaluable], bool)
    chosen = score_of(evaluable, target)
    if not truth.any() or truth.all() or chosen is None:
        return None
    name, sign = chosen
    values = [getattr(case.result, name) for case in evaluable]
    _, patients = np.unique([c.reference.patient_id for c in evaluable], return_inverse=True)
    return Scores(
        values=sign * np.asarray(values, float),
        is_diseased=truth,
        name=name if sign > 0 else f"minus {name}",
        patients=patients,
    )


def score_of(cases: Sequence[Case], target: Category) -> tuple[str, float] | None:
    """Return the column of the results that scores a target in every case, and its sign.

    Returns:
        ``None`` where no one column covers every case.
    """
    for name, sign in _candidates(target):
        complete = all(getattr(case.result, name) is not None for case in cases)
        if complete and _is_shared(cases, name):
            return name, sign
    return None


def delong(found: Scores, *, confidence: float = 0.95) -> Interval:
    """Return the area under the curve with the interval of DeLong et al. (Biometrics 1988;44:837).

    Computed from ranks (Sun and Xu, IEEE Signal Process Lett 2014;21:1389); ties count half. With
    one patient on a side its variance is unknown, and the interval is everything; where the score
    parts the two sides without error the variance it gives is 0, and the interval a point.
    """
    by_diseased, by_healthy = placements(found)
    auc = float(by_diseased.mean())
    if min(len(by_diseased), len(by_healthy)) < 2:
        return Interval(auc, 0.0, 1.0)
    variance = by_diseased.var(ddof=1) / len(by_diseased)
    variance += by_healthy.var(ddof=1) / len(by_healthy)
    reach = z_value(confidence) * float(np.sqrt(variance))
    return Interval(auc, max(auc - reach, 0.0), min(auc + reach, 1.0))


def placements(found: Scores) -> tuple[Array, Array]:
    """Return the share of the healthy below each diseased patient, and of the diseased above each.

    Their mean is the area under the curve; their spread is what DeLong's variance is made of.
    """
    x, y = found.values[found.is_diseased], found.values[~found.is_diseased]
    ranks = rankdata(np.concatenate([x, y]))
    by_diseased = (ranks[: len(x)] - rankdata(x)) / len(y)
    by_healthy = 1.0 - (ranks[len(x) :] - rankdata(y)) / len(x)
    return by_diseased, by_healthy


def roc_curve(found: Scores) -> tuple[Array, Array]:
    """Return 1 - specificity and sensitivity at every cut-off, from none positive to all."""
    order = np.argsort(-found.values, kind="stable")
    values, truth = found.values[order], found.is_diseased[order]
    last = np.append(np.flatnonzero(np.diff(values)), len(values) - 1)
    hits, alarms = np.cumsum(truth)[last], np.cumsum(~truth)[last]
    zero = np.zeros(1)
    return (
        np.concatenate([zero, alarms / alarms[-1]]),
        np.concatenate([zero, hits / hits[-1]]),
    )


def _candidates(target: Category) -> tuple[tuple[str, float], ...]:
    probability = probability_column(target)
    if target is BoneCategory.OSTEOPENIA:
        return (probability,)
    sign = 1.0 if target is BoneCategory.NORMAL else -1.0
    measured = ("bmd_mg_cm3", "trabecular_hu", "t_score")
    return (probability, *((name, sign) for name in measured))


def _is_shared(cases: Sequence[Case], name: str) -> bool:
    """Whether the score is what decided, in every case alike."""
    return name.startswith("p_") or all(case.result.quantity == name for case in cases)
