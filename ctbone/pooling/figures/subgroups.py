"""The pooled values of subgroups, one below the other."""

from __future__ import annotations

from functools import partial

from ctbone.pooling.analysis import Analysis
from ctbone.pooling.figures.plates import Missing, Plate
from ctbone.pooling.figures.rows import Row, Sheet, paint, split
from ctbone.pooling.moderators.regression import Comparison
from ctbone.pooling.numerals import level, probability

_TITLE = "Subgroups"

#: Rows of one sheet; more become several.
_MOST = 80


def subgroups(analysis: Analysis) -> tuple[Plate | Missing, ...]:
    """Return the pooled values of every group of every covariate."""
    if not analysis.subgroups:
        why = (
            "No covariate splits the studies into groups that are each large enough for the model."
        )
        return (Missing(name="subgroups", title=_TITLE, why=why),)
    rows = [row for name, found in analysis.subgroups.items() for row in _rows(name, found)]
    parts = split(rows, _MOST)
    return tuple(_plate(analysis, part, i, len(parts)) for i, part in enumerate(parts, 1))


def _plate(analysis: Analysis, rows: tuple[Row, ...], number: int, parts: int) -> Plate:
    part = f", part {number} of {parts}" if parts > 1 else ""
    sheet = _sheet(analysis, (*rows, _whole(analysis)), part)
    return Plate(
        name=f"subgroups_{number}" if parts > 1 else "subgroups",
        title=f"{_TITLE}{part}",
        caption="Pooled values of the groups of each covariate, from one bivariate model a "
        "covariate in which the groups share their variances; P is of the joint likelihood-ratio "
        "test that neither margin differs. The dotted line is the pooled value of all studies.",
        alt=f"Pooled sensitivity and specificity by {', '.join(analysis.subgroups)}.",
        size_in=sheet.size_in,
        paint=partial(paint, sheet=sheet),
    )


def _rows(name: str, found: Comparison) -> list[Row]:
    test = f"{name}: {probability(found.p)}"
    groups = [
        Row(
            name=group.name,
            counts=(str(group.k),) * 2,
            values=(group.sensitivity, group.specificity),
        )
        for group in found.groups
    ]
    return [Row(name=test, style="head"), *groups]


def _whole(analysis: Analysis) -> Row:
    s = analysis.summary
    return Row(
        name="All studies",
        counts=(str(s.k),) * 2,
        values=(s.sensitivity, s.specificity),
        style="summary",
    )


def _sheet(analysis: Analysis, rows: tuple[Row, ...], part: str) -> Sheet:
    s = analysis.summary
    of = f": {analysis.target}" if analysis.target else ""
    return Sheet(
        title=f"{_TITLE}{of}{part}",
        rows=rows,
        heads=("Tables", "Tables"),
        interval=f"Value ({level(s.confidence)} interval)",
        footers=("", ""),
        pooled=(s.sensitivity.estimate, s.specificity.estimate),
    )
