"""``ctbone report``: a folder of pages about a run, or about the runs below a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ctbone.pages import Page, Section, render
from ctbone.report.folder import replacing
from ctbone.report.runs import read_runs, unfinished
from ctbone.report.sections import notes_of, write_section
from ctbone.telling import tell
from ctbone.version import __version__

#: Where the pages lie, below the folder of the runs, and which of them comes first.
FOLDER, INDEX = "report", "index.html"

#: The order in which a reader follows a project; what is not listed comes last.
_ORDER = ("pool", "evaluate", "screen", "localise", "index", "cohort", "train", "simulate")

_LEAD = (
    "Opportunistic osteoporosis screening from routine CT. Not a medical device: a normal result "
    "does not rule out low bone density, and a finding is a reason for densitometry, not a "
    "diagnosis."
)


@dataclass(frozen=True, kw_only=True)
class ReportConfig:
    """Write a folder of HTML pages about what ran: an overview, and every study to look at.

    Attributes:
        run: Folder of a run, or one whose subfolders are runs; report/ is written into it.
    """

    run: Path


def report(config: ReportConfig) -> None:
    """Write the folder of pages, which opens from disk and asks nothing of anywhere outside it.

    It takes the place of an earlier one whole, so that no page of a study that is gone stays.

    Raises:
        NothingUsable: If neither the folder nor a subfolder holds a run.json.
        ValueError: If the folder is none, a run.json was not written by ctbone, or a folder of
            that name was not.
    """
    folder = config.run / FOLDER
    runs = read_runs(config.run)
    with replacing(folder) as out:
        sections = [write_section(run, out, earlier=folder) for run in runs]
        (out / INDEX).write_text(render(to_page(sections)), encoding="utf-8")
    notes = [f"Note: {note}" for note in _notes(config.run, sections)]
    tell(notes=notes, lines=[f"Report: {folder / INDEX}"])


def _notes(run: Path, sections: Sequence[Section]) -> Iterator[str]:
    """Yield what is not in the report and might be looked for there."""
    for name in unfinished(run):
        yield f"{name} is left out: its run has not ended"
    for section in sections:
        for note in notes_of(section):
            yield f"{section.title} {section.aside}: {note}"


def to_page(sections: Sequence[Section]) -> Page:
    """Return the first page: what each run has to say, in the order of a project."""
    ordered = sorted(sections, key=lambda s: (*_ORDER, s.title).index(s.title))
    footer = f"Written by ctbone {__version__}."
    return Page(title="ctbone report", lead=_LEAD, sections=tuple(ordered), footer=footer)
