"""Everything that is asked of the tables of one target, in one value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from ctbone.interchange import AccuracyTable
from ctbone.pooling.asymmetry import deeks
from ctbone.pooling.dependence import examine_dependence
from ctbone.pooling.detail import describe_fit
from ctbone.pooling.fagan import PRIORS, Fagan, update
from ctbone.pooling.findings import Analysis, Targets
from ctbone.pooling.heterogeneity import examine_heterogeneity
from ctbone.pooling.influence import leave_one_out
from ctbone.pooling.midas import Midas, reproduce
from ctbone.pooling.model.bivariate import BivariateFit, Model, fit_bivariate
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.model.sroc import area
from ctbone.pooling.moderators.covariates import choose, columns, require_columns
from ctbone.pooling.moderators.subgroups import Choice, examine_covariates
from ctbone.pooling.remarks import remark
from ctbone.pooling.summary import FEWEST_TABLES, SummaryAccuracy, bivariate_summary

__all__ = ["Analysis", "Compat", "Targets", "analyse", "analyse_targets"]

#: Whose output stands beside the correct one.
Compat = Literal["none", "midas"]

#: The order in which targets are reported; others follow by name.
_ORDER = ("osteoporosis", "osteopenia", "normal")


def analyse(
    tables: Sequence[AccuracyTable],
    *,
    confidence: float = 0.95,
    prior: float = 0.2,
    model: Model = "exact",
    choice: Choice | None = None,
    compat: Compat = "none",
) -> Analysis:
    """Pool the tables of one target and test what there is to test.

    Args:
        tables: A table a study and index test.
        confidence: Of the intervals.
        prior: Probability of disease before the test, beside those of ``PRIORS``.
        model: Whose likelihood gives the pooled values. Tests, subgroups and what concerns
            dependence are those of the exact model.
        choice: Which covariates are compared and how; all of them without.
        compat: ``midas`` for the output of MIDAS v2.00 beside the correct one.

    Raises:
        ValueError: If no table holds a diseased patient, or none a healthy one; or a covariate is
            not what the choice says.
    """
    choice = choice or Choice()
    require_columns(tables, (*(choice.names or ()), *choice.numeric))
    kept = tuple(t for t in tables if t.table.diseased + t.table.healthy)
    summary = bivariate_summary([t.table for t in tables], confidence=confidence, model=model)
    counts, fit = Counts.from_tables([t.table for t in kept]), summary.fit
    exact = _exact(counts, fit)
    groups = examine_covariates(kept, exact, confidence=confidence, choice=choice)
    found = Analysis(
        target=kept[0].target,
        tables=kept,
        summary=summary,
        auc=area(fit, confidence) if fit else None,
        detail=describe_fit(counts, fit, confidence=confidence) if fit else None,
        heterogeneity=examine_heterogeneity(counts, fit, exact, confidence=confidence),
        asymmetry=deeks(counts, confidence=confidence),
        fagan=_fagan(summary, prior),
        influence=leave_one_out(counts, fit) if fit and len(counts) > FEWEST_TABLES else (),
        subgroups=groups.comparisons,
        trends=groups.trends,
        dependence=examine_dependence(kept, confidence=confidence, fit=exact),
        compat=_reproduced(kept, choice) if compat == "midas" else None,
        notes=groups.notes,
    )
    return replace(found, notes=remark(found, compat))


def analyse_targets(
    tables: Sequence[AccuracyTable],
    *,
    confidence: float = 0.95,
    prior: float = 0.2,
    model: Model = "exact",
    choice: Choice | None = None,
    compat: Compat = "none",
) -> Targets:
    """Pool the tables of every target; the arguments are those of ``analyse``.

    Raises:
        ValueError: If a covariate is not what the choice says.
    """
    choice = choice or Choice()
    require_columns(tables, (*(choice.names or ()), *choice.numeric))
    choose(tables, names=choice.names, numeric=choice.numeric)
    analyses, refused = [], []
    targets = _targets(tables)
    for target in targets:
        own = [table for table in tables if table.target == target]
        try:
            found = analyse(
                own,
                confidence=confidence,
                prior=prior,
                model=model,
                choice=_within(choice, own),
                compat=compat,
            )
        except ValueError as error:
            about = target or ("no target" if len(targets) > 1 else "")
            refused.append(f"{about}: {error}" if about else f"{error}")
            continue
        analyses.append(found)
    return Targets(analyses=tuple(analyses), refused=tuple(refused))


def _targets(tables: Iterable[AccuracyTable]) -> list[str]:
    found = dict.fromkeys(table.target for table in tables)
    return sorted(found, key=lambda t: (_ORDER.index(t) if t in _ORDER else len(_ORDER), t))


def _within(choice: Choice, tables: Sequence[AccuracyTable]) -> Choice:
    """Return the choice without covariates that the tables of this target do not have."""
    there = columns(tables)
    return replace(
        choice,
        names=None if choice.names is None else tuple(n for n in choice.names if n in there),
        numeric=tuple(n for n in choice.numeric if n in there),
    )


def _exact(counts: Counts, fit: BivariateFit | None) -> BivariateFit | None:
    if fit is None or fit.model == "exact":
        return fit
    exact = fit_bivariate(counts)
    return exact if exact.has_converged else None


def _reproduced(tables: Sequence[AccuracyTable], choice: Choice) -> Midas | None:
    return reproduce(tables, choose(tables, names=choice.names, numeric=choice.numeric))


def _fagan(summary: SummaryAccuracy, prior: float) -> tuple[Fagan, ...]:
    if summary.lr_positive is None or summary.lr_negative is None:
        return ()
    priors = dict.fromkeys((prior, *PRIORS))
    return tuple(update(p, summary.lr_positive, summary.lr_negative) for p in priors)
