"""How well the categories of index test and reference agree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ctbone.confidence import z_value
from ctbone.evaluation.measures.accuracy import IntervalMethod, share
from ctbone.evaluation.scales import CATEGORIES
from ctbone.evaluation.tabulation import ConfusionMatrix
from ctbone.records import Interval

#: How much a disagreement counts: all alike, by the distance of the categories, or by its square.
KappaWeights = Literal["none", "linear", "quadratic"]

_COARSE = "The index test tells two groups apart: the agreement of three categories is not given."

_CHANCE = "Kappa is not given: nobody was counted, or one category holds everybody."


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryAgreement:
    """Index category against reference category, all three; nothing of a test of two groups.

    Attributes:
        accuracy: Patients whose categories are the same; ``None`` where nobody was counted.
        kappa: Cohen's kappa; ``None`` where chance alone agrees in full.
        linear_kappa: With linear weights; likewise.
        quadratic_kappa: With quadratic weights; likewise.
        note: Why something is missing; empty where nothing is.
    """

    accuracy: Interval | None
    kappa: Interval | None
    linear_kappa: Interval | None
    quadratic_kappa: Interval | None
    note: str = ""


def category_agreement(
    matrix: ConfusionMatrix, *, confidence: float = 0.95, interval: IntervalMethod = "wilson"
) -> CategoryAgreement:
    """Compare the categories of a matrix, with every set of weights; two groups have none."""
    if matrix.classes != CATEGORIES:
        return CategoryAgreement(
            accuracy=None, kappa=None, linear_kappa=None, quadratic_kappa=None, note=_COARSE
        )
    right = sum(row[i] for i, row in enumerate(matrix.counts))
    linear = weighted_kappa(matrix, weights="linear", confidence=confidence)
    return CategoryAgreement(
        accuracy=share(right, matrix.total, confidence=confidence, interval=interval),
        kappa=weighted_kappa(matrix, weights="none", confidence=confidence),
        linear_kappa=linear,
        quadratic_kappa=weighted_kappa(matrix, weights="quadratic", confidence=confidence),
        note="" if linear else _CHANCE,
    )


def weighted_kappa(
    matrix: ConfusionMatrix, *, weights: KappaWeights = "linear", confidence: float = 0.95
) -> Interval | None:
    """Return Cohen's kappa with the interval of Fleiss, Cohen and Everitt.

    (Psychol Bull 1969;72:323; weights of Cohen, Psychol Bull 1968;70:213.)

    Returns:
        ``None`` where chance alone would agree in full, nobody was counted, or the index test
        tells other groups than the reference.
    """
    if matrix.total == 0 or matrix.classes != CATEGORIES:
        return None
    p = np.asarray(matrix.counts, float) / matrix.total
    weight = _weights(weights)
    rows, columns = p.sum(1), p.sum(0)
    seen, chance = float((weight * p).sum()), float(rows @ weight @ columns)
    if chance > 1.0 - 1e-12:
        return None
    kappa = (seen - chance) / (1.0 - chance)
    means = (weight @ columns)[:, None] + (rows @ weight)[None, :]
    spread = float((p * (weight - means * (1.0 - kappa)) ** 2).sum())
    variance = max(spread - (kappa - chance * (1.0 - kappa)) ** 2, 0.0)
    se = float(np.sqrt(variance / matrix.total)) / (1.0 - chance)
    reach = z_value(confidence) * se
    return Interval(kappa, max(kappa - reach, -1.0), min(kappa + reach, 1.0))


def _weights(kind: KappaWeights) -> NDArray[np.float64]:
    """Return how far two categories agree, 1 for the same, shape ``(3, 3)``."""
    index = np.arange(3)
    distance = np.abs(index[:, None] - index[None, :])
    loss = {"none": distance > 0, "linear": distance / 2.0, "quadratic": (distance / 2.0) ** 2}
    return np.asarray(1.0 - loss[kind], float)
