"""What the page says about one run: tables and pictures, gathered from the files it left."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from pathlib import Path

from ctbone.delimited import read_rows
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
from ctbone.plurals import counted
from ctbone.report.overview import overview
from ctbone.report.review_pages import WORKLIST, write_studies
from ctbone.report.runs import Run
from ctbone.report.studies import read_studies

#: What each command left that a person wants to see first, in order; ``{}`` is the confidence.
_TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "evaluate": (
        ("accuracy.csv", "Accuracy with {}intervals"),
        ("confusion_matrix_3x3.csv", "Reference standard in rows, index test in columns"),
        ("confusion_matrices.csv", "The 2x2 tables that a meta-analysis reads"),
    ),
    "pool": (("summary.csv", "Pooled accuracy with {}intervals"),),
    "index": (("studies.csv", "Studies"), ("series.csv", "Series")),
    "cohort": (("unmatched.csv", "Rows and studies that are not in the cohort"),),
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

#: Rows and figures that a page stays quick with; what is cut is said beside it. More notes than
#: these are folded away.
_MOST_ROWS = 500
_MOST_FIGURES = 24
_MOST_NOTES = 4


#: How notes begin of what cannot be read, and so is not in the report.
_NO_WORKLIST, _NOT_SHOWN = "There is no worklist", "Not shown"


def notes_of(section: Section) -> list[str]:
    """Return the notes of a section that say what is not in the report because it is not sound."""
    blocks = [b for b in section.blocks if isinstance(b, Note)]
    folded = [b for b in section.blocks if isinstance(b, Folded)]
    blocks += [b for one in folded for b in one.blocks if isinstance(b, Note)]
    return [note.text for note in blocks if note.text.startswith((_NO_WORKLIST, _NOT_SHOWN))]


def write_section(run: Run, out: Path, *, earlier: Path) -> Section:
    """Say what a run left beside its run.json; what cannot be read becomes a note.

    Pages and pictures that it leads to are put into the report.

    Args:
        run: The run.
        out: The folder of the report.
        earlier: That of an earlier report, which may not be there.
    """
    tables, untold = _tables(run)
    whole = _whole(run, out)
    figures, unseen = _figures(run, starts=_PAGES[run.command][1] if whole else ())
    studies, unread = _studies(run, out, earlier)
    notes = (*_ending(run), *untold, *unseen, *unread, *map(str, run.stated.get("warnings", ())))
    counts = (_counts(run),) if run.stated.get("counts") and not studies else ()
    provenance = Folded(summary="Provenance", blocks=(run.provenance,))
    blocks = (*_notes(notes), *whole, *studies, *counts, *tables, *figures, provenance)
    return Section(title=run.command, aside=f"({run.folder.name})", blocks=blocks)


def _studies(run: Run, out: Path, earlier: Path) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """Write the pages of the studies of a run; return what leads to them, or why there is none."""
    if not run.has_studies:
        return (), ()
    try:
        studies = read_studies(run)
    except (ValueError, FileNotFoundError) as fault:
        return (), (f"{_NO_WORKLIST}: {_sentence(fault)}.",)
    write_studies(run, studies, out / run.name, earlier=earlier / run.name)
    way = Link(
        path=f"{run.name}/{WORKLIST}", text="The worklist: look at every study, and review it"
    )
    return (way, *overview(run, studies)), ()


def _sentence(fault: ValueError | FileNotFoundError) -> str:
    if isinstance(fault, FileNotFoundError):
        return f"expected {Path(fault.filename).name}, found no such file"
    return str(fault)


def read_table(path: Path, title: str) -> Table:
    """Read a CSV file, leaving out what no reader wants.

    Raises:
        ValueError: If the file is no table.
    """
    found = [cells for _, cells in read_rows(path)]
    header = tuple(found[0]) if found else ()
    rows = [tuple(cells.values()) for cells in found]
    shown = [i for i, name in enumerate(header) if name not in _UNSHOWN and _filled(rows, i)]
    return Table(
        title=title,
        columns=tuple(header[i] for i in shown),
        rows=tuple(_row([row[i] for i in shown]) for row in rows[:_MOST_ROWS]),
        note=_remark(len(rows)),
    )


def _remark(rows: int) -> str:
    if not rows:
        return "There are none."
    more = rows - _MOST_ROWS
    return f"{more} further rows stand in the CSV file." if more > 0 else ""


def _notes(notes: Sequence[str]) -> tuple[Block, ...]:
    found = tuple(Note(note) for note in notes)
    if len(found) <= _MOST_NOTES:
        return found
    return (Folded(summary=f"{len(found)} notes", blocks=found),)


def _tables(run: Run) -> tuple[list[Table], list[str]]:
    tables, notes = [], []
    for name, title in _TABLES.get(run.command, ()):
        if _has(run.folder / name):
            try:
                tables.append(read_table(run.folder / name, title.format(_confidence(run))))
            except ValueError as fault:
                notes.append(f"{_NOT_SHOWN}: {fault}.")
    return tables, notes


def _confidence(run: Run) -> str:
    """Return the confidence that was asked for, as the word before "intervals"."""
    share = run.stated.get("config", {}).get("confidence")
    return f"{100 * share:g} % " if isinstance(share, float) else ""


def _ending(run: Run) -> list[str]:
    code = run.stated.get("exit_code", 0)
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


def _whole(run: Run, out: Path) -> tuple[Link, ...]:
    """Return the way to the page that the run wrote itself, if it did, and take it along."""
    name, _ = _PAGES.get(run.command, ("", ()))
    if not name or not _has(run.folder / name):
        return ()
    (out / run.name).mkdir(parents=True, exist_ok=True)
    # Not linked: a later run writes its page in place.
    shutil.copyfile(run.folder / name, out / run.name / name)
    return (
        Link(
            path=f"{run.name}/{name}",
            text="The whole of it: every table and figure, and text to quote",
        ),
    )


def _figures(run: Run, *, starts: tuple[str, ...]) -> tuple[list[Block], list[str]]:
    """Return the figures of a run, and why one is not shown.

    Args:
        run: The run.
        starts: How the names of the figures start that are wanted; empty for all.
    """
    found = sorted((run.folder / "figures").glob("*.svg"))
    found = [path for path in found if path.name.startswith(starts)] if starts else found
    items: list[Figure | Picture] = []
    notes = []
    for path in found[:_MOST_FIGURES]:
        try:
            items.append(_figure(path))
        except ValueError as fault:
            notes.append(f"{_NOT_SHOWN}: {path.name}: {fault}.")
    blocks: list[Block] = [Gallery(title="Figures", items=tuple(items))] if items else []
    if (more := len(found) - _MOST_FIGURES) > 0:
        blocks.append(Paragraph(f"{counted(more, 'further figure')} in the folder of the run."))
    return blocks, notes


def _figure(path: Path) -> Figure:
    name = path.stem.replace("_", " ")
    return Figure(svg=path.read_text(encoding="utf-8"), alt=name, caption=name)


def _counts(run: Run) -> Table:
    rows = tuple((str(name), _cell(str(count))) for name, count in run.stated["counts"].items())
    return Table(title="Counts", columns=("outcome", "number"), rows=rows)
