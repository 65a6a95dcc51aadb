"""Every covariate of the tables, compared; and the rows of a table of subgroups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ctbone.interchange import AccuracyTable
from ctbone.pooling.model.bivariate import BivariateFit, fit_bivariate
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.moderators.covariates import Covariate, choose, large_groups, obstacle, remarks
from ctbone.pooling.moderators.regression import Comparison, Covariances, compare_groups
from ctbone.pooling.moderators.slopes import Trend, fit_trend

SUBGROUP_COLUMNS = (
    "target", "covariate", "subgroup", "tables", "patients",
    "sensitivity", "sensitivity_lower", "sensitivity_upper", "p_sensitivity",
    "specificity", "specificity_lower", "specificity_upper", "p_specificity",
    "chi2", "df", "p", "i2",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is compared and how.

    Attributes:
        names: Covariates to examine; every column when ``None``.
        numeric: Covariates to take as numbers.
        covariances: Whether groups share their covariance between studies.
    """

    names: tuple[str, ...] | None = None
    numeric: tuple[str, ...] = ()
    covariances: Covariances = "shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgroups:
    """What the covariates say.

    Attributes:
        comparisons: By covariate, those that form groups.
        trends: By covariate, those that are numbers.
        notes: What a reader has to know, a sentence each.
    """

    comparisons: dict[str, Comparison]
    trends: dict[str, Trend]
    notes: tuple[str, ...]


def examine_covariates(
    tables: Sequence[AccuracyTable],
    fit: BivariateFit | None,
    *,
    confidence: float,
    choice: Choice | None = None,
) -> Subgroups:
    """Compare the tables by each covariate that they state, one at a time.

    Args:
        tables: Tables of one target, none of them empty.
        fit: The exact bivariate model of all of them; nothing is compared without.
        confidence: Of the intervals.
        choice: What is compared and how; everything by its own nature without.

    Raises:
        ValueError: If a covariate that is to be taken as numbers holds something else.
    """
    choice = choice or Choice()
    covariates = choose(tables, names=choice.names, numeric=choice.numeric)
    if fit is None or not covariates:
        lost = ("No comparison by covariates: the tables do not carry a bivariate model.",)
        return Subgroups(comparisons={}, trends={}, notes=lost if covariates else ())
    counts = Counts.from_tables([item.table for item in tables])
    comparisons: dict[str, Comparison] = {}
    trends: dict[str, Trend] = {}
    notes = [*filter(None, map(obstacle, covariates)), *remarks(covariates, len(tables))]
    for covariate in (c for c in covariates if not obstacle(c)):
        found = _examine(covariate, counts, fit, confidence, choice.covariances)
        if isinstance(found, Comparison):
            comparisons[covariate.name] = found
            notes += [*_silent(covariate, found), *_perfect(covariate.name, found)]
        elif found is not None:
            trends[covariate.name] = found
        else:
            notes.append(f"{covariate.name}: the tables do not carry a model with it.")
    return Subgroups(comparisons=comparisons, trends=trends, notes=tuple(notes))


def _examine(
    covariate: Covariate,
    counts: Counts,
    fit: BivariateFit,
    confidence: float,
    covariances: Covariances,
) -> Comparison | Trend | None:
    chosen, labels = covariate.stated, covariate.labels
    if covariate.kind == "groups":
        large = [name for name in large_groups(covariate) if _informs(covariate, name, counts)]
        stays = np.asarray([label in large for label in labels])
        chosen = chosen.copy()
        chosen[chosen] = stays
        labels = tuple(label for label in labels if label in large)
    same = counts.take(chosen)
    # With and without the covariate on the same tables: else the test compares two samples.
    whole = fit if chosen.all() else _refit(same)
    if whole is None or len(set(labels)) < 2:
        return None
    if covariate.kind == "number":
        return fit_trend(same, covariate.values, whole, confidence=confidence)
    return compare_groups(same, labels, whole, confidence=confidence, covariances=covariances)


def _informs(covariate: Covariate, name: str, counts: Counts) -> bool:
    """Whether a group has diseased and healthy patients."""
    own = covariate.stated.copy()
    own[own] = [label == name for label in covariate.labels]
    return bool((counts.totals[own].sum(0) > 0).all())


def _refit(counts: Counts) -> BivariateFit | None:
    events, totals = counts.events.sum(0), counts.totals.sum(0)
    if not ((events > 0) & (events < totals)).all():
        return None
    fit = fit_bivariate(counts)
    return fit if fit.has_converged else None


def _silent(covariate: Covariate, found: Comparison) -> list[str]:
    """Say which groups were large enough and yet told nothing of a margin."""
    there = {group.name for group in found.groups}
    lost = [name for name in large_groups(covariate) if name not in there]
    if not lost:
        return []
    why = "no patients with the condition or none without it"
    return [f"{covariate.name}: left out of the comparison for {why}: {', '.join(lost)}."]


def _perfect(name: str, found: Comparison) -> list[str]:
    """Say which groups have a margin that no finite logit fits."""
    at_limit = [
        f"{margin} in group {group.name!r}"
        for group in found.groups
        for margin in ("sensitivity", "specificity")
        if getattr(group, margin).estimate in {0.0, 1.0}
    ]
    if not at_limit:
        return []
    return [
        f"{name}: {', '.join(at_limit)} observed as 0 or 1 in every study: its limits are not "
        "known and stand at 0 and 1, and the tests take the limit of the likelihood."
    ]


def subgroup_rows(
    tables: Sequence[AccuracyTable], comparisons: Mapping[str, Comparison], *, target: str
) -> Iterator[dict[str, object]]:
    """Yield a row a group of every covariate that was compared, in their order.

    Groups left out of the comparison for their size have their numbers, and no estimates.
    """
    for covariate in choose(tables, names=tuple(comparisons)):
        comparison = comparisons[covariate.name]
        groups = {group.name: group for group in comparison.groups}
        labels = iter(covariate.labels)
        stated = [next(labels) if has else None for has in covariate.stated]
        for name, size in covariate.sizes.items():
            own = [t.table for t, label in zip(tables, stated, strict=True) if label == name]
            row: dict[str, object] = {
                "target": target,
                "covariate": covariate.name,
                "subgroup": name,
                "tables": size,
                "patients": sum(t.diseased + t.healthy for t in own),
            }
            yield row | (_estimates(comparison, groups[name]) if name in groups else {})


def _estimates(comparison: Comparison, group: object) -> dict[str, object]:
    tests = ("p_sensitivity", "p_specificity", "chi2", "df", "p", "i2")
    row: dict[str, object] = {name: getattr(comparison, name) for name in tests}
    for margin in ("sensitivity", "specificity"):
        value = getattr(group, margin)
        row |= {margin: value.estimate}
        row |= {f"{margin}_lower": value.lower, f"{margin}_upper": value.upper}
    return row
