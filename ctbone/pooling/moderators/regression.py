"""Whether accuracy differs between groups of studies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ctbone.pooling.homogeneity import as_test, upper_tail
from ctbone.pooling.model.bivariate import BivariateFit
from ctbone.pooling.model.fitting import Fit
from ctbone.pooling.model.intervals import from_logit
from ctbone.pooling.model.likelihood import Array, Counts
from ctbone.pooling.moderators.moderation import fit_means, mean_design, wald
from ctbone.records import Interval

#: Whether groups share their covariance between studies, or each has its own.
Covariances = Literal["shared", "separate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group of a comparison.

    Attributes:
        name: Value of the covariate.
        k: Tables in it.
        patients: Patients in them.
        sensitivity: Its pooled sensitivity; 0 or 1 with limits of 0 and 1 where all its studies
            together saw no, or nothing but, positive results: no finite logit fits them best.
        specificity: Its pooled specificity, likewise.
    """

    name: str
    k: int
    patients: int
    sensitivity: Interval
    specificity: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Joint test that no margin differs between the groups.

    Attributes:
        k: Tables in both models.
        chi2: Twice the gain in log-likelihood, or in the supremum of it.
        df: Two for every group but the first.
        p: Probability of at least this without a difference.
        i2: ``(chi2 - df) / chi2`` in percent, at least 0, as MIDAS prints it.
        i2_lower: Lower limit of it.
        i2_upper: Upper limit.
        p_sensitivity: Wald test that sensitivity alone does not differ; where a group is perfect,
            by likelihood ratio.
        p_specificity: The same of specificity.
        covariances: Whether the groups share their covariance between studies.
        groups: The groups, by name.
    """

    k: int
    chi2: float
    df: int
    p: float
    i2: float
    i2_lower: float | None
    i2_upper: float | None
    p_sensitivity: float | None
    p_specificity: float | None
    covariances: Covariances
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Tables, the group of each (from 0), and the margins of groups that run off (else NaN)."""

    counts: Counts
    member: NDArray[np.intp]
    limits: Array

    def indicator(self, margin: int) -> Array:
        """Return a column for each group of which the margin has a finite mean."""
        stays = np.isnan(self.limits[:, margin])
        return np.eye(len(self.limits))[self.member][:, stays]

    def without_limits(self, margins: tuple[int, ...]) -> Counts:
        """Return the counts without the parts that run off.

        As the mean of such a margin goes to infinity its factor of the likelihood rises to 1,
        whatever the other parameters are: the model without it has the supremum that is sought.
        """
        stays = np.ones_like(self.counts.events)
        for margin in margins:
            stays[:, margin] = np.isnan(self.limits[self.member, margin])
        return Counts(self.counts.events * stays, self.counts.totals * stays)


def compare_groups(
    counts: Counts,
    labels: Sequence[str],
    fit: BivariateFit,
    *,
    confidence: float,
    covariances: Covariances = "shared",
) -> Comparison | None:
    """Compare groups of studies.

    Args:
        counts: What the studies saw.
        labels: Group of each study.
        fit: The model without groups, on the same studies.
        confidence: Of the intervals.
        covariances: One covariance between studies for all groups, or one for each; the model
            without a difference then has one for each as well.

    Returns:
        ``None`` where the model with groups has no finite maximum.

    Raises:
        ValueError: If there are not as many labels as studies, or all carry one.
    """
    names = sorted(set(labels))
    if len(labels) != len(counts) or len(names) < 2:
        found = f"{len(labels)} labels, {len(names)} different, for {len(counts)} studies"
        raise ValueError(f"a comparison needs a label a study and two groups, got {found}")
    groups = _grouped(counts, [names.index(label) for label in labels], len(names))
    strata = groups.member if covariances == "separate" else None
    whole = _fit(groups, fit, (0, 1), strata)
    null = fit if strata is None else _fit(groups, fit, (), strata)
    if not (whole.has_converged and null.has_converged):
        return None
    df = 2 * (len(names) - 1)
    gain = max(2.0 * (whole.log_likelihood - null.log_likelihood), 0.0)
    test = as_test(gain, df, confidence=confidence)
    return Comparison(
        k=len(counts),
        chi2=test.q,
        df=df,
        p=test.p,
        i2=test.i2,
        i2_lower=test.i2_lower,
        i2_upper=test.i2_upper,
        p_sensitivity=_margin_p(groups, whole, fit, 0, strata),
        p_specificity=_margin_p(groups, whole, fit, 1, strata),
        covariances=covariances,
        groups=tuple(_group(groups, whole, i, name, confidence) for i, name in enumerate(names)),
    )


def _grouped(counts: Counts, member: Sequence[int], number: int) -> _Groups:
    """Find the proportion, 0 or 1, that each group runs off to."""
    index = np.asarray(member)
    within = np.eye(number)[index]
    events, totals = within.T @ counts.events, within.T @ counts.totals
    limits = np.where(events == totals, 1.0, np.where(events == 0.0, 0.0, np.nan))
    return _Groups(counts, index, limits)


def _fit(
    groups: _Groups,
    fit: BivariateFit,
    margins: tuple[int, ...],
    strata: NDArray[np.intp] | None,
) -> Fit:
    """Fit the model in which the given margins have a mean for each group, the others one."""
    one = np.ones((len(groups.counts), 1))
    columns = [groups.indicator(m) if m in margins else one for m in (0, 1)]
    means = [float(fit.mean[m]) for m in (0, 1) for _ in range(columns[m].shape[1])]
    design = mean_design(columns[0], columns[1], strata)
    return fit_means(groups.without_limits(margins), design, fit, means)


def _margin_p(
    groups: _Groups,
    whole: Fit,
    fit: BivariateFit,
    margin: int,
    strata: NDArray[np.intp] | None,
) -> float | None:
    number = len(groups.limits)
    if np.isnan(groups.limits[:, margin]).all():
        first = 0 if margin == 0 else int(np.isnan(groups.limits[:, 0]).sum())
        contrasts = np.zeros((number - 1, len(whole.phi)))
        contrasts[:, first] = -1.0
        contrasts[:, first + 1 : first + number] = np.eye(number - 1)
        return wald(whole.phi, whole.covariance, contrasts)
    shared = _fit(groups, fit, (1 - margin,), strata)
    if not shared.has_converged:
        return None
    return upper_tail(max(2.0 * (whole.log_likelihood - shared.log_likelihood), 0.0), number - 1)


def _group(groups: _Groups, fit: Fit, index: int, name: str, confidence: float) -> Group:
    # Sensitivity of all groups comes first, then specificity; what runs off has no column.
    limits = groups.limits
    column = np.cumsum(np.isnan(limits).T).reshape(2, -1).T - 1

    def interval(margin: int) -> Interval:
        if not np.isnan(limits[index, margin]):
            return Interval(float(limits[index, margin]), 0.0, 1.0)
        j = column[index, margin]
        return from_logit(float(fit.phi[j]), float(np.sqrt(fit.covariance[j, j])), confidence)

    own = groups.member == index
    return Group(
        name=name,
        k=int(own.sum()),
        patients=int(groups.counts.totals[own].sum()),
        sensitivity=interval(0),
        specificity=interval(1),
    )
