"""comparison.csv, questions.csv and comparison.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ctbone.cohort import Split
from ctbone.comparison.answers import Answer, splits_of
from ctbone.comparison.arms import Outcome
from ctbone.comparison.contrasts import Tested, linked
from ctbone.comparison.material import Material
from ctbone.confidence import wilson
from ctbone.delimited import write_rows
from ctbone.evaluation import Case

_Row = dict[str, object]

_ACCURACY = ("sensitivity", "specificity", "auc")
_AGREEMENT = ("mae", "bias", "lower_limit", "upper_limit")
_ENDS = {"estimate": "", "lower": "_lower", "upper": "_upper"}

_COLUMNS = (
    "arm", "preset", "split", "reference", "target", "n", "nonevaluable", "tp", "fp", "fn", "tn",
    *(f"{name}{end}" for name in _ACCURACY for end in _ENDS.values()),
    "unit", "n_measured",
    *(f"{name}{end}" for name in _AGREEMENT for end in _ENDS.values()),
    "interval_n", "interval_coverage", "interval_coverage_lower", "interval_coverage_upper",
    "training_seconds", "note",
)  # fmt: skip

_QUESTION_COLUMNS = (
    "question", "first", "second", "split", "reference", "target", "measure", "first_value",
    "second_value", "difference", "lower", "upper", "p_value", "n", "unit", "method", "note",
)  # fmt: skip

#: Where evaluation.json holds what a head measured, the unit, and the columns of its 90 % limits.
_MEASURED = (
    ("density", "mg/cm3", "bmd_mg_cm3", "bmd_lower_mg_cm3", "bmd_upper_mg_cm3"),
    ("t_score", "SD", "t_score", "t_score_lower", "t_score_upper"),
)


def accuracy_rows(outcomes: Sequence[Outcome], material: Material) -> list[_Row]:
    """Return a row an arm, reference, split and target; one with its reason for an arm without."""
    rows: list[_Row] = []
    for outcome in outcomes:
        preset = outcome.settings.preset if outcome.settings else ""
        known: _Row = {"arm": outcome.name, "preset": preset}
        if outcome.results is None:
            rows.append(known | {"note": outcome.reason})
            continue
        known["training_seconds"] = outcome.training_seconds
        for reference, folder in outcome.evaluations.items():
            text = (folder / "evaluation.json").read_text(encoding="utf-8")
            groups = json.loads(text)["groups"]
            tested = Tested(outcome.results, material.cohorts[reference])
            for split in splits_of(material):
                if split in groups:
                    of_split = _split_row(groups[split], tested, split)
                    shared = known | {"split": split, "reference": reference} | of_split
                    rows += [shared | row for row in _target_rows(groups[split])]
    return rows


def _target_rows(group: Mapping[str, Any]) -> Iterator[_Row]:
    for target, found in group["targets"].items():
        row: _Row = {"target": target} | {name: found[name] for name in ("tp", "fp", "fn", "tn")}
        for name in _ACCURACY:
            row |= _limits(name, found[name])
        yield row


def _split_row(group: Mapping[str, Any], tested: Tested, split: Split) -> _Row:
    row: _Row = {"n": group["patients"], "nonevaluable": group["nonevaluable"]}
    for holder, unit, quantity, lower, upper in _MEASURED:
        if (found := group[holder]) is None:
            continue
        row |= {"unit": unit, "n_measured": found["n"]}
        for name in _AGREEMENT:
            row |= _limits(name, found[name])
        sides = linked(tested, split)
        row |= _coverage(sides[0].cases if sides else (), quantity, lower, upper)
    return row


def _coverage(cases: Sequence[Case], quantity: str, lower: str, upper: str) -> _Row:
    """Return the share of the reference results that lie within the 90 % limits."""
    limits = [
        (getattr(c.result, lower), getattr(c.reference, quantity), getattr(c.result, upper))
        for c in cases
    ]
    known = [found for found in limits if None not in found]
    inside = sum(low <= value <= high for low, value, high in known)
    share = wilson(inside, len(known))
    row: _Row = {"interval_n": len(known)}
    return row | _limits("interval_coverage", asdict(share) if share else None)


def _limits(name: str, found: Mapping[str, Any] | None) -> _Row:
    return {f"{name}{end}": found[key] for key, end in _ENDS.items()} if found else {}


def question_rows(answers: Sequence[Answer]) -> list[_Row]:
    """Return a row a question, split, target and measure; one with a note where none was had."""
    return [row for answer in answers for row in _answer_rows(answer)]


def _answer_rows(answer: Answer) -> Iterator[_Row]:
    known: _Row = {
        "question": answer.about,
        "first": answer.first,
        "second": answer.second,
        "split": answer.split,
        "reference": answer.reference,
    }
    if not answer.differences:
        yield known | {"note": answer.note}
    for found in answer.differences:
        yield known | {
            "target": found.target,
            "measure": found.measure,
            "first_value": found.first,
            "second_value": found.second,
            "difference": found.difference.estimate,
            "lower": found.difference.lower,
            "upper": found.difference.upper,
            "p_value": found.p_value,
            "n": found.n,
            "unit": found.unit,
            "method": found.method,
        }


def write_tables(
    out: Path,
    *,
    accuracy: Sequence[_Row],
    questions: Sequence[_Row],
    known: Mapping[str, object],
) -> None:
    """Write both tables, and both as JSON with what is known of the comparison."""
    write_rows(out / "comparison.csv", _COLUMNS, accuracy)
    write_rows(out / "questions.csv", _QUESTION_COLUMNS, questions)
    document = {**known, "arms": list(accuracy), "questions": list(questions)}
    text = json.dumps(document, indent=2, allow_nan=False) + "\n"
    (out / "comparison.json").write_text(text, encoding="utf-8")
