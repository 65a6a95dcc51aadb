"""``pictures/index.html``: the pictures of a run to leaf through, and to accept or query.

The page lies beside the pictures and loads them as they are needed. Marks stay in the browser
until they are saved as a table. Without its script every picture is shown, one after the other.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from ctbone.errors import Reason
from ctbone.pages import Block, Gallery, Page, Paragraph, Picture, Section, Table, render

#: Where pictures lie in the output of a run.
_FOLDER = "pictures"

_LEAD = (
    "One picture a study. With the keys: left and right to page, a to accept, q to query, u to "
    "take a mark back, s for the sheet of all. Marks are kept in this browser, for these studies, "
    "until they are saved as marks.csv."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryEntry:
    """One study of a run.

    Attributes:
        study_uid: StudyInstanceUID; its picture is ``pictures/<study_uid>.png``, if it was drawn.
        reason: Why the study yields no result; ``None`` where it does.
        said: What stands below the picture: what was found, or the sentence to the reason.
    """

    study_uid: str
    reason: Reason | None = None
    said: str = ""


def write_gallery(out: Path, entries: Sequence[GalleryEntry]) -> Path:
    """Write the page about the studies of a run, in their order; return its path.

    Args:
        out: Output of the run, which holds the pictures; a study without one is listed below.
        entries: Every study of the run.
    """
    folder = out / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    drawn = [entry for entry in entries if (folder / _file(entry)).is_file()]
    undrawn = [entry for entry in entries if not (folder / _file(entry)).is_file()]
    sections = [Section(title="Pictures", blocks=_pictures(drawn), aside=str(len(drawn)))]
    if undrawn:
        without = (_table(undrawn),)
        sections.append(
            Section(title="Without a picture", blocks=without, aside=str(len(undrawn)))
        )
    page = Page(title="Localisation to check", lead=_LEAD, sections=tuple(sections))
    path = folder / "index.html"
    path.write_text(
        render(page, style=_text("gallery.css"), script=_script(drawn, undrawn=len(undrawn))),
        encoding="utf-8",
    )
    return path


def _file(entry: GalleryEntry) -> str:
    return f"{entry.study_uid}.png"


def _pictures(entries: Sequence[GalleryEntry]) -> tuple[Block, ...]:
    if not entries:
        return (Paragraph("No study of this run has a picture."),)
    items = tuple(
        Picture(
            path=_file(entry), alt=f"Spine of study {entry.study_uid}", caption=_caption(entry)
        )
        for entry in entries
    )
    return (Gallery(items=items),)


def _caption(entry: GalleryEntry) -> str:
    reason = _word(entry)
    said = ": ".join(part for part in (reason, " ".join(entry.said.split())) if part)
    return " · ".join(part for part in (entry.study_uid, said) if part)


def _word(entry: GalleryEntry) -> str:
    return "" if entry.reason is None else entry.reason.replace("_", " ")


def _table(entries: Sequence[GalleryEntry]) -> Table:
    rows = tuple((entry.study_uid, _word(entry), entry.said) for entry in entries)
    return Table(title="Studies", columns=("study", "reason", "what was found"), rows=rows)


def _script(entries: Sequence[GalleryEntry], *, undrawn: int) -> str:
    """Return the script with what it has to know of each picture, in the order of the page."""
    facts = [{"study_uid": entry.study_uid, "reason": entry.reason or ""} for entry in entries]
    # Marks belong to these studies: another run is another page, wherever it lies.
    run = sha256("\n".join(entry.study_uid for entry in entries).encode()).hexdigest()[:16]
    # As data a text can neither end the script nor add to it.
    known = json.dumps({"run": run, "studies": facts, "undrawn": undrawn}).replace("<", "\\u003c")
    return _text("gallery.js").replace('"KNOWN"', known)


def _text(name: str) -> str:
    template = files("ctbone.localisation.pictures") / "templates" / name
    return template.read_text(encoding="utf-8").strip()
