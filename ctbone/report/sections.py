"""What the page says about one run: tables and pictures, gathered from the files it left."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ctbone.pages import (
    Block,
    Cell,
    Figure,
    Folded,
    Gallery,
    Link,
    Note,
    Paragraph,
    Picture,
    Row,
    Section,
    Table,
)

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
    "cohort": (("unmatched.csv", "Rows and studies that are not in the cohort"),),
    "localise": (
        ("vertebrae.csv", "Vertebral bodies"),
        ("rejections.csv", "Why there is no result"),
    ),
}

#: The page that a command writes itself, and which of its figures stand here too.
_PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "evaluate": (
        "evaluation.html",
        ("flow", "confusion_matrix_all_patients", "roc_all_patients", "bland_altman_all_patients"),
    ),
    "cohort": ("cohort.html", ("flow",)),
    "pool": ("pooling.html", ("forest", "sroc")),
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

#: Rows and pictures that a page stays quick with; what is cut is said beside it. More notes than
#: these are folded away.
_MOST_ROWS = 500
_MOST_PICTURES = 24
_MOST_NOTES = 4


def read_section(record: Path, *, below: Path) -> Section:
    """Gather what a run left beside its run.json; what cannot be read becomes a note.

    Raises:
        ValueError: If run.json is not one of ctbone's.
    """
    run, folder = _read_run(record), record.parent
    tables, untold = _tables(folder, run)
    whole = _whole(folder, run, below)
    pictures, unseen = _pictures(folder, below, starts=_PAGES[run["command"]][1] if whole else ())
    notes = (*_ending(run), *untold, *unseen, *map(str, run.get("warnings", ())))
    counts = (_counts(run),) if run.get("counts") else ()
    provenance = Folded(summary="Provenance", blocks=(_provenance(run),))
    return Section(
        title=run["command"],
        aside=f"({folder.relative_to(below).as_posix()})",
        blocks=(*_notes(notes), *whole, *counts, *tables, *pictures, provenance),
    )


def read_table(path: Path, title: str) -> Table:
    """Read a CSV file, leaving out what no reader wants.

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
    more = len(rows) - _MOST_ROWS
    return Table(
        title=title,
        columns=tuple(header[i] for i in shown),
        rows=tuple(_row([row[i] for i in shown]) for row in rows[:_MOST_ROWS]),
        note=f"{more} further rows stand in the CSV file." if more > 0 else "",
    )


def _notes(notes: Sequence[str]) -> tuple[Block, ...]:
    found = tuple(Note(note) for note in notes)
    if len(found) <= _MOST_NOTES:
        return found
    return (Folded(summary=f"{len(found)} notes", blocks=found),)


def _tables(folder: Path, run: Mapping[str, Any]) -> tuple[list[Table], list[str]]:
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


def _row(cells: Sequence[str]) -> Row:
    # The first cell names the row, whatever it looks like.
    return (*cells[:1], *map(_cell, cells[1:]))


def _cell(text: str) -> Cell:
    """Cut a number to the digits that it can bear; leave text as it is."""
    try:
        value = float(text)
    except ValueError:
        return Cell(text)
    if not math.isfinite(value):
        return Cell(text)
    short = f"{value:.3g}" if abs(value) < 1 else f"{value:.1f}"
    return Cell(text if value.is_integer() else short, value)


def _whole(folder: Path, run: Mapping[str, Any], below: Path) -> tuple[Link, ...]:
    """Return the way to the page that the run wrote itself, if it did."""
    name, _ = _PAGES.get(run["command"], ("", ()))
    if not name or not _has(folder / name):
        return ()
    place = (folder / name).relative_to(below).as_posix()
    return (Link(path=place, text="The whole of it: every table and figure, and text to quote"),)


def _pictures(
    folder: Path, below: Path, *, starts: tuple[str, ...]
) -> tuple[list[Block], list[str]]:
    """Return the figures of a run, else its pictures, and why one is not shown.

    Args:
        folder: Of the run.
        below: Folder of the page.
        starts: How the names of the figures start that are wanted; empty for all.
    """
    drawn = sorted((folder / "figures").glob("*.svg"))
    drawn = [path for path in drawn if path.name.startswith(starts)] if starts else drawn
    found = drawn or sorted((folder / "pictures").glob("*.png"))
    items: list[Figure | Picture] = []
    notes = []
    for path in found[:_MOST_PICTURES]:
        try:
            items.append(_figure(path) if drawn else _picture(path, below))
        except ValueError as fault:
            notes.append(f"Not shown: {path.name}: {fault}.")
    blocks: list[Block] = [Gallery(title="Pictures", items=tuple(items))] if items else []
    if (more := len(found) - _MOST_PICTURES) > 0:
        blocks.append(Paragraph(f"{more} further pictures lie in the folder."))
    return blocks, notes


def _figure(path: Path) -> Figure:
    name = path.stem.replace("_", " ")
    return Figure(svg=path.read_text(encoding="utf-8"), alt=name, caption=name)


def _picture(path: Path, below: Path) -> Picture:
    place = path.relative_to(below).as_posix()
    return Picture(path=place, alt=path.stem, caption=place)


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


def _counts(run: dict[str, Any]) -> Table:
    rows = tuple((str(name), _cell(str(count))) for name, count in run["counts"].items())
    return Table(title="Counts", columns=("outcome", "number"), rows=rows)


def _provenance(run: dict[str, Any]) -> Table:
    known = [("device", run.get("device", "")), ("configuration", run.get("config_sha256", ""))]
    known += [(f"weights {name}", digest) for name, digest in run.get("weights", {}).items()]
    known += list(run.get("versions", {}).items())
    known += [(f"seconds, {stage}", spent) for stage, spent in run.get("seconds", {}).items()]
    rows = tuple((str(name), str(value)) for name, value in known)
    return Table(title="What it ran with", columns=("what", "value"), rows=rows, sortable=False)
