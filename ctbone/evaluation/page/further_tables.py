"""Tables of the page that go beyond one 2x2 table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.measures.accuracy import DiagnosticAccuracy
from ctbone.evaluation.measures.comparison import Comparison, TargetComparison
from ctbone.evaluation.measures.cutoffs import CutoffSweep
from ctbone.evaluation.measures.thresholds import ThresholdReport
from ctbone.evaluation.page.cells import count, number, p_value, plain, ratio, share
from ctbone.evaluation.scales import spoken
from ctbone.pages import Cell, Row, Table
from ctbone.plurals import counted
from ctbone.records import ContingencyTable

_CELLS = ("TP", "FP", "FN", "TN")

_BOTH = ("Sensitivity, %", "Specificity, %")


def intention(assessments: Iterable[Assessment]) -> Table:
    """Return the tables in which a patient without a result is a wrong answer."""
    rows: list[Row] = [
        (
            plain(assessment.name),
            spoken(target),
            count(found.intention.nonevaluable_diseased),
            count(found.intention.nonevaluable_healthy),
            *_counts(found.intention.table),
            *_both(found.intention.accuracy),
        )
        for assessment in assessments
        for target, found in assessment.targets.items()
    ]
    lost = ("Diseased, no result", "Healthy, no result")
    return Table(
        title="By intention to diagnose",
        columns=("Patients", "Target", *lost, *_CELLS, *_BOTH),
        rows=tuple(rows),
        note="A diseased patient without a result counts as a false negative, a healthy one as a "
        "false positive (Schuetz et al., BMJ 2012;345:e6717).",
    )


def predictive(assessment: Assessment) -> Table:
    """Return predictive values at the prevalences that were asked for."""
    rows: list[Row] = [
        (
            spoken(target),
            Cell(f"{100 * values.prevalence:g} %", values.prevalence),
            share(values.ppv),
            share(values.npv),
        )
        for target, found in assessment.targets.items()
        for values in found.predictive
    ]
    heads = ("Positive predictive value, %", "Negative predictive value, %")
    return Table(
        title=f"Predictive values at other prevalences: {assessment.name}",
        columns=("Target", "Prevalence", *heads),
        rows=tuple(rows),
        note="Limits of the logit (Mercaldo et al., Stat Med 2007;26:2170).",
    )


def indeterminate(assessment: Assessment) -> Table:
    """Return the tables with results whose limits straddle a cut-off treated otherwise."""
    rows: list[Row] = [
        (spoken(target), name.replace("_", " "), *_counts(table), *_both(told))
        for target, found in assessment.targets.items()
        if (held := found.indeterminate) is not None
        for (name, table), told in zip(held.tables.items(), held.accuracy, strict=True)
    ]
    return Table(
        title=f"Indeterminate results treated otherwise: {assessment.name}",
        columns=("Target", "Indeterminate results", *_CELLS, *_BOTH),
        rows=tuple(rows),
        note="Indeterminate: the limits of the estimate straddle a cut-off.",
    )


def cutoffs(found: CutoffSweep, target: str) -> Table:
    """Return the table at every cut-off that was tried."""
    side = "above" if found.is_above else "below"
    rule = "" if found.rule_cut_off is None else f" {found.rule} cuts at {found.rule_cut_off:g}."
    return Table(
        title=f"{target}: positive {side} other cut-offs of {found.quantity}",
        columns=("Cut-off", *_CELLS, *_BOTH),
        rows=tuple(
            (
                Cell(f"{row.cut_off:g}", row.cut_off),
                *_counts(row.table),
                share(row.sensitivity),
                share(row.specificity),
            )
            for row in found.rows
        ),
        note=f"A cut-off that is chosen on these patients is not tested by them.{rule}",
    )


def reference_cutoffs(assessment: Assessment) -> Table:
    """Return the tables under other cut-offs of the reference standard."""
    rows: list[Row] = [
        (
            f"{found.rule.name} ({found.rule.osteoporosis_below:g}, {found.rule.normal_above:g})",
            spoken(target),
            count(found.changed),
            *_counts(table),
            *_both(found.accuracy[target]),
        )
        for found in assessment.reference_changes
        for target, table in found.tables.items()
    ]
    return Table(
        title=f"Other cut-offs of the reference standard: {assessment.name}",
        columns=("Cut-offs", "Target", "Categories that change", *_CELLS, *_BOTH),
        rows=tuple(rows),
        note="The index test stays as it was.",
    )


def thresholds(reports: Sequence[tuple[str, ThresholdReport]]) -> Table:
    """Return what a cut-off does on test patients that was chosen on others."""
    chosen = reports[0][1].threshold
    wanted = f"{100 * chosen.wanted:g} %"
    return Table(
        title=f"A cut-off for a sensitivity of {wanted} for {spoken(chosen.target)}",
        columns=("Test patients", *_CELLS, *_BOTH, "Without a value"),
        rows=tuple(
            (
                plain(group),
                *_counts(report.table),
                *_both(report.accuracy),
                count(report.without_value),
            )
            for group, report in reports
        ),
        note=f"Chosen on the validation split alone: {chosen.basis}",
    )


def comparison(found: Comparison) -> Table:
    """Return how two index tests differ."""
    rows = [
        row for target, told in found.targets.items() for row in _compared(spoken(target), told)
    ]
    notes = [f"{spoken(t)}: {note}" for t, told in found.targets.items() for note in told.notes]
    alone = f"Compared: {counted(found.patients, 'patient')} with a result of both."
    return Table(
        title="This index test minus the other, in the same patients",
        columns=("Target", "Quantity", "This", "Other", "Difference", "P"),
        rows=tuple(rows),
        note=" ".join(
            [
                alone,
                f"Without a result of this one: {found.nonevaluable_first}; of the other: "
                f"{found.nonevaluable_second}.",
                f"Compared on two studies of a patient: {found.other_study}.",
                "Sensitivity and specificity by McNemar's test (mid-P), areas by DeLong's.",
                *notes,
            ]
        ),
        sortable=False,
    )


def _compared(target: str, told: TargetComparison) -> Iterable[Row]:
    for name, found in (("sensitivity", told.sensitivity), ("specificity", told.specificity)):
        if found is not None:
            ours, theirs = number(100.0 * found.first, 1), number(100.0 * found.second, 1)
            p = p_value(found.p_mid)
            yield target, f"{name}, %", ours, theirs, share(found.difference), p
    if (area := told.auc) is not None:
        p = p_value(area.p_value)
        both = (ratio(area.first), ratio(area.second))
        yield target, "area under the curve", *both, ratio(area.difference), p


def _counts(table: ContingencyTable) -> tuple[Cell, Cell, Cell, Cell]:
    return (
        count(table.true_positives),
        count(table.false_positives),
        count(table.false_negatives),
        count(table.true_negatives),
    )


def _both(found: DiagnosticAccuracy) -> tuple[Cell, Cell]:
    return share(found.sensitivity), share(found.specificity)
