"""The area under the curve by resampling patients, each with all of its studies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ctbone.evaluation.measures.roc import Scores
from ctbone.records import Interval

Array = NDArray[np.float64]

#: Resamples that hold a percentile of 2.5 % to about a third of a percent.
RESAMPLES = 2000

#: Weights that are held at once: as many as stay near the processor.
_HELD = 20_000

#: Of the generator, so that two runs agree.
SEED = 20_240_607


@dataclass(frozen=True, slots=True, kw_only=True)
class AucBootstrap:
    """Area under the curve of every study, with limits from resampled patients.

    Attributes:
        percentile: Percentiles of the resamples; moved to the estimate where they miss it.
        bca: Percentiles corrected for bias and skewness (Efron, J Am Stat Assoc 1987;82:171);
            ``None`` where all resamples lie on one side of the estimate, or a side rests on one
            patient.
        patients: Patients that were resampled.
        studies: Their studies.
        resamples: Resamples that both sides were in.
        seed: Of the generator.
    """

    percentile: Interval
    bca: Interval | None
    patients: int
    studies: int
    resamples: int
    seed: int


def bootstrap_auc(
    found: Scores, *, resamples: int = RESAMPLES, seed: int = SEED, confidence: float = 0.95
) -> AucBootstrap | None:
    """Return the area under the curve with limits that allow for studies of one patient.

    Patients are drawn with replacement and bring all of their studies; a resample without diseased
    or without healthy studies is dropped.

    Args:
        found: Scores of the studies, with their patients.
        resamples: How many to draw.
        seed: Of the generator.
        confidence: Of the limits.

    Returns:
        ``None`` where no resample has both sides.
    """
    patients = np.arange(len(found.values)) if found.patients is None else found.patients
    count = int(patients.max()) + 1
    areas = [_areas(found, patients, weights) for weights in _drawn(count, resamples, seed)]
    drawn = np.concatenate([np.empty(0), *areas])
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return None
    estimate = float(_areas(found, patients, np.ones((1, count)))[0])
    tails = np.asarray([0.5 - confidence / 2.0, 0.5 + confidence / 2.0])
    left_out = [_areas(found, patients, weights) for weights in _one_out(count)]
    bca = _bca_tails(drawn, estimate, np.concatenate(left_out), tails)
    return AucBootstrap(
        percentile=_between(drawn, estimate, tails),
        bca=None if bca is None else _between(drawn, estimate, bca),
        patients=count,
        studies=len(found.values),
        resamples=len(drawn),
        seed=seed,
    )


def _areas(found: Scores, patients: NDArray[np.intp], weights: Array) -> Array:
    """Return the area under the curve for each set of weights of patients.

    Args:
        found: Scores of the studies.
        patients: Whose they are, shape ``(n,)``.
        weights: How often each patient counts, shape ``(sets, patients)``.

    Returns:
        Shape ``(sets,)``; NaN where a side is empty.
    """
    ours, others = np.flatnonzero(found.is_diseased), np.flatnonzero(~found.is_diseased)
    others = others[np.argsort(found.values[others], kind="stable")]
    hits, alarms = weights[:, patients[ours]], weights[:, patients[others]]
    below = np.zeros((len(weights), len(others) + 1))
    np.cumsum(alarms, axis=1, out=below[:, 1:])
    low, high = (
        np.searchsorted(found.values[others], found.values[ours], side=side)
        for side in ("left", "right")
    )
    # Ties count half: the mean of those below and those below or level.
    won = (hits * (below[:, low] + below[:, high])).sum(1) / 2.0
    pairs = hits.sum(1) * below[:, -1]
    areas: Array = np.divide(won, pairs, out=np.full(len(won), np.nan), where=pairs > 0)
    return areas


def _drawn(count: int, resamples: int, seed: int) -> Iterator[Array]:
    """Yield how often each patient is drawn, in pieces of shape ``(sets, patients)``."""
    rng = np.random.default_rng(seed)
    step = max(_HELD // count, 1)
    for start in range(0, resamples, step):
        sets = min(step, resamples - start)
        rows = rng.integers(count, size=(sets, count)) + count * np.arange(sets)[:, None]
        drawn = np.bincount(rows.ravel(), minlength=sets * count)
        yield drawn.reshape(sets, count).astype(float)


def _one_out(count: int) -> Iterator[Array]:
    """Yield weights that leave out each patient in turn."""
    step = max(_HELD // count, 1)
    for start in range(0, count, step):
        rows = np.arange(start, min(start + step, count))
        weights = np.ones((len(rows), count))
        weights[np.arange(len(rows)), rows] = 0.0
        yield weights


def _bca_tails(drawn: Array, estimate: float, left_out: Array, tails: Array) -> Array | None:
    """Return the tails that correct for bias and skewness."""
    below = float((drawn < estimate).mean() + (drawn == estimate).mean() / 2.0)
    centred = left_out.mean() - left_out
    squares = float((centred**2).sum())
    if not 0.0 < below < 1.0 or not np.isfinite(squares) or squares <= 1e-20:
        return None
    skew = float((centred**3).sum()) / (6.0 * squares**1.5)
    shift = float(ndtri(below))
    reach = shift + ndtri(tails)
    return np.asarray(ndtr(shift + reach / (1.0 - skew * reach)), float)


def _between(drawn: Array, estimate: float, tails: Array) -> Interval:
    low, high = np.quantile(drawn, tails)
    return Interval(estimate, min(float(low), estimate), max(float(high), estimate))
