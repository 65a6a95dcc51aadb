"""What acting on the probabilities is worth, at every threshold at which one would act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.confidence import z_value
from ctbone.records import Interval

#: Probabilities at which somebody would act: beyond 60 % a screen decides nothing.
THRESHOLDS = tuple(round(0.02 * step, 2) for step in range(1, 31))


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPoint:
    """Net benefit at one threshold, in true positives a patient.

    Attributes:
        threshold: Probability at which one would act.
        net_benefit: Of acting on the index test.
        treat_all: Of acting on everybody; acting on nobody is worth 0.
    """

    threshold: float
    net_benefit: Interval
    treat_all: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCurve:
    """Net benefit over thresholds.

    Attributes:
        n: Patients with a probability.
        events: Diseased ones.
        points: By rising threshold.
    """

    n: int
    events: int
    points: tuple[DecisionPoint, ...]


def decision_curve(
    probability: NDArray[np.float64],
    truth: NDArray[np.bool_],
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    confidence: float = 0.95,
) -> DecisionCurve | None:
    """Return the net benefit (Vickers and Elkin, Med Decis Making 2006;26:565).

    A true positive is worth 1 and a false positive costs the odds of the threshold. The net
    benefit is the mean of that over patients, and has the interval of a mean.

    Args:
        probability: Of the target, shape ``(n,)``; a patient at the threshold is treated.
        truth: Whether the patient has it, shape ``(n,)``.
        thresholds: Between 0 and 1.
        confidence: Of the intervals.

    Returns:
        ``None`` with fewer than two patients.

    Raises:
        ValueError: If a threshold is not between 0 and 1.
    """
    if any(not 0.0 < threshold < 1.0 for threshold in thresholds):
        raise ValueError(f"thresholds must lie between 0 and 1, got {tuple(thresholds)}")
    if len(truth) < 2:
        return None
    points = tuple(_point(t, probability, truth, confidence) for t in thresholds)
    return DecisionCurve(n=len(truth), events=int(truth.sum()), points=points)


def _point(
    threshold: float, probability: NDArray[np.float64], truth: NDArray[np.bool_], confidence: float
) -> DecisionPoint:
    odds, share = threshold / (1.0 - threshold), float(truth.mean())
    worth = np.where(truth, 1.0, -odds) * (probability >= threshold)
    mean = float(worth.mean())
    reach = z_value(confidence) * float(worth.std(ddof=1) / np.sqrt(len(worth)))
    return DecisionPoint(
        threshold=threshold,
        net_benefit=Interval(mean, mean - reach, mean + reach),
        treat_all=share - (1.0 - share) * odds,
    )
