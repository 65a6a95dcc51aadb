"""How far an exchange is: a line that moves on a terminal, one line a minute elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ctbone.runs import RunLog

#: Seconds between two lines where there is no terminal.
_QUIET_SECONDS = 60.0


@contextmanager
def shown() -> Iterator[Callable[[str], None]]:
    """Give a function that shows, on standard error, how far things are."""
    from rich.console import Console

    console = Console(stderr=True)
    last = time.monotonic()
    with console.status("beginning") as status:

        def show(line: str) -> None:
            nonlocal last
            status.update(line)
            if not console.is_terminal and time.monotonic() - last > _QUIET_SECONDS:
                console.print(line, highlight=False)
                last = time.monotonic()

        yield show


def counts_line(counts: Mapping[str, int]) -> str:
    """Return counts as one line."""
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "nothing yet"


def report(log: RunLog, *, title: str, where: Path) -> None:
    """Say on the terminal how many of what there were, and where the files are."""
    from rich.console import Console
    from rich.table import Table

    table = Table("outcome", "number", title=title, title_justify="left")
    for name, count in log.counts.items():
        table.add_row(name, str(count))
    console = Console()
    console.print(table)
    for warning in log.warnings:
        console.print(f"Note: {warning}.", style="yellow", highlight=False)
    console.print(f"Files: {where}", highlight=False, soft_wrap=True, markup=False)
