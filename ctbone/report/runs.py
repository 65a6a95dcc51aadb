"""What a run says of itself, in ``run.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctbone.errors import NothingUsable
from ctbone.interchange.naming import unique
from ctbone.pages import Cell, Facts

#: Commands whose runs have studies to look at.
_OF_STUDIES = frozenset({"screen", "localise"})

#: What run.json holds under each name.
_KINDS: dict[str, type] = {
    "command": str,
    "config": dict,
    "counts": dict,
    "weights": dict,
    "versions": dict,
    "seconds": dict,
    "warnings": list,
}

_NAME = "run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run and what it left.

    Attributes:
        folder: Where.
        name: Of its folder in the report.
        stated: What its run.json says.
    """

    folder: Path
    name: str
    stated: Mapping[str, Any]

    @property
    def command(self) -> str:
        """The command that ran."""
        return str(self.stated["command"])

    @property
    def has_studies(self) -> bool:
        """Whether it leaves studies to look at, with pictures."""
        return self.command in _OF_STUDIES

    @property
    def provenance(self) -> Facts:
        """What it ran with."""
        stated = self.stated
        known = [("device", stated.get("device", ""))]
        known.append(("configuration, SHA-256", stated.get("config_sha256", "")))
        known += [(f"weights {name}", sha) for name, sha in stated.get("weights", {}).items()]
        known += list(stated.get("versions", {}).items())
        return Facts(items=tuple((str(name), Cell(str(value))) for name, value in known))


def read_runs(folder: Path) -> list[Run]:
    """Read the run of a folder, and those of its subfolders.

    Raises:
        NothingUsable: If there is none.
        ValueError: If the folder is none, or a run.json was not written by ctbone.
    """
    if not folder.is_dir():
        raise ValueError(f"expected the folder of a run at {folder.name}, found none")
    records = sorted((*folder.glob(_NAME), *folder.glob(f"*/{_NAME}")))
    if not records:
        raise NothingUsable(
            f"expected {_NAME} in {folder.name} or below it, found none; a run writes it when it "
            "ends"
        )
    stated = {record.parent: _read(record) for record in records}
    return list(_named(folder, stated))


def read_run(folder: Path) -> Run:
    """Read the run of a folder, without those of its subfolders.

    Raises:
        NothingUsable: If there is none.
        ValueError: If its run.json was not written by ctbone.
    """
    if not (folder / _NAME).is_file():
        raise NothingUsable(f"expected {_NAME} in {folder.name}, found none: no run ended there")
    stated = _read(folder / _NAME)
    return Run(folder=folder, name=str(stated["command"]), stated=stated)


def unfinished(folder: Path) -> list[str]:
    """Return the subfolders of runs that have begun, by their ledger, and have not ended."""
    begun = (record.parent for record in sorted(folder.glob("*/ledger.sqlite3")))
    return [place.name for place in begun if not (place / _NAME).is_file()]


def _named(folder: Path, stated: Mapping[Path, Mapping[str, Any]]) -> Iterable[Run]:
    taken = {"index.html"}
    for place, said in stated.items():
        name = str(said["command"]) if place == folder else place.name
        yield Run(folder=place, name=unique(name, taken), stated=said)


def _read(record: Path) -> Mapping[str, Any]:
    try:
        run = json.loads(record.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{record.parent.name}/{_NAME} is not JSON: {error}") from error
    stated = run if isinstance(run, dict) else {}
    wrong = [n for n, kind in _KINDS.items() if n in stated and not isinstance(stated[n], kind)]
    if wrong or "command" not in stated:
        found = f"it has no sound {wrong[0] if wrong else 'command'}"
        raise ValueError(f"{record.parent.name}/{_NAME} was not written by ctbone: {found}")
    return stated
