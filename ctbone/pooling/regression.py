"""Whether accuracy differs between groups of studies."""

from __future__ import annotations

from collections.abc import Sequence
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
        sensitivity: Its pooled sensitivity.
        specificity: Its pooled specificity.
    """

    name: str
    k: int
    sensitivity: Interval
    specificity: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Joint test that no margin differs between the groups.

    Attributes:
        chi2: Twice the gain in log-likelihood.
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
    grouped = _fit(counts, labels, names, fit)
    if not grouped.has_converged:
        return None
    chi2 = max(2.0 * (grouped.log_likelihood - fit.log_likelihood), 0.0)
    df = 2 * (len(names) - 1)
    return Comparison(
        chi2=chi2,
        df=df,
        p=float(gammaincc(df / 2.0, chi2 / 2.0)),
        i2=100.0 * max(0.0, (chi2 - df) / chi2) if chi2 > 0.0 else 0.0,
        groups=tuple(_group(grouped, i, n, labels, confidence) for i, n in enumerate(names)),
    )


def _fit(counts: Counts, labels: Sequence[str], names: list[str], fit: BivariateFit) -> Fit:
    design = np.zeros((len(counts), 5, 2 * len(names) + 3))
    for study, label in enumerate(labels):
        column = 2 * names.index(label)
        design[study, 0, column] = design[study, 1, column + 1] = 1.0
    design[:, 2:, -3:] = np.eye(3)
    # A little off the boundary, where the score is zero by symmetry.
    start: Array = np.concatenate([np.tile(fit.mean, len(names)), fit.theta[2:] + 0.02])
    return maximise(counts, design, start)


def _group(fit: Fit, index: int, name: str, labels: Sequence[str], confidence: float) -> Group:
    sens, spec = (
        from_logit(float(fit.phi[j]), float(np.sqrt(fit.covariance[j, j])), confidence)
        for j in (2 * index, 2 * index + 1)
    )
    return Group(name=name, k=list(labels).count(name), sensitivity=sens, specificity=spec)
