"""comparison.html: what was compared, how well it did, and what that answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ctbone import __version__
from ctbone.comparison.answers import BASELINE, Answer
from ctbone.comparison.arms import Outcome
from ctbone.comparison.plan import HU_LINE, HU_RULE, Plan
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
    "one arm count as one study; the page of the pooling has the estimates that allow for that."
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
        Section(title="Accuracy", blocks=tuple(_accuracy(accuracy))),
        Section(title="Does the network beat the line?", blocks=tuple(_beaten(answers))),
        Section(title="The questions of the review", blocks=tuple(_questions(answers))),
        Section(title="Pooled", blocks=tuple(_pooled(out, known))),
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
        _cell(outcome.training_seconds, "{:.0f}"),
    )


def _words(options: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in options.items())


def _accuracy(accuracy: Sequence[Mapping[str, Any]]) -> Iterator[Block]:
    rows = [row for row in accuracy if "target" in row]
    for split in dict.fromkeys(row["split"] for row in rows):
        yield Table(
            title=f"{_spoken(split)}: categories",
            columns=(
                "Arm",
                "Reference",
                "Target",
                "Patients",
                "Without result",
                "Sensitivity",
                "Specificity",
                "AUC",
            ),
            rows=tuple(
                (
                    *(str(row[name]) for name in ("arm", "reference")),
                    _spoken(row["target"]),
                    *(Cell(str(row[name]), row[name]) for name in ("n", "nonevaluable")),
                    *(_estimate(row, name) for name in ("sensitivity", "specificity", "auc")),
                )
                for row in rows
                if row["split"] == split
            ),
        )
        measured = {(r["arm"], r["reference"]): r for r in rows if r["split"] == split}
        if of_split := tuple(_measured(r) for r in measured.values() if "mae" in r):
            yield Table(
                title=f"{_spoken(split)}: densities and T-scores",
                columns=(
                    "Arm",
                    "Patients",
                    "Unit",
                    "Mean absolute error",
                    "Bias",
                    "Limits of agreement",
                    "Within the 90 % interval",
                ),
                rows=of_split,
            )


def _measured(row: Mapping[str, Any]) -> Row:
    agreed = f"{row['lower_limit']:.2f} to {row['upper_limit']:.2f}"
    return (
        str(row["arm"]),
        Cell(str(row["n_measured"]), row["n_measured"]),
        str(row["unit"]),
        _estimate(row, "mae"),
        _estimate(row, "bias"),
        Cell(agreed, row["upper_limit"] - row["lower_limit"]),
        _estimate(row, "interval_coverage"),
    )


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
    lost = [f"{a.first} and {a.second}, {_spoken(a.split)}: {a.note}." for a in answers if a.note]
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
        target = f", {_spoken(found.target)}" if found.target else ""
        yield (
            answer.first,
            answer.second,
            f"{_spoken(answer.split)}, {answer.reference}",
            f"{_spoken(found.measure)}{target}{unit}",
            _cell(found.first, "{:.3f}"),
            _cell(found.second, "{:.3f}"),
            Cell(told, found.difference.estimate),
            _cell(found.p_value, "{:.3g}"),
            _cell(found.n, "{:.0f}"),
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
            columns=tuple(_spoken(name) for name in columns),
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


def _estimate(row: Mapping[str, Any], name: str) -> Cell:
    if row.get(name) is None:
        return NOT_GIVEN
    lower, upper = row[f"{name}_lower"], row[f"{name}_upper"]
    return Cell(f"{row[name]:.2f} ({lower:.2f} to {upper:.2f})", row[name])


def _cell(value: float | None, form: str) -> Cell:
    return NOT_GIVEN if value is None else Cell(form.format(value), float(value))


def _spoken(name: str) -> str:
    return name.replace("_", " ")
