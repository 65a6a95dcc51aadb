"""Everything that is asked of the tables of one target, in one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ctbone.interchange import AccuracyTable, duplicated_studies
from ctbone.pooling.asymmetry import Asymmetry, deeks
from ctbone.pooling.bivariate import fit_bivariate
from ctbone.pooling.fagan import PRIORS, Fagan, update
from ctbone.pooling.heterogeneity import (
    Homogeneity,
    ZhouDendukuri,
    homogeneity,
    midas_joint,
    zhou_dendukuri,
)
from ctbone.pooling.influence import Influence, leave_one_out
from ctbone.pooling.likelihood import Counts
from ctbone.pooling.regression import Comparison, compare_groups
from ctbone.pooling.sroc import area
from ctbone.pooling.summary import FEWEST_TABLES, SummaryAccuracy, bivariate_summary
from ctbone.records import Interval


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Analysis:
    """What the tables of one target say.

    Attributes:
        target: The condition; empty when the tables do not name one.
        tables: The tables that hold patients.
        summary: Pooled accuracy.
        auc: Area under the summary curve; ``None`` where there is no curve.
        homogeneity: Pearson's test of sensitivity and of specificity.
        midas: The joint test that MIDAS prints; ``None`` without a bivariate model.
        zhou: I2 after Zhou and Dendukuri; likewise.
        asymmetry: Deeks' test; ``None`` where there is nothing to test.
        fagan: Probabilities after the test, for several before it.
        influence: The model without each study; empty without a bivariate model.
        subgroups: Comparison by each covariate that splits the tables.
        notes: What a reader has to know, a sentence each.
    """

    target: str
    tables: tuple[AccuracyTable, ...]
    summary: SummaryAccuracy
    auc: Interval | None
    homogeneity: tuple[Homogeneity, Homogeneity]
    midas: Homogeneity | None
    zhou: ZhouDendukuri | None
    asymmetry: Asymmetry | None
    fagan: tuple[Fagan, ...]
    influence: tuple[Influence, ...]
    subgroups: dict[str, Comparison]
    notes: tuple[str, ...]


def analyse(
    tables: Sequence[AccuracyTable], *, confidence: float = 0.95, prior: float = 0.2
) -> Analysis:
    """Pool the tables of one target and test what there is to test.

    Args:
        tables: A table a study and index test.
        confidence: Of the intervals.
        prior: Probability of disease before the test, beside those of ``PRIORS``.

    Raises:
        ValueError: If no table holds a diseased patient, or none a healthy one.
    """
    kept = tuple(t for t in tables if t.table.diseased + t.table.healthy)
    summary = bivariate_summary([t.table for t in tables], confidence=confidence)
    counts, fit = Counts.from_tables([t.table for t in kept]), summary.fit
    auc = area(fit, confidence) if fit else None
    return Analysis(
        target=kept[0].target,
        tables=kept,
        summary=summary,
        auc=auc,
        homogeneity=(homogeneity(counts, 0), homogeneity(counts, 1)),
        midas=midas_joint(counts, fit) if fit else None,
        zhou=zhou_dendukuri(counts, fit) if fit else None,
        asymmetry=deeks(counts),
        fagan=_fagan(summary, prior),
        influence=leave_one_out(counts, fit) if fit and len(counts) > FEWEST_TABLES else (),
        subgroups=_subgroups(kept, summary),
        notes=(*summary.notes, *_notes(kept, summary, auc)),
    )


def _fagan(summary: SummaryAccuracy, prior: float) -> tuple[Fagan, ...]:
    if summary.lr_positive is None or summary.lr_negative is None:
        return ()
    priors = dict.fromkeys((prior, *PRIORS))
    return tuple(update(p, summary.lr_positive, summary.lr_negative) for p in priors)


def _notes(
    tables: Sequence[AccuracyTable], summary: SummaryAccuracy, auc: Interval | None
) -> tuple[str, ...]:
    notes = []
    if repeated := duplicated_studies(tables):
        notes.append(
            f"Studies with several tables, counted as if independent: {', '.join(repeated)}."
        )
    if summary.fit and auc is None:
        notes.append("One variance is zero: the tables define a summary point and no curve.")
    if summary.fit and (summary.fit.correlation or 0.0) > 0.0:
        rises = "Sensitivity and specificity rise together:"
        notes.append(f"{rises} the studies do not trade one for the other along a curve.")
    return tuple(notes)


def _subgroups(tables: Sequence[AccuracyTable], summary: SummaryAccuracy) -> dict[str, Comparison]:
    names = dict.fromkeys(name for table in tables for name in table.covariates)
    found = {name: _comparison(tables, name, summary) for name in names}
    return {name: comparison for name, comparison in found.items() if comparison}


def _comparison(
    tables: Sequence[AccuracyTable], name: str, summary: SummaryAccuracy
) -> Comparison | None:
    """Compare the groups of a covariate, on the tables that state it."""
    labels = [table.covariates.get(name, "") for table in tables]
    sizes = [labels.count(label) for label in set(labels) - {"", "NA"}]
    # A group needs as many tables as a model of its own would.
    if summary.fit is None or len(sizes) < 2 or min(sizes) < FEWEST_TABLES:
        return None
    stated = np.asarray([label not in {"", "NA"} for label in labels])
    counts = Counts.from_tables([table.table for table in tables]).take(stated)
    fit = summary.fit if stated.all() else fit_bivariate(counts)
    if not fit.has_converged:
        return None
    kept = [label for label, is_stated in zip(labels, stated, strict=True) if is_stated]
    return compare_groups(counts, kept, fit, confidence=summary.confidence)
