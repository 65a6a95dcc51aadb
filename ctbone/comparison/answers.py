"""Every question of a plan, answered split by split; and every arm against the HU line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ctbone.cohort import Split, read_cohort
from ctbone.comparison.arms import Outcome
from ctbone.comparison.contrasts import Tested, linked, paired, unpaired
from ctbone.comparison.differences import Difference
from ctbone.comparison.material import Material
from ctbone.comparison.plan import HU_LINE, HU_RULE, Question, Reference

#: Splits that no arm learns from.
TESTS: tuple[Split, ...] = ("internal_test", "temporal_test", "external_test")

#: What asks whether an arm beats the HU line.
BASELINE = "baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Two sides of a question on the patients of a split.

    Attributes:
        about: The covariate of the review, or ``baseline``.
        first: Name of the first side.
        second: Name of the second.
        split: Of the patients; both where the question is about them.
        reference: Reference of the patients; both where the question is about it.
        differences: What was found, measure by measure.
        note: Why nothing was; empty where something was.
    """

    about: str
    first: str
    second: str
    split: str
    reference: str
    differences: tuple[Difference, ...]
    note: str = ""


def splits_of(material: Material) -> tuple[Split, ...]:
    """Return the splits that arms are tested on, of those that any cohort has."""
    found = {row.split for path in material.cohorts.values() for row in read_cohort(path)}
    return tuple(split for split in TESTS if split in found)


def answer_all(
    questions: Sequence[Question], outcomes: Mapping[str, Outcome], material: Material
) -> list[Answer]:
    """Answer the questions whose arms were run."""
    answers: list[Answer] = []
    for question in questions:
        names = [name for name in (question.first, question.second) if name]
        if any(name not in outcomes for name in names):
            continue
        if lost := [name for name in names if outcomes[name].results is None]:
            answers.append(_unanswered(question, f"{lost[0]} did not end well"))
            continue
        answers += _answers(question, [outcomes[name] for name in names], material)
    return answers


def against_baselines(outcomes: Mapping[str, Outcome], material: Material) -> list[Answer]:
    """Lay every arm beside the HU line, and beside published cut-offs, on the same patients."""
    lines = [outcomes[name] for name in (HU_LINE, HU_RULE) if name in outcomes]
    arms = [one for one in outcomes.values() if not one.is_baseline and one.results]
    return [
        _paired(BASELINE, arm, line, split, material)
        for arm in arms
        for line in lines
        if line.results
        for split in splits_of(material)
    ]


def _answers(question: Question, sides: Sequence[Outcome], material: Material) -> Iterator[Answer]:
    if question.about == "validation":
        yield from _by_validation(question, sides[0], material)
        return
    for split in splits_of(material):
        if _reference(sides[0]) == _reference(sides[1]):
            yield _paired(question.about, sides[0], sides[1], split, material)
        else:
            yield _across(question.about, sides[0], sides[1], split, material)


def _reference(outcome: Outcome) -> Reference:
    # An arm of a plan has one; the HU line, which has several, is no side of a question.
    return next(iter(outcome.evaluations))


def _tested(outcome: Outcome, material: Material) -> Tested:
    assert outcome.results is not None  # noqa: S101 - callers have asked
    return Tested(outcome.results, material.cohorts[_reference(outcome)])


def _paired(
    about: str, first: Outcome, second: Outcome, split: Split, material: Material
) -> Answer:
    ours = _tested(first, material)
    assert second.results is not None  # noqa: S101 - callers have asked
    found = tuple(paired(ours, second.results, split))
    return Answer(
        about=about,
        first=first.name,
        second=second.name,
        split=split,
        reference=_reference(first),
        differences=found,
        note="" if found else "no patient has a result of both and a reference",
    )


def _across(
    about: str, first: Outcome, second: Outcome, split: Split, material: Material
) -> Answer:
    """Compare two arms that are each tested against a reference of its own."""
    sides = [linked(_tested(one, material), split) for one in (first, second)]
    found = unpaired(sides[0][0], sides[1][0]) if sides[0] and sides[1] else []
    return Answer(
        about=about,
        first=first.name,
        second=second.name,
        split=split,
        reference=f"{_reference(first)} and {_reference(second)}",
        differences=tuple(found),
        note="" if found else "a side has no patient with a result and a reference",
    )


def _by_validation(question: Question, arm: Outcome, material: Material) -> Iterator[Answer]:
    inside, outside = (
        linked(_tested(arm, material), split) for split in ("internal_test", "external_test")
    )
    found = unpaired(inside[0], outside[0]) if inside and outside else []
    yield Answer(
        about=question.about,
        first=f"{arm.name}, internal_test",
        second=f"{arm.name}, external_test",
        split="internal_test and external_test",
        reference=_reference(arm),
        differences=tuple(found),
        note="" if found else "a split has no patient with a result and a reference",
    )


def _unanswered(question: Question, why: str) -> Answer:
    return Answer(
        about=question.about,
        first=question.first,
        second=question.second or question.first,
        split="",
        reference="",
        differences=(),
        note=why,
    )
