"""Tables of the page about accuracy: of the groups, their subgroups, and what is told of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.checklist import Answer, Checklist
from ctbone.evaluation.flow import Flow
from ctbone.evaluation.linking import ByReference
from ctbone.evaluation.page.cells import count, plain, ratio, share
from ctbone.evaluation.quantities import QUANTITIES, quantity
from ctbone.evaluation.reviewing import ReviewFlow
from ctbone.evaluation.scales import CATEGORIES, Category, spoken
from ctbone.evaluation.subgroups import SubgroupAccuracy
from ctbone.pages import Cell, Row, Table
from ctbone.plurals import counted
from ctbone.records import Interval

#: Quantities that are shown in percent.
_SHARES = frozenset(
    {"sensitivity", "specificity", "ppv", "npv", "accuracy", "balanced_accuracy", "prevalence"}
)

_NAMES = {
    "sensitivity": "Sensitivity, %",
    "specificity": "Specificity, %",
    "ppv": "Positive predictive value, %",
    "npv": "Negative predictive value, %",
    "accuracy": "Accuracy, %",
    "balanced_accuracy": "Balanced accuracy, %",
    "prevalence": "Prevalence, %",
    "lr_positive": "Positive likelihood ratio",
    "lr_negative": "Negative likelihood ratio",
    "dor": "Diagnostic odds ratio",
    "f1": "F1",
    "youden": "Youden's J",
    "auc": "Area under the curve",
    "auc_bootstrap": "Area, patients resampled, percentiles",
    "auc_bca": "Area, patients resampled, corrected",
    "brier": "Brier score",
    "calibration_intercept": "Calibration in the large",
    "calibration_slope": "Calibration slope",
}


def headline(assessments: Sequence[Assessment], confidence: float) -> Table:
    """Return sensitivity, specificity and area of every group and target."""
    rows = [
        (
            plain(assessment.name),
            spoken(target),
            count(len(assessment.cases)),
            count(len(assessment.cases) - assessment.matrix.total),
            share(found.accuracy.sensitivity),
            share(found.accuracy.specificity),
            ratio(found.auc),
        )
        for assessment in assessments
        for target, found in assessment.targets.items()
    ]
    heads = ("Sensitivity, %", "Specificity, %", "Area under the curve")
    return Table(
        title="Accuracy by patient",
        columns=("Patients", "Target", "Number", "No result", *heads),
        rows=tuple(rows),
        note=f"{100 * confidence:g} % limits in brackets. Each target is told from all "
        "other categories; patients without a result are outside these figures.",
    )


def targets(assessment: Assessment, confidence: float) -> Table:
    """Return every quantity of a group, a column a target."""
    found = assessment.targets.values()
    rows: list[Row] = [
        (name, *(count(getattr(target.table, field)) for target in found))
        for name, field in (
            ("True positives", "true_positives"),
            ("False positives", "false_positives"),
            ("False negatives", "false_negatives"),
            ("True negatives", "true_negatives"),
        )
    ]
    for name in QUANTITIES:
        values = [quantity(target, name) for target in found]
        if any(values):
            rows.append((_NAMES.get(name, name), *(_shown(name, value) for value in values)))
    notes = [
        f"{spoken(target)}: {note}"
        for target, one in assessment.targets.items()
        for note in (*one.accuracy.notes, one.auc_note)
        if note
    ]
    return Table(
        title=f"Each target against the rest: {plain(assessment.name)}",
        columns=("Quantity", *(spoken(target) for target in assessment.targets)),
        rows=tuple(rows),
        note=" ".join([f"{100 * confidence:g} % limits in brackets.", *notes]),
        sortable=False,
    )


def matrix(assessment: Assessment) -> Table:
    """Return the index test by the reference standard."""
    found = assessment.matrix
    counts = zip(CATEGORIES, found.counts, found.nonevaluable, strict=True)
    return Table(
        title=f"Index test in columns, reference standard in rows: {plain(assessment.name)}",
        columns=("Reference standard", *(spoken(c) for c in found.classes), "no result", "all"),
        rows=tuple(
            (category.value, *map(count, row), count(lost), count(sum(row) + lost))
            for category, row, lost in counts
        ),
        sortable=False,
    )


def reasons(flow: Flow) -> Table:
    """Return why patients have no result, by their reference category."""
    return Table(
        title="Patients without a result of the index test, by reason and reference standard",
        columns=("Reason", *(category.value for category in CATEGORIES), "all"),
        rows=tuple(
            (reason.replace("_", " "), *map(count, counts), count(sum(counts)))
            for reason, counts in flow.no_result.items()
        ),
    )


def review(found: ReviewFlow) -> Table:
    """Return what a reviewer said of the patients, by their reference category."""
    rows: dict[str, ByReference] = {
        **found.verdicts,
        "result taken out by the review": found.taken,
        "of these, against the reference": found.contradicted,
    }
    return Table(
        title="Verdicts of a reviewer, by reference standard",
        columns=("Verdict", *(category.value for category in CATEGORIES), "all"),
        rows=tuple(
            (name, *map(count, counts), count(sum(counts))) for name, counts in rows.items()
        ),
        note="Results that were rejected, or measured at levels which the reviewer calls "
        "otherwise, are outside the ordinary tables, and wrong by intention to diagnose. A "
        "reviewer who knows the reference, or judges by the answer of the test, biases accuracy: "
        "compare with an evaluation without the review.",
        sortable=False,
    )


def subgroups(rows: Iterable[SubgroupAccuracy], target: Category, group: str) -> Table:
    """Return accuracy for one target in every subgroup."""
    return Table(
        title=f"Subgroups of {group}: {spoken(target)}",
        columns=(
            *("Covariate", "Value", "Number", "No result", "Sensitivity, %", "Specificity, %"),
            *("Area under the curve", "To know"),
        ),
        rows=tuple(
            (
                found.subgroup.covariate,
                plain(found.subgroup.value),
                count(found.patients),
                count(found.nonevaluable),
                share(found.sensitivity),
                share(found.specificity),
                ratio(found.auc),
                found.caution,
            )
            for found in rows
            if found.target is target
        ),
        note="Subgroups were not tested against each other. Those of one covariate add up to all "
        "patients; of the levels each holds all. subgroups.csv holds those of every split.",
    )


def checklist(filled: Checklist, answers: Sequence[Answer]) -> Table:
    """Return a checklist with what the run says to it."""
    return Table(
        title=filled.name,
        columns=("Item", "Topic", "State", "What the run says", "What is left to the authors"),
        rows=tuple(
            (
                answer.item.item,
                f"{answer.item.section}: {answer.item.topic}",
                answer.state,
                answer.text,
                answer.authors_add,
            )
            for answer in answers
        ),
        note=f"{filled.source}. {filled.verified}",
        sortable=False,
    )


def checklist_states(filled: Sequence[tuple[Checklist, Sequence[Answer]]]) -> Table:
    """Return how much of each checklist is answered."""
    rows: list[Row] = []
    for one, answers in filled:
        states = [answer.state for answer in answers]
        found = (states.count(state) for state in ("answered", "in part", "open"))
        rows.append((one.name, *map(count, found), count(len(states))))
    return Table(
        title="Items by state",
        columns=("Checklist", "answered by the run", "in part", "left to the authors", "items"),
        rows=tuple(rows),
        sortable=False,
    )


def provenance(facts: Iterable[tuple[str, str]]) -> Table:
    """Return facts as a table."""
    return Table(
        title="What the run knows", columns=("About", "Fact"), rows=tuple(facts), sortable=False
    )


def _shown(name: str, value: Interval | None) -> Cell:
    return share(value) if name in _SHARES else ratio(value)


def title_of(assessment: Assessment) -> str:
    """Name a group with its number."""
    return f"{plain(assessment.name)}, {counted(len(assessment.cases), 'patient')}"
