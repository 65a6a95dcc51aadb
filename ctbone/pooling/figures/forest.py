"""Forest plots of sensitivity and specificity, paired."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ctbone.interchange import AccuracyTable
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.figures.plates import Plate
from ctbone.pooling.figures.rows import Row, Sheet, paint, split
from ctbone.pooling.homogeneity import Homogeneity
from ctbone.pooling.model.intervals import study_intervals
from ctbone.pooling.numerals import level, probability

#: Studies on one sheet; more become several.
_MOST = 80


def forest(analysis: Analysis) -> tuple[Plate, ...]:
    """Return the forest plot, in several parts where there are many studies."""
    parts = split(_studies(analysis), _MOST)
    sheets = [_sheet(analysis, part) for part in parts[:-1]]
    sheets.append(_sheet(analysis, (*parts[-1], *_whole(analysis))))
    if len(sheets) == 1:
        return (_plate(analysis, sheets[0], "forest", ""),)
    return tuple(
        _plate(analysis, sheet, f"forest_{i}", f", part {i} of {len(sheets)}")
        for i, sheet in enumerate(sheets, 1)
    )


def _plate(analysis: Analysis, sheet: Sheet, name: str, part: str) -> Plate:
    s = analysis.summary
    titled = replace(sheet, title=sheet.title + part)
    return Plate(
        name=name,
        title=f"Forest plots{part}",
        caption=_caption(analysis),
        alt=f"Paired forest plots of {s.k} tables{part}: pooled sensitivity "
        f"{s.sensitivity.estimate:.2f}, pooled specificity {s.specificity.estimate:.2f}.",
        size_in=titled.size_in,
        paint=partial(paint, sheet=titled),
    )


def _caption(analysis: Analysis) -> str:
    s = analysis.summary
    words = [
        f"Each study with its exact {level(s.confidence)} interval (Clopper and Pearson); the "
        "diamond is the pooled value."
    ]
    if s.fit is not None:
        words.append("The grey bar is where the true value of a further study is expected.")
        words.append(
            "Weights are percentages of what all studies tell of the pooled value, by the "
            "bivariate model (Burke et al., Res Synth Methods 2018;9:163)."
        )
    words.append("Below: Pearson's test of homogeneity.")
    return " ".join(words)


def _studies(analysis: Analysis) -> tuple[Row, ...]:
    confidence, tables = analysis.summary.confidence, analysis.tables
    weights = analysis.weights or ((None, None),) * len(tables)
    pairs = zip(tables, weights, strict=True)
    return tuple(_study(table, confidence, both) for table, both in pairs)


def _study(
    item: AccuracyTable, confidence: float, weights: tuple[float | None, float | None]
) -> Row:
    t = item.table
    counts = (f"{t.true_positives}/{t.diseased}", f"{t.true_negatives}/{t.healthy}")
    return Row(
        name=item.study, values=study_intervals(t, confidence), counts=counts, weights=weights
    )


def _whole(analysis: Analysis) -> tuple[Row, ...]:
    s = analysis.summary
    tables = [item.table for item in analysis.tables]
    counts = (
        f"{sum(t.true_positives for t in tables)}/{sum(t.diseased for t in tables)}",
        f"{sum(t.true_negatives for t in tables)}/{sum(t.healthy for t in tables)}",
    )
    pooled = Row(
        name="Pooled", values=(s.sensitivity, s.specificity), counts=counts, style="summary"
    )
    if analysis.detail is None:
        return (pooled,)
    expected = analysis.detail.prediction
    return pooled, Row(name="Prediction interval", values=expected, style="prediction")


def _sheet(analysis: Analysis, rows: tuple[Row, ...]) -> Sheet:
    s = analysis.summary
    first, second = analysis.homogeneity
    title = "Sensitivity and specificity"
    return Sheet(
        title=f"{title}: {analysis.target}" if analysis.target else title,
        rows=rows,
        heads=("TP/(TP+FN)", "TN/(TN+FP)"),
        interval=f"Value ({level(s.confidence)} interval)",
        footers=(_heterogeneity(first), _heterogeneity(second)),
        pooled=(s.sensitivity.estimate, s.specificity.estimate),
    )


def _heterogeneity(test: Homogeneity) -> str:
    if test.df < 1:
        return "One study: nothing to compare"
    return f"Q = {test.q:.1f}, df = {test.df}, {probability(test.p)}, I\u00b2 = {test.i2:.0f} %"
