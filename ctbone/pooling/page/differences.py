"""Tables of how much the studies differ, and by what."""

from __future__ import annotations

from ctbone.pages import NOT_GIVEN, Cell, Row, Table
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.heterogeneity import Spread
from ctbone.pooling.homogeneity import Homogeneity
from ctbone.pooling.moderators.regression import Comparison
from ctbone.pooling.moderators.slopes import Slope, Trend
from ctbone.pooling.numerals import level
from ctbone.pooling.page.cells import limits, number, p_value, percentage, share
from ctbone.records import Interval


def tests(analysis: Analysis) -> Table | None:
    """Return the tests of homogeneity and the shares of variation; ``None`` for one table."""
    found = analysis.heterogeneity
    named = (
        ("Sensitivity, Pearson", found.sensitivity),
        ("Specificity, Pearson", found.specificity),
        ("No variation at all, likelihood ratio", found.variation),
        ("Joint, as MIDAS prints it", found.midas_joint),
    )
    rows = [_test(name, test) for name, test in named if test and test.df]
    if (zhou := found.zhou_dendukuri) is not None:
        pairs = (
            ("Sensitivity", zhou.sensitivity),
            ("Specificity", zhou.specificity),
            ("Joint", zhou.joint),
        )
        rows += [(f"{name}, Zhou and Dendukuri", "", "", "", percentage(v)) for name, v in pairs]
    if not rows:
        return None
    return Table(
        title="Tests and shares",
        columns=("What", "Q or chi\u00b2", "df", "P", "I\u00b2"),
        rows=tuple(rows),
        sortable=False,
    )


def variances(analysis: Analysis) -> Table | None:
    """Return what the model says about variation between studies; ``None`` without a model."""
    fit, detail = analysis.summary.fit, analysis.detail
    if fit is None or detail is None:
        return None
    first, second = detail.prediction
    found = analysis.heterogeneity
    share_of = found.threshold.share
    rows: tuple[Row, ...] = (
        ("Variance of the logits", *(number(float(fit.between[m, m])) for m in (0, 1)), ""),
        ("Correlation of the logits", "", "", _or_not(fit.correlation)),
        ("Prediction interval", limits(first), limits(second), ""),
        *_spreads(found.spread_sensitivity, found.spread_specificity),
        (
            "Share that a threshold could explain",
            "",
            "",
            NOT_GIVEN if share_of is None else percentage(100.0 * share_of),
        ),
        ("Log-likelihood", "", "", number(fit.log_likelihood)),
    )
    return Table(
        title=f"Between studies, with {level(analysis.summary.confidence)} intervals",
        columns=("What", "Sensitivity", "Specificity", "Both"),
        rows=rows,
        sortable=False,
    )


def subgroups(analysis: Analysis) -> Table:
    """Return pooled values a group and the tests a covariate."""
    rows = [row for name, found in analysis.subgroups.items() for row in _groups(name, found)]
    head = ("Covariate", "Subgroup", "Tables", "Patients")
    tested = ("Sensitivity", "P", "Specificity", "P", "Joint chi\u00b2", "df", "P", "I\u00b2")
    return Table(
        title="Pooled values of subgroups",
        columns=(*head, *tested),
        rows=tuple(rows),
        note="The P beside a margin is of that margin alone; chi\u00b2, df, P and I\u00b2 are of "
        "the joint likelihood-ratio test. All tests are of the covariate and the same for its "
        "groups, unadjusted for the number of covariates.",
    )


def trends(analysis: Analysis) -> Table:
    """Return how the logits move with covariates that are numbers."""
    rows = [_trend(name, found) for name, found in analysis.trends.items()]
    margins = ("Slope, sensitivity", "P", "Slope, specificity", "P")
    return Table(
        title="Regression on numbers",
        columns=("Covariate", "Tables", "From", "To", *margins, "Joint chi\u00b2", "df", "P"),
        rows=tuple(rows),
        note="Slopes are changes of the logit for one unit of the covariate.",
    )


def _test(name: str, test: Homogeneity) -> Row:
    share_of = percentage(test.i2)
    if test.i2_lower is not None and test.i2_upper is not None:
        reach = f"({test.i2_lower:.1f} to {test.i2_upper:.1f})"
        share_of = Cell(f"{share_of.text} {reach}", test.i2)
    return (name, Cell(f"{test.q:.1f}", test.q), Cell(f"{test.df}"), p_value(test.p), share_of)


def _or_not(value: float | None) -> Cell:
    return NOT_GIVEN if value is None else number(value)


def _spreads(first: Spread | None, second: Spread | None) -> tuple[Row, ...]:
    pair = (first, second)
    ratios = [_plain(s.median_odds_ratio) if s else NOT_GIVEN for s in pair]
    return (
        ("Intraclass correlation", *(share(s.icc if s else None) for s in pair), ""),
        ("Median odds ratio", *ratios, ""),
    )


def _plain(value: Interval) -> Cell:
    return Cell(f"{value:.2f}", value.estimate)


def _groups(name: str, found: Comparison) -> list[Row]:
    joint = (
        Cell(f"{found.chi2:.2f}", found.chi2),
        Cell(f"{found.df}", found.df),
        p_value(found.p),
        percentage(found.i2),
    )
    first, second = p_value(found.p_sensitivity), p_value(found.p_specificity)
    return [
        (
            name,
            group.name,
            Cell(f"{group.k}", group.k),
            Cell(f"{group.patients:,}", group.patients),
            share(group.sensitivity),
            first,
            share(group.specificity),
            second,
            *joint,
        )
        for group in found.groups
    ]


def _trend(name: str, found: Trend) -> Row:
    return (
        name,
        Cell(f"{found.k}", found.k),
        number(found.lowest),
        number(found.highest),
        *_slope(found.sensitivity),
        *_slope(found.specificity),
        Cell(f"{found.chi2:.2f}", found.chi2),
        Cell(f"{found.df}", found.df),
        p_value(found.p),
    )


def _slope(found: Slope) -> tuple[Cell, Cell]:
    return Cell(f"{found.slope:.3g}", found.slope.estimate), p_value(found.p)
