"""``ctbone report``: one page about a run, or about the runs below a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from ctbone import __version__
from ctbone.errors import NothingUsable
from ctbone.pages import Page, render
from ctbone.report.sections import read_section

#: The order in which a reader follows a project; what is not listed comes last.
_ORDER = ("pool", "evaluate", "screen", "localise", "index", "cohort", "train", "simulate")

_LEAD = (
    "Opportunistic osteoporosis screening from routine CT. Not a medical device: a normal result "
    "does not rule out low bone density, and a finding is a reason for densitometry, not a "
    "diagnosis."
)


@dataclass(frozen=True, kw_only=True)
class ReportConfig:
    """Write one HTML page about what ran.

    Attributes:
        run: Folder of a run, or one whose subfolders are runs; report.html is written into it.
    """

    run: Path


def report(config: ReportConfig) -> None:
    """Write report.html, which opens from disk and asks nothing of anywhere outside the folder.

    Raises:
        NothingUsable: If neither the folder nor a subfolder holds a run.json.
        ValueError: If a run.json was not written by ctbone.
    """
    records = sorted((*config.run.glob("run.json"), *config.run.glob("*/run.json")))
    if not records:
        raise NothingUsable(f"expected run.json in {config.run.name} or below it, found none")
    page = config.run / "report.html"
    page.write_text(render(to_page(records, below=config.run)), encoding="utf-8")
    Console().print(f"Report: {page}", highlight=False, soft_wrap=True)


def to_page(records: Sequence[Path], *, below: Path) -> Page:
    """Return the page about the runs."""
    sections = [read_section(record, below=below) for record in records]
    sections.sort(key=lambda s: (*_ORDER, s.title).index(s.title))
    footer = f"Written by ctbone {__version__}."
    return Page(title="ctbone report", lead=_LEAD, sections=tuple(sections), footer=footer)
