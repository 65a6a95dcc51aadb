"""Pooled accuracy: the bivariate model where the data carry it, and a plain answer where not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ctbone.confidence import exact, z_value
from ctbone.plurals import counted
from ctbone.pooling.cautions import cautions, corrections
from ctbone.pooling.model.bivariate import BivariateFit, MarginFit, Model, fit_margin
from ctbone.pooling.model.intervals import from_logit, likelihood_ratios
from ctbone.pooling.model.likelihood import Counts
from ctbone.pooling.model.models import fit_model
from ctbone.pooling.model.normal import Correction
from ctbone.records import ContingencyTable, Interval

__all__ = [
    "FEWEST_TABLES",
    "Correction",
    "Method",
    "Model",
    "SummaryAccuracy",
    "bivariate_summary",
]

Method = Literal["bivariate", "univariate", "pooled counts"]

#: Five parameters cannot be learnt from fewer tables; metandi asks for four as well.
FEWEST_TABLES = 4

_MARGINS = ("sensitivity", "specificity")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SummaryAccuracy:
    """What the tables say together.

    Attributes:
        k: Tables that hold patients.
        confidence: Of every interval.
        methods: How sensitivity and how specificity was pooled.
        sensitivity: Pooled sensitivity.
        specificity: Pooled specificity.
        lr_positive: Positive likelihood ratio; ``None`` where it cannot be had, which a note says.
        lr_negative: Negative likelihood ratio; likewise.
        dor: Diagnostic odds ratio; likewise.
        fit: The bivariate model; ``None`` where the data do not carry it.
        log_likelihood: Of what was fitted; ``None`` where nothing was.
        notes: What a reader has to know, a sentence each.
        model: What was asked for; ``fit.model`` where there is a fit.
    """

    k: int
    confidence: float
    methods: tuple[Method, Method]
    sensitivity: Interval
    specificity: Interval
    lr_positive: Interval | None
    lr_negative: Interval | None
    dor: Interval | None
    fit: BivariateFit | None
    log_likelihood: float | None
    notes: tuple[str, ...]
    model: Model = "exact"


def bivariate_summary(
    tables: Sequence[ContingencyTable],
    *,
    confidence: float = 0.95,
    model: Model = "exact",
    correction: Correction = "single",
) -> SummaryAccuracy:
    """Pool 2x2 tables of one index test by the bivariate random-effects model.

    The exact model and its Laplace approximation take every cell as it is; the normal models add
    half a patient where a cell is empty, and a note counts the tables. Where a margin is perfect
    in every study, or fewer than four tables inform it, or no finite maximum exists, that margin
    is given as pooled counts with exact limits, and a note says so.

    Args:
        tables: A table a study.
        confidence: Of the intervals.
        model: Whose likelihood is maximised.
        correction: Which tables take half a patient a cell, in the normal models alone: those with
            an empty cell (``single``), or all as soon as one has (``all``, the default of mada).

    Raises:
        ValueError: If no table holds a diseased patient, or none a healthy one.
    """
    z_value(confidence)
    counts, notes = _informative(tables)
    margins = carried(counts)
    if all(margins):
        fit = fit_model(counts, model=model, correction=correction)
        if fit.has_converged:
            said = (*cautions(fit, counts), *corrections(counts, model, correction))
            return _modelled(fit, confidence, (*notes, *said))
        notes = (*notes, "The bivariate model has no finite maximum on these tables.")
    found = _by_margin(counts, margins, confidence, notes)
    return replace(found, model=model, notes=(*found.notes, *_alone(found, model)))


def _informative(tables: Sequence[ContingencyTable]) -> tuple[Counts, tuple[str, ...]]:
    everything = Counts.from_tables(tables)
    for having, total in zip(("with", "without"), everything.totals.sum(0), strict=True):
        if total == 0:
            where = counted(len(tables), "table")
            raise ValueError(
                f"pooling needs patients {having} the condition, found none in {where}"
            )
    counts = everything.take(everything.totals.sum(1) > 0)
    notes = []
    if (empty := len(everything) - len(counts)) > 0:
        notes.append(f"Tables without any patient, left out: {empty}.")
    for margin, who, missing in zip(
        _MARGINS, ("nobody", "everybody"), (counts.totals == 0).sum(0), strict=True
    ):
        if missing:
            notes.append(
                f"Tables in which {who} has the condition, silent on {margin}: {missing}."
            )
    return counts, tuple(notes)


def carried(counts: Counts) -> tuple[bool, bool]:
    """Say of each margin whether it has enough tables, and both outcomes somewhere."""
    events, totals = counts.events.sum(0), counts.totals.sum(0)
    enough = (counts.totals > 0).sum(0) >= FEWEST_TABLES
    first, second = enough & (events > 0) & (events < totals)
    return bool(first), bool(second)


def _modelled(fit: BivariateFit, confidence: float, notes: tuple[str, ...]) -> SummaryAccuracy:
    mean, covariance = fit.mean, fit.covariance[:2, :2]
    sens, spec = (
        from_logit(float(m), float(np.sqrt(v)), confidence)
        for m, v in zip(mean, np.diag(covariance), strict=True)
    )
    positive, negative, odds = likelihood_ratios(mean, covariance, confidence)
    return SummaryAccuracy(
        k=fit.k,
        confidence=confidence,
        methods=("bivariate", "bivariate"),
        sensitivity=sens,
        specificity=spec,
        lr_positive=positive,
        lr_negative=negative,
        dor=odds,
        fit=fit,
        log_likelihood=fit.log_likelihood,
        notes=notes,
        model=fit.model,
    )


def _alone(found: SummaryAccuracy, model: Model) -> tuple[str, ...]:
    """Say that a margin alone is always fitted by the exact model."""
    if model == "exact" or "univariate" not in found.methods:
        return ()
    return (f"The {model} model does not hold here; a margin alone is fitted by the exact one.",)


def _by_margin(
    counts: Counts, margins: tuple[bool, bool], confidence: float, notes: tuple[str, ...]
) -> SummaryAccuracy:
    fits = [fit_margin(counts, margin) if margins[margin] else None for margin in (0, 1)]
    kept = [fit if fit is not None and fit.has_converged else None for fit in fits]
    said = [_margin_note(counts, m) for m in (0, 1) if kept[m] is None]
    sens, spec = (_margin(counts, m, kept[m], confidence) for m in (0, 1))
    ratios, lost = _ratios(counts, kept, confidence)
    first, second = (_method(fit) for fit in kept)
    return SummaryAccuracy(
        k=len(counts),
        confidence=confidence,
        methods=(first, second),
        sensitivity=sens,
        specificity=spec,
        lr_positive=ratios[0],
        lr_negative=ratios[1],
        dor=ratios[2],
        fit=None,
        log_likelihood=sum(f.log_likelihood for f in kept if f) if any(kept) else None,
        notes=(*notes, *said, *lost),
    )


def _method(fit: MarginFit | None) -> Method:
    return "univariate" if fit is not None else "pooled counts"


def _margin(counts: Counts, margin: int, fit: MarginFit | None, confidence: float) -> Interval:
    if fit is not None:
        return from_logit(fit.mean, fit.se, confidence)
    events, totals = counts.events[:, margin].sum(), counts.totals[:, margin].sum()
    return exact(int(events), int(totals), confidence)


def _margin_note(counts: Counts, margin: int) -> str:
    name, informing = _MARGINS[margin], int((counts.totals[:, margin] > 0).sum())
    events, total = int(counts.events[:, margin].sum()), int(counts.totals[:, margin].sum())
    if informing < FEWEST_TABLES:
        few = f"{counted(informing, 'table')}, too few for a random-effects model"
        why = f"{few} (at least {FEWEST_TABLES})"
    elif events in {0, total}:
        why = f"it is {events // total} in every study, where the model diverges"
    else:
        why = "no random-effects model of it has a finite maximum"
    pooled = f"pooled counts ({events} of {total}) with exact limits that ignore differences"
    return f"{name.capitalize()}: {why}; given as {pooled} between studies."


def _ratios(
    counts: Counts, fits: Sequence[MarginFit | None], confidence: float
) -> tuple[tuple[Interval | None, Interval | None, Interval | None], tuple[str, ...]]:
    if all(fits):
        # Fitted apart, the two margins share no information.
        mean = np.asarray([fit.mean for fit in fits if fit])
        covariance = np.diag([fit.se**2 for fit in fits if fit])
        return likelihood_ratios(mean, covariance, confidence), ()
    y, n = counts.events.sum(0), counts.totals.sum(0)
    if any(fits) or (y == 0).any() or (y == n).any():
        lost = "Likelihood ratios and diagnostic odds ratio are not given: a cell of theirs is 0"
        return (None, None, None), (f"{lost} or its model has no maximum.",)
    # The delta method on the two pooled logits is Simel's interval for the likelihood ratios
    # (J Clin Epidemiol 1991;44:763) and Woolf's for the odds ratio.
    mean, covariance = np.log(y / (n - y)), np.diag(1.0 / y + 1.0 / (n - y))
    return likelihood_ratios(mean, covariance, confidence), ()
