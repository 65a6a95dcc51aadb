"""Whether accuracy differs between groups of studies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincc

from ctbone.pooling.bivariate import BivariateFit
from ctbone.pooling.fitting import Fit, maximise
from ctbone.pooling.intervals import from_logit
from ctbone.pooling.likelihood import Array, Counts
from ctbone.records import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group of a comparison.

    Attributes:
        name: Value of the covariate.
        k: Tables in it.
        sensitivity: Its pooled sensitivity; 0 or 1 with limits of 0 and 1 where all its studies
            together saw no, or nothing but, positive results: no finite logit fits them best.
        specificity: Its pooled specificity, likewise.
    """

    name: str
    k: int
    sensitivity: Interval
    specificity: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Joint test that no margin differs between the groups.

    Attributes:
        chi2: Twice the gain in log-likelihood, or in the supremum of it.
        df: Two for every group but the first.
        p: Probability of at least this without a difference.
        i2: ``(chi2 - df) / chi2`` in percent, at least 0, as MIDAS prints it.
        groups: The groups, by name.
    """

    chi2: float
    df: int
    p: float
    i2: float
    groups: tuple[Group, ...]


def compare_groups(
    counts: Counts, labels: Sequence[str], fit: BivariateFit, *, confidence: float
) -> Comparison | None:
    """Compare groups of studies that share one covariance between studies.

    Args:
        counts: What the studies saw.
        labels: Group of each study.
        fit: The model without groups, on the same studies.
        confidence: Of the intervals.

    Returns:
        ``None`` where the model with groups has no finite maximum.

    Raises:
        ValueError: If there are not as many labels as studies, or all carry one.
    """
    names = sorted(set(labels))
    if len(labels) != len(counts) or len(names) < 2:
        found = f"{len(labels)} labels, {len(names)} different, for {len(counts)} studies"
        raise ValueError(f"a comparison needs a label a study and two groups, got {found}")
    limits = _limits(counts, labels, names)
    grouped = _fit(_without(counts, labels, names, limits), labels, names, (fit, limits))
    if not grouped.has_converged:
        return None
    chi2 = max(2.0 * (grouped.log_likelihood - fit.log_likelihood), 0.0)
    df = 2 * (len(names) - 1)
    return Comparison(
        chi2=chi2,
        df=df,
        p=float(gammaincc(df / 2.0, chi2 / 2.0)),
        i2=100.0 * max(0.0, (chi2 - df) / chi2) if chi2 > 0.0 else 0.0,
        groups=tuple(
            _group(grouped, limits, i, list(labels).count(name), name, confidence)
            for i, name in enumerate(names)
        ),
    )


def _limits(counts: Counts, labels: Sequence[str], names: list[str]) -> Array:
    """Return the proportion, 0 or 1, that each group runs off to, else NaN, shape ``(g, 2)``."""
    limits = np.full((len(names), 2), np.nan)
    for row, events, totals in _margins(counts, labels, names):
        limits[row] = np.where(events == totals, 1.0, np.where(events == 0.0, 0.0, np.nan))
    return limits


def _margins(
    counts: Counts, labels: Sequence[str], names: list[str]
) -> Iterator[tuple[int, Array, Array]]:
    """Yield events and patients of both margins of each group together, shape ``(2,)``."""
    for row, name in enumerate(names):
        members = np.asarray([label == name for label in labels])
        yield row, counts.events[members].sum(0), counts.totals[members].sum(0)


def _without(counts: Counts, labels: Sequence[str], names: list[str], limits: Array) -> Counts:
    """Return the counts without the margins that run off.

    As the mean of such a margin goes to infinity its factor of the likelihood rises to 1, whatever
    the other parameters are: the model without it has the very supremum that is sought.
    """
    stays = np.isnan(limits)[[names.index(label) for label in labels]]
    return Counts(counts.events * stays, counts.totals * stays)


def _fit(
    counts: Counts, labels: Sequence[str], names: list[str], near: tuple[BivariateFit, Array]
) -> Fit:
    fit, limits = near
    design = np.zeros((len(counts), 5, 2 * len(names) + 3))
    for study, label in enumerate(labels):
        column = 2 * names.index(label)
        design[study, 0, column] = design[study, 1, column + 1] = 1.0
    design[:, 2:, -3:] = np.eye(3)
    # A little off the boundary, where the score is zero by symmetry.
    start: Array = np.concatenate([np.tile(fit.mean, len(names)), fit.theta[2:] + 0.02])
    free = np.append(np.isnan(limits).ravel(), np.ones(3, bool))
    return maximise(counts, design[..., free], start[free])


def _group(fit: Fit, limits: Array, index: int, k: int, name: str, confidence: float) -> Group:
    column = np.cumsum(np.isnan(limits)).reshape(limits.shape) - 1

    def interval(margin: int) -> Interval:
        if not np.isnan(limits[index, margin]):
            return Interval(float(limits[index, margin]), 0.0, 1.0)
        j = column[index, margin]
        return from_logit(float(fit.phi[j]), float(np.sqrt(fit.covariance[j, j])), confidence)

    return Group(name=name, k=k, sensitivity=interval(0), specificity=interval(1))
