"""review.csv: what a person said of studies after looking at their pictures.

A row a study, in the columns of ``REVIEW_COLUMNS``. A study is accepted, rejected, or its
vertebrae have other names: ``relabel`` holds ``OLD=NEW`` for each that has, with spaces between,
levels as in vertebrae.csv. NEW may be ``none``: that vertebra must not be measured. What is not
listed keeps its name. Studies without a verdict have no row.

``note`` and ``reviewer`` are of people: no message repeats them, and no other file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Literal, get_args

from ctbone.anatomy import VertebralLevel
from ctbone.delimited import read_rows

VerdictWord = Literal["accept", "reject", "relabel"]

#: Other names of vertebrae; ``None`` for one that must not be measured.
NewNames = Mapping[VertebralLevel, VertebralLevel | None]

#: What stands for no name.
_NONE = "none"

#: Characters of a cell that a message repeats.
_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a person said of one study.

    Attributes:
        study_uid: StudyInstanceUID.
        verdict: ``accept``, ``reject`` or ``relabel``.
        relabel: New names by those that the reviewer was shown; empty but for ``relabel``.
        note: Free text of the reviewer.
        reviewer: Initials; may be empty.
        reviewed_on: When.

    Raises:
        ValueError: If names come without ``relabel`` or lack with it, or two vertebrae get one.
    """

    study_uid: str
    verdict: VerdictWord
    relabel: NewNames = field(default_factory=dict)
    note: str = field(default="", repr=False)
    reviewer: str = field(default="", repr=False)
    reviewed_on: date

    def __post_init__(self) -> None:
        if (self.verdict == "relabel") != bool(self.relabel):
            found = f"{len(self.relabel)} with {self.verdict}"
            raise ValueError(f"expected new names with the verdict relabel alone, found {found}")
        new = [level.name for level in self.relabel.values() if level is not None]
        if twice := sorted({name for name in new if new.count(name) > 1}):
            raise ValueError(f"expected another name for each, found {', '.join(twice)} twice")

    def name_of(self, level: VertebralLevel) -> VertebralLevel | None:
        """Return what a vertebra is to be called; ``None`` where it must not be measured."""
        return self.relabel.get(level, level)

    @property
    def changes(self) -> tuple[tuple[str, str], ...]:
        """What it changes about a study, in an order of its own; nothing where it is accepted."""
        if self.verdict == "relabel":
            pairs = ((old.name, new.name if new else _NONE) for old, new in self.relabel.items())
            return tuple(sorted(pairs))
        return (("study", self.verdict),) if self.verdict == "reject" else ()


#: The columns of review.csv, in order.
REVIEW_COLUMNS = tuple(item.name for item in fields(Verdict))


def read_review(path: Path) -> dict[str, Verdict]:
    """Read the verdicts of a review by StudyInstanceUID.

    Raises:
        ValueError: If a column is missing, a cell is not what its column holds or a study stands
            twice; the message names the file, the line and the column.
    """
    # Under an alias messages quote no header: without one, the first line can be a note.
    table = read_rows(path, required=REVIEW_COLUMNS, alias=path.name)
    first: dict[str, int] = {}
    found: dict[str, Verdict] = {}
    for line, cells in table:
        if (before := first.setdefault(cells["study_uid"], line)) != line:
            lines = f"line {before} and line {line}"
            raise ValueError(f"{path.name}: a study must stand once, {lines} are of one")
        try:
            verdict = _verdict(cells)
        except ValueError as fault:
            raise ValueError(f"{path.name}, line {line}, {fault}") from None
        found[verdict.study_uid] = verdict
    return found


def counted_rows(rows: int, *, idle: Mapping[str, int]) -> list[str]:
    """Say how many rows of a review count; nothing where it has none.

    Args:
        rows: How many it has.
        idle: How many of them count for nothing, by what their studies are.
    """
    if not rows:
        return []
    told = [f"{number} of studies {what}" for what, number in idle.items() if number]
    aside = f" (for nothing: {', '.join(told)})" if told else ""
    return [f"{rows - sum(idle.values())} of {rows} rows of the review count{aside}"]


def _verdict(cells: Mapping[str, str]) -> Verdict:
    if not cells["study_uid"]:
        raise ValueError("column study_uid: expected a StudyInstanceUID, found an empty cell")
    word = cells["verdict"]
    for known in get_args(VerdictWord):
        if word == known:
            return _parsed(known, cells)
    raise ValueError(
        f"column verdict: expected accept, reject or relabel, found {word[:_SHOWN]!r}"
    )


def _parsed(word: VerdictWord, cells: Mapping[str, str]) -> Verdict:
    day = _day(cells["reviewed_on"])
    try:
        return Verdict(
            study_uid=cells["study_uid"],
            verdict=word,
            relabel=_names(cells["relabel"]),
            note=cells["note"],
            reviewer=cells["reviewer"],
            reviewed_on=day,
        )
    except ValueError as fault:
        raise ValueError(f"column relabel: {fault}") from None


def _names(text: str) -> dict[VertebralLevel, VertebralLevel | None]:
    found: dict[VertebralLevel, VertebralLevel | None] = {}
    for part in text.split():
        old, equals, new = part.partition("=")
        if not equals:
            raise ValueError(f"expected OLD=NEW as in L1=T12, found {part[:_SHOWN]!r}")
        level = _level(old)
        if level in found:
            raise ValueError(f"expected each vertebra once, found {level.name} twice")
        found[level] = None if new == _NONE else _level(new)
    return found


def _level(name: str) -> VertebralLevel:
    try:
        return VertebralLevel[name]
    except KeyError:
        raise ValueError(f"expected a level as in T12 or L1, found {name[:_SHOWN]!r}") from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        # Not repeated: a cell that is no date may be a note.
        what = "another text" if text else "an empty cell"
        expected = "a date as in 2026-06-21 (ISO 8601)"
        raise ValueError(f"column reviewed_on: expected {expected}, found {what}") from None
