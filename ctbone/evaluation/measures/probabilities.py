"""How far the probabilities of the index test can be believed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from ctbone.confidence import wilson, z_value
from ctbone.evaluation.linking import Case, is_diseased, reference_category
from ctbone.evaluation.measures.logistic import fit_intercept, fit_logistic
from ctbone.evaluation.scales import CATEGORIES, Category, probability_of
from ctbone.plurals import counted
from ctbone.records import Interval

Array = NDArray[np.float64]

#: Bins of equal width that probabilities are counted in.
BINS = 10

#: Results carry four decimals: 0 and 1 stand for anything nearer to them than this.
_LEAST = 5e-5

_NO_FIT = "No recalibration: the probabilities are all alike or part the two sides without error."


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationBin:
    """Patients whose probabilities are alike.

    Attributes:
        lower: Lower edge.
        upper: Upper edge, in the bin only where it is 1.
        n: Patients in it.
        predicted: Mean probability.
        observed: Share of diseased patients, with Wilson's limits.
    """

    lower: float
    upper: float
    n: int
    predicted: float
    observed: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Probabilities of one target against its truth.

    Attributes:
        n: Patients with a probability.
        events: Diseased ones.
        brier: Mean squared distance of probability and truth (Brier, Mon Weather Rev 1950;78:1).
        intercept: Calibration in the large: 0 if the mean probability is right; log odds. ``None``
            where it cannot be had.
        slope: Slope of the truth on the logit of the probability: 1 if it spreads as it should,
            less if it is too sure. ``None`` likewise.
        recalibration: Intercept that belongs to the slope; ``None`` likewise.
        expected_error: Mean distance of probability and share of diseased over the bins, weighted
            by their patients: the expected calibration error.
        bin_count: Bins of equal width that it rests on.
        bins: Those with patients.
        notes: What is missing or was done, a sentence each.
    """

    n: int
    events: int
    brier: Interval
    intercept: Interval | None
    slope: Interval | None
    recalibration: float | None
    expected_error: float
    bin_count: int
    bins: tuple[CalibrationBin, ...]
    notes: tuple[str, ...] = ()


def target_probabilities(
    cases: Iterable[Case], target: Category
) -> tuple[Array, NDArray[np.bool_]]:
    """Return the probability of a target and its truth, of the patients that have one."""
    pairs = [
        (value, is_diseased(case, target))
        for case in cases
        if (value := probability_of(case.result, target)) is not None
    ]
    return np.asarray([p for p, _ in pairs], float), np.asarray([t for _, t in pairs], bool)


def calibration(
    probability: Array, truth: NDArray[np.bool_], *, bins: int = BINS, confidence: float = 0.95
) -> Calibration | None:
    """Compare probabilities with what was true.

    Intercept and slope are those of logistic recalibration (Cox, Biometrika 1958;45:562; Van
    Calster et al., BMC Med 2019;17:230).

    Args:
        probability: Of the target, shape ``(n,)``.
        truth: Whether the patient has it, shape ``(n,)``.
        bins: Of equal width between 0 and 1.
        confidence: Of the intervals.

    Returns:
        ``None`` with fewer than two patients.
    """
    if len(probability) < 2:
        return None
    counted_bins = _bins(probability, truth, bins, confidence)
    clipped = np.clip(probability, _LEAST, 1.0 - _LEAST)
    fit = fit_logistic(logit(clipped), truth, confidence=confidence)
    errors = [b.n * abs(b.predicted - b.observed.estimate) for b in counted_bins]
    return Calibration(
        n=len(truth),
        events=int(truth.sum()),
        brier=_mean((probability - truth) ** 2, 1.0, confidence),
        intercept=fit_intercept(logit(clipped), truth, confidence=confidence),
        slope=fit.slope if fit else None,
        recalibration=fit.intercept.estimate if fit else None,
        expected_error=sum(errors) / len(truth),
        bin_count=bins,
        bins=counted_bins,
        notes=_notes(int((clipped != probability).sum()), truth, fitted=fit is not None),
    )


def multiclass_brier(cases: Iterable[Case], *, confidence: float = 0.95) -> Interval | None:
    """Return the Brier score over the three categories, from 0 to 2.

    Returns:
        ``None`` with fewer than two patients that have all three probabilities.
    """
    rows = [row for case in cases if (row := _squares(case)) is not None]
    return _mean(np.asarray(rows), 2.0, confidence) if len(rows) > 1 else None


def _squares(case: Case) -> float | None:
    truth = reference_category(case)
    squares = 0.0
    for category in CATEGORIES:
        value: float | None = getattr(case.result, f"p_{category.value}")
        if value is None:
            return None
        squares += (value - (truth is category)) ** 2
    return squares


def _bins(
    probability: Array, truth: NDArray[np.bool_], bins: int, confidence: float
) -> tuple[CalibrationBin, ...]:
    edges = np.linspace(0.0, 1.0, bins + 1)
    place = np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, bins - 1)
    found = []
    for number in np.unique(place):
        inside = place == number
        observed = wilson(int(truth[inside].sum()), int(inside.sum()), confidence=confidence)
        if observed is not None:
            found.append(
                CalibrationBin(
                    lower=float(edges[number]),
                    upper=float(edges[number + 1]),
                    n=int(inside.sum()),
                    predicted=float(probability[inside].mean()),
                    observed=observed,
                )
            )
    return tuple(found)


def _mean(values: Array, highest: float, confidence: float) -> Interval:
    centre = float(values.mean())
    reach = z_value(confidence) * float(values.std(ddof=1) / np.sqrt(len(values)))
    return Interval(centre, max(centre - reach, 0.0), min(centre + reach, highest))


def _notes(clipped: int, truth: NDArray[np.bool_], *, fitted: bool) -> tuple[str, ...]:
    one_sided = truth.all() or not truth.any()
    patients = counted(clipped, "patient")
    moved = f"Probabilities of 0 or 1 moved by {_LEAST:g} for the fit: {patients}."
    said: Sequence[tuple[bool, str]] = (
        (clipped > 0, moved),
        (bool(one_sided), "All patients are of one side: no recalibration."),
        (not fitted and not one_sided, _NO_FIT),
    )
    return tuple(text for holds, text in said if holds)
