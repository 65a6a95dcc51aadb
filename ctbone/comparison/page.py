"""comparison.html: what was compared, how well it did, and what that answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ctbone.comparison.accuracy_tables import accuracy_tables, number_cell, spoken
from ctbone.comparison.answers import BASELINE, Answer
from ctbone.comparison.arms import Outcome
from ctbone.comparison.plan import HU_LINE, HU_RULE, Plan
from ctbone.comparison.published import beside_the_review
from ctbone.delimited import read_rows
from ctbone.pages import (
    NOT_GIVEN,
    Block,
    Cell,
    Link,
    Note,
    Page,
    Paragraph,
    Row,
    Section,
    Table,
    render,
)
from ctbone.version import __version__

#: Name of the page, below the folder of the comparison.
PAGE = "comparison.html"

#: The questions in the review's words.
_ASKED = {
    "backbone": "DenseNet or ResNet",
    "dimensionality": "Two or three dimensions",
    "input": "A single slice or several",
    "plane": "Axial or sagittal",
    "window": "Bone or soft-tissue window",
    "reference_standard": "CT or DXA as reference",
    "validation": "Internal or external patients",
}

_BASELINES = {
    HU_RULE: "trabecular attenuation and published cut-offs, nothing fitted",
    HU_LINE: "trabecular attenuation, and one line to density fitted to the training split",
}

_FOLLOWS = (
    "Differences are the first less the second, with 95 % limits. Several questions are asked of "
    "the same patients, and no P is adjusted for that."
)

_DEPENDENT = (
    "All arms were tested on the same patients, so that their tables are not independent: limits "
    "of the pooled values say how these arms scatter, and nothing of other patients. Tables of "
    "the same patients share a study_id; the page of the pooling has the estimates that allow for "
    "that, as far as so few groups of patients carry them."
)

_SIMULATED = (
    "The patients are simulated: the figures rank what was compared under known physics, and are "
    "no accuracy of any published system."
)


def write_page(
    out: Path,
    plan: Plan,
    *,
    outcomes: Sequence[Outcome],
    answers: Sequence[Answer],
    accuracy: Sequence[Mapping[str, Any]],
    known: Mapping[str, Any],
) -> Path:
    """Write the page."""
    sections = (
        Section(title="What was compared", blocks=tuple(_compared(plan, outcomes, known))),
        Section(title="Accuracy", blocks=tuple(accuracy_tables(accuracy))),
        Section(title="Does the network beat the line?", blocks=tuple(_beaten(answers))),
        Section(title="The questions of the review", blocks=tuple(_questions(answers))),
        Section(title="Pooled", blocks=tuple(_pooled(out, known))),
        Section(title="Published systems", blocks=(beside_the_review(out, accuracy),)),
        Section(title="Provenance", blocks=(_provenance(known),)),
    )
    page = Page(
        title=plan.title,
        lead="Systems trained and tested on one cohort with equal budgets: "
        f"{plan.budget.epochs} epochs, batches of {plan.budget.batch_size}, a highest learning "
        f"rate of {plan.budget.learning_rate:g}, the same patients.",
        sections=tuple(section for section in sections if section.blocks),
        footer=f"Written by ctbone {__version__}. Research software, no medical device.",
    )
    path = out / PAGE
    path.write_text(render(page), encoding="utf-8")
    return path


def _compared(
    plan: Plan, outcomes: Sequence[Outcome], known: Mapping[str, Any]
) -> Iterator[Block]:
    if known["simulated"]:
        yield Note(_SIMULATED)
    for outcome in outcomes:
        if outcome.reason:
            yield Note(f"{outcome.name} did not end well. {outcome.reason}")
    columns = ("Arm", "Preset", "Network", "Input", "Answer", "Reference", "Training, s")
    yield Table(
        title="Arms",
        columns=columns,
        rows=tuple(_arm(outcome) for outcome in outcomes),
        note=f"Options of all: {_words(plan.options)}." if plan.options else "",
    )


def _arm(outcome: Outcome) -> Row:
    if outcome.settings is None:
        told = _BASELINES.get(outcome.name, "")
        return (outcome.name, "", told, "", "", "", NOT_GIVEN)
    head = outcome.settings.training.get("head", {})
    network, seen = head.get("network", {}), head.get("input", {})
    pooled = " pooled" if seen.get("unit") == "patient" else ""
    return (
        outcome.name,
        outcome.settings.preset,
        f"{network.get('backbone', '')}, {network.get('dimensions', '')}D",
        f"{seen.get('plane', '')}, {seen.get('window_hu', '')}, "
        f"{' '.join(outcome.settings.levels)}{pooled}",
        str(network.get("task", "")),
        outcome.settings.reference,
        number_cell(outcome.training_seconds, "{:.0f}"),
    )


def _words(options: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in options.items())


def _beaten(answers: Sequence[Answer]) -> Iterator[Block]:
    if rows := [answer for answer in answers if answer.about == BASELINE]:
        yield Paragraph(_FOLLOWS)
        for line in dict.fromkeys(answer.second for answer in rows):
            mine = [answer for answer in rows if answer.second == line]
            yield _table(f"Against {line}: {_BASELINES[line]}", mine)


def _questions(answers: Sequence[Answer]) -> Iterator[Block]:
    for about, asked in _ASKED.items():
        if mine := [answer for answer in answers if answer.about == about]:
            yield _table(asked, mine)


def _table(title: str, answers: Sequence[Answer]) -> Table:
    lost = [f"{a.first} and {a.second}, {spoken(a.split)}: {a.note}." for a in answers if a.note]
    rows = tuple(row for answer in answers for row in _difference_rows(answer))
    return Table(
        title=title,
        columns=(
            "First",
            "Second",
            "Patients of",
            "Measure",
            "First is",
            "Second is",
            "Difference",
            "P",
            "n",
            "How",
        ),
        rows=rows,
        note=" ".join(lost),
    )


def _difference_rows(answer: Answer) -> Iterator[Row]:
    for found in answer.differences:
        told = f"{found.difference.estimate:+.3f} ({found.difference.lower:+.3f} to "
        told += f"{found.difference.upper:+.3f})"
        unit = "" if found.unit == "1" else f", {found.unit}"
        target = f", {spoken(found.target)}" if found.target else ""
        yield (
            answer.first,
            answer.second,
            f"{spoken(answer.split)}, {answer.reference}",
            f"{spoken(found.measure)}{target}{unit}",
            number_cell(found.first, "{:.3f}"),
            number_cell(found.second, "{:.3f}"),
            Cell(told, found.difference.estimate),
            number_cell(found.p_value, "{:.3g}"),
            number_cell(found.n, "{:.0f}"),
            found.method,
        )


def _pooled(out: Path, known: Mapping[str, Any]) -> Iterator[Block]:
    yield Note(_DEPENDENT)
    if known["pooled"]:
        yield Note(f"Nothing is pooled: {known['pooled']}.")
        return
    rows = [cells for _, cells in read_rows(out / "pooling" / "summary.csv")]
    columns = tuple(rows[0]) if rows else ()
    if rows:
        yield Table(
            title="Pooled over all arms but the HU line",
            columns=tuple(spoken(name) for name in columns),
            rows=tuple(tuple(_short(row[name]) for name in columns) for row in rows),
        )
    yield Link(path="pooling/pooling.html", text="The whole pooling, with every covariate")


def _short(text: str) -> str | Cell:
    try:
        value = float(text)
    except ValueError:
        return text
    return Cell(f"{value:.4g}", value)


def _provenance(known: Mapping[str, Any]) -> Table:
    cohorts = known["cohorts_sha256"].items()
    rows = [("plan, SHA-256", known["plan_sha256"])]
    rows += [(f"cohort with {name}, SHA-256", digest) for name, digest in cohorts]
    return Table(title="Inputs", columns=("What", "Is"), rows=tuple(rows), sortable=False)
