"""What the page says about one run: tables and pictures, gathered from the files it left."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: What each command left that a person wants to see first, in order; ``{}`` is the confidence.
_TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "evaluate": (
        ("accuracy.csv", "Accuracy with {}intervals"),
        ("confusion_matrix_3x3.csv", "Reference standard in rows, index test in columns"),
        ("confusion_matrices.csv", "The 2x2 tables that a meta-analysis reads"),
    ),
    "pool": (("summary.csv", "Pooled accuracy with {}intervals"),),
    "screen": (
        ("results.csv", "Every study, screened or rejected"),
        ("rejections.csv", "Why there is no result"),
    ),
    "index": (("studies.csv", "Studies"), ("series.csv", "Series")),
    "localise": (
        ("vertebrae.csv", "Vertebral bodies"),
        ("rejections.csv", "Why there is no result"),
    ),
}

#: Columns of a row a study that help a program and not a reader of the page.
_UNSHOWN = frozenset({"patient_id", "series_uid", "model", "seconds"})

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

#: Rows and pictures that a page stays quick with; what is cut is said beside it.
_MOST_ROWS = 500
_MOST_PICTURES = 24


@dataclass(frozen=True)
class PageTable:
    """One table of the page.

    Attributes:
        title: What it shows.
        columns: Names of its columns.
        rows: Its cells, as text.
        more: Rows of the file that are not shown.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int = 0


@dataclass(frozen=True)
class Section:
    """One run.

    Attributes:
        command: Name of the command.
        folder: Its folder, below that of the page.
        notes: Its warnings.
        tables: Its tables.
        pictures: Paths of its pictures below the folder of the page.
        more_pictures: Pictures that are not shown.
        provenance: What it ran with, as one table.
    """

    command: str
    folder: str
    notes: tuple[str, ...]
    tables: tuple[PageTable, ...]
    pictures: tuple[str, ...]
    more_pictures: int
    provenance: PageTable


def read_section(record: Path, *, below: Path) -> Section:
    """Gather what a run left beside its run.json; a table that cannot be read becomes a note.

    Raises:
        ValueError: If run.json is not one of ctbone's.
    """
    run = _read_run(record)
    folder, command = record.parent, run["command"]
    tables, notes = _tables(folder, run)
    pictures = _pictures(folder)
    return Section(
        command=command,
        folder=folder.relative_to(below).as_posix(),
        notes=(*_ending(run), *notes, *map(str, run.get("warnings", ()))),
        tables=(_counts(run), *tables) if run.get("counts") else tuple(tables),
        pictures=tuple(p.relative_to(below).as_posix() for p in pictures[:_MOST_PICTURES]),
        more_pictures=max(0, len(pictures) - _MOST_PICTURES),
        provenance=_provenance(run),
    )


def read_table(path: Path, title: str) -> PageTable:
    """Read a CSV file as text, leaving out what no reader wants.

    Raises:
        ValueError: If a line has more or fewer cells than the header, or the file is no text.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = list(csv.reader(file)) or [[]]
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is no table: {error}") from error
    if ragged := next((row for row in rows if len(row) != len(header)), None):
        number = rows.index(ragged) + 2
        found = f"found {len(ragged)} in row {number}"
        raise ValueError(f"{path.name}: expected {len(header)} cells a row, {found}")
    shown = [i for i, name in enumerate(header) if name not in _UNSHOWN and _filled(rows, i)]
    return PageTable(
        title=title,
        columns=tuple(header[i] for i in shown),
        rows=tuple(tuple(_short(row[i]) for i in shown) for row in rows[:_MOST_ROWS]),
        more=max(0, len(rows) - _MOST_ROWS),
    )


def _tables(folder: Path, run: Mapping[str, Any]) -> tuple[list[PageTable], list[str]]:
    tables, notes = [], []
    for name, title in _TABLES.get(run["command"], ()):
        if _has(folder / name):
            try:
                tables.append(read_table(folder / name, title.format(_confidence(run))))
            except ValueError as fault:
                notes.append(f"Not shown: {fault}.")
    return tables, notes


def _confidence(run: Mapping[str, Any]) -> str:
    """Return the confidence that was asked for, as the word before "intervals"."""
    share = run.get("config", {}).get("confidence")
    return f"{100 * share:g} % " if isinstance(share, float) else ""


def _ending(run: Mapping[str, Any]) -> list[str]:
    code = run.get("exit_code", 0)
    if code == 0:
        return []
    why = "nothing in the input was usable" if code == 3 else "it was cut off or failed"
    return [f"This run did not end well: {why}."]


def _has(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _filled(rows: Sequence[Sequence[str]], column: int) -> bool:
    return any(row[column] for row in rows)


def _short(cell: str) -> str:
    """Cut a number to the digits that it can bear; leave text as it is."""
    try:
        value = float(cell)
    except ValueError:
        return cell
    return cell if value.is_integer() else f"{value:.3g}" if abs(value) < 1 else f"{value:.1f}"


def _pictures(folder: Path) -> list[Path]:
    figures = sorted((folder / "figures").glob("*.svg"))
    return figures or sorted((folder / "pictures").glob("*.png"))


def _read_run(record: Path) -> dict[str, Any]:
    try:
        run = json.loads(record.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{record.parent.name}/run.json is not JSON: {error}") from error
    stated = run if isinstance(run, dict) else {}
    wrong = [n for n, kind in _KINDS.items() if n in stated and not isinstance(stated[n], kind)]
    if wrong or "command" not in stated:
        found = f"it has no sound {wrong[0] if wrong else 'command'}"
        raise ValueError(f"{record.parent.name}/run.json was not written by ctbone: {found}")
    return stated


def _counts(run: dict[str, Any]) -> PageTable:
    rows = tuple((str(name), str(count)) for name, count in run["counts"].items())
    return PageTable("Counts", ("outcome", "number"), rows)


def _provenance(run: dict[str, Any]) -> PageTable:
    known = [("device", run.get("device", "")), ("configuration", run.get("config_sha256", ""))]
    known += [(f"weights {name}", digest) for name, digest in run.get("weights", {}).items()]
    known += list(run.get("versions", {}).items())
    known += [(f"seconds, {stage}", spent) for stage, spent in run.get("seconds", {}).items()]
    return PageTable("Provenance", ("what", "value"), tuple((str(k), str(v)) for k, v in known))
