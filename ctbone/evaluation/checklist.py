"""Reporting checklists, filled in as far as a run knows and left open where a person must answer.

A checklist is data (``configs/checklists``): for every item, which facts of the run speak to it
and what its authors have to add. Nothing is answered that the run does not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ctbone.evaluation.facts import FACTS
from ctbone.mappings import read_mapping
from ctbone.resources import config_path

State = Literal["answered", "in part", "open"]

#: The checklists that ship, in the order in which they are written.
CHECKLISTS = ("stard_2015", "stard_ai", "claim_2024")

#: What stands where a person must answer.
OPEN = "to be answered by the authors"

CHECKLIST_COLUMNS = (
    "checklist", "item", "section", "topic", "state", "answer", "authors_add", "source",
    "verified",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a checklist.

    Attributes:
        item: Its number; empty where that was not at hand.
        section: Part of a report that it belongs to.
        topic: What is asked, in our own words.
        facts: Names of the facts that speak to it.
        authors: What a person must add; empty where the facts are enough.
    """

    item: str
    section: str
    topic: str
    facts: tuple[str, ...] = ()
    authors: str = ""

    def __post_init__(self) -> None:
        if unknown := [name for name in self.facts if name not in FACTS]:
            raise ValueError(f"item {self.item!r} asks for facts that no run states: {unknown}")
        if not (self.facts or self.authors):
            raise ValueError(f"item {self.item!r} must be answered by facts or by its authors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """A reporting guideline.

    Attributes:
        name: What it is called.
        source: Where it was published.
        verified: What of its numbers and topics was checked, and what was not.
        items: Its items, in order.
    """

    name: str
    source: str
    verified: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An item with what the run says to it.

    Attributes:
        item: The item.
        text: What the run knows; empty where it knows nothing.
        missing: Names of the facts that this run could not state.
    """

    item: Item
    text: str
    missing: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """Whether a person still has something to say."""
        if not self.text:
            return "open"
        return "in part" if self.item.authors or self.missing else "answered"

    @property
    def authors_add(self) -> str:
        """What is left to the authors; empty where nothing is."""
        if self.state == "answered":
            return ""
        lost = [f"{FACTS[name]} (this run does not know it)" for name in self.missing]
        return f"{OPEN}: {'; '.join([*([self.item.authors] if self.item.authors else []), *lost])}"


def load_checklist(path: Path) -> Checklist:
    """Read a checklist from YAML.

    Raises:
        ValueError: If the file is no checklist; the message names the file and the item.
    """
    keys = read_mapping(path)
    wanted = {"name", "source", "verified", "items"}
    if keys.keys() != wanted or not isinstance(keys["items"], list):
        found = sorted(map(str, keys))
        raise ValueError(f"{path.name} must hold {sorted(wanted)}, a list of items, found {found}")
    try:
        items = tuple(_item(entry) for entry in keys["items"])
    except (TypeError, ValueError) as fault:
        raise ValueError(f"{path.name}: {fault}") from fault
    names = {name: " ".join(str(keys[name]).split()) for name in ("name", "source", "verified")}
    return Checklist(items=items, **names)


def shipped_checklists() -> tuple[Checklist, ...]:
    """Return the checklists that ship with ctbone."""
    return tuple(load_checklist(config_path(f"checklists/{name}.yaml")) for name in CHECKLISTS)


def fill(checklist: Checklist, facts: Mapping[str, str]) -> tuple[Answer, ...]:
    """Answer every item as far as the facts go.

    Args:
        checklist: The checklist.
        facts: Sentences by the names of ``FACTS``; what is absent or empty is not known.
    """
    return tuple(
        Answer(
            item=item,
            text=" ".join(facts[name] for name in item.facts if facts.get(name)),
            missing=tuple(name for name in item.facts if not facts.get(name)),
        )
        for item in checklist.items
    )


def checklist_rows(
    filled: Iterable[tuple[Checklist, tuple[Answer, ...]]],
) -> Iterable[dict[str, object]]:
    """Yield a row an item, by the names of ``CHECKLIST_COLUMNS``."""
    for checklist, answers in filled:
        for answer in answers:
            yield {
                "checklist": checklist.name,
                "item": answer.item.item,
                "section": answer.item.section,
                "topic": answer.item.topic,
                "state": answer.state,
                "answer": answer.text,
                "authors_add": answer.authors_add,
                "source": checklist.source,
                "verified": checklist.verified,
            }


def checklist_text(filled: Iterable[tuple[Checklist, tuple[Answer, ...]]]) -> str:
    """Return the checklists as Markdown."""
    parts = []
    for checklist, answers in filled:
        heading = f"# {checklist.name}\n\n{checklist.source}. {checklist.verified}\n"
        parts.append("\n".join([heading, *map(_lines, answers)]))
    return "\n".join(parts)


def _item(entry: Any) -> Item:  # noqa: ANN401 - whatever YAML holds
    if not isinstance(entry, dict):
        raise TypeError(f"an item must be a mapping, got {entry!r}")
    return Item(**{**entry, "facts": tuple(entry.get("facts", ()))})


def _lines(answer: Answer) -> str:
    number = f"{answer.item.item}. " if answer.item.item else ""
    said = [text for text in (answer.text, answer.authors_add) if text]
    return "\n".join(
        [f"- **{number}{answer.item.topic}** ({answer.item.section})", *(f"  - {t}" for t in said)]
    )
