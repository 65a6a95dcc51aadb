"""How far an exchange is: a line that moves on a terminal, one line a minute elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ctbone.runs import RunLog
from ctbone.telling import count_table, noted, plain_console, tell

#: Seconds between two lines where there is no terminal.
_QUIET_SECONDS = 60.0


@contextmanager
def shown() -> Iterator[Callable[[str], None]]:
    """Give a function that shows, on standard error, how far things are."""
    from rich.text import Text

    console = plain_console(stderr=True)
    last = time.monotonic()
    with console.status("beginning") as status:

        def show(line: str) -> None:
            nonlocal last
            # A status takes a text for markup whatever its console does.
            status.update(Text(line))
            if not console.is_terminal and time.monotonic() - last > _QUIET_SECONDS:
                console.print(line)
                last = time.monotonic()

        yield show


def counts_line(counts: Mapping[str, int]) -> str:
    """Return counts as one line."""
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "nothing yet"


def report(log: RunLog, *, title: str, where: Path) -> None:
    """Say on the terminal how many of what there were, and where the files are."""
    table = count_table(log.counts, of="number", title=title)
    tell(table, notes=noted(log.warnings), lines=[f"Files: {where}"])
