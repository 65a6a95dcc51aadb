"""The tables of the page."""

from __future__ import annotations

from collections.abc import Sequence

from ctbone.interchange import AccuracyTable
from ctbone.pages import Cell, Row, Table
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.model.intervals import study_intervals
from ctbone.pooling.numerals import level
from ctbone.pooling.page.cells import area, percentage, share, times


def headline(analyses: Sequence[Analysis]) -> Table:
    """Return the pooled values, a column a target."""
    summaries = [analysis.summary for analysis in analyses]
    confidence = level(summaries[0].confidence)
    quantities: tuple[tuple[str, list[Cell]], ...] = (
        ("Tables", [Cell(f"{s.k}", s.k) for s in summaries]),
        ("With the condition", [_patients(a, 0) for a in analyses]),
        ("Without the condition", [_patients(a, 1) for a in analyses]),
        ("Sensitivity", [share(s.sensitivity) for s in summaries]),
        ("Specificity", [share(s.specificity) for s in summaries]),
        ("LR+", [times(s.lr_positive) for s in summaries]),
        ("LR-", [times(s.lr_negative) for s in summaries]),
        ("Diagnostic odds ratio", [times(s.dor) for s in summaries]),
        ("Area under the SROC", [area(a.auc) for a in analyses]),
        ("Model", [Cell(_model(a)) for a in analyses]),
    )
    return Table(
        title=f"Pooled values with {confidence} intervals",
        columns=("Quantity", *(analysis.target or "All tables" for analysis in analyses)),
        rows=tuple((name, *cells) for name, cells in quantities),
        sortable=False,
    )


def studies(analysis: Analysis) -> Table:
    """Return the counts of every study, what they say alone and how much they weigh."""
    s = analysis.summary
    rows = [_study(item, s.confidence) for item in analysis.tables]
    columns: tuple[str, ...] = ("Study", "TP", "FP", "FN", "TN", "Sensitivity", "Specificity")
    note = f"Exact {level(s.confidence)} intervals (Clopper and Pearson)."
    if analysis.weights:
        pairs = zip(rows, analysis.weights, strict=True)
        rows = [(*row, *map(percentage, pair)) for row, pair in pairs]
        columns = (*columns, "Weight, sensitivity", "Weight, specificity")
        note += " Weights after Burke et al., Res Synth Methods 2018;9:163."
    return Table(title="Studies", columns=columns, rows=tuple(rows), note=note)


def influence(analysis: Analysis) -> Table:
    """Return the pooled values without each study."""
    rows = tuple(
        (
            analysis.tables[one.index].study,
            Cell(f"{one.sensitivity:.1%}".replace("%", "\u00a0%"), one.sensitivity),
            Cell(f"{one.specificity:.1%}".replace("%", "\u00a0%"), one.specificity),
            Cell(f"{one.cooks_distance:.3f}", one.cooks_distance),
            "" if one.has_converged else "no convergence",
        )
        for one in analysis.influence
    )
    columns = ("Without", "Sensitivity", "Specificity", "Cook's distance", "Remark")
    return Table(title="Pooled values without each study", columns=columns, rows=rows)


def fagan(analysis: Analysis) -> Table:
    """Return probabilities after the test for every one before it."""
    rows = tuple(
        (
            Cell(f"{100 * step.prior:g}\u00a0%", step.prior),
            share(step.positive),
            share(step.negative),
        )
        for step in sorted(analysis.fagan, key=lambda step: step.prior)
    )
    columns = ("Before the test", "After a positive test", "After a negative test")
    return Table(title="Probability of the condition", columns=columns, rows=rows)


def _patients(analysis: Analysis, margin: int) -> Cell:
    tables = [item.table for item in analysis.tables]
    count = sum(t.healthy if margin else t.diseased for t in tables)
    return Cell(f"{count:,}", count)


def _model(analysis: Analysis) -> str:
    sens, spec = analysis.summary.methods
    return sens if sens == spec else f"{sens} (sensitivity), {spec} (specificity)"


def _study(item: AccuracyTable, confidence: float) -> Row:
    t = item.table
    cells = (t.true_positives, t.false_positives, t.false_negatives, t.true_negatives)
    shares = map(share, study_intervals(t, confidence))
    return (item.study, *(Cell(f"{n}", n) for n in cells), *shares)
