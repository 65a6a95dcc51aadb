"""How far a batch is: a line that moves on a terminal, one line a minute elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from ctbone.records import Rejection, ScreeningResult
from ctbone.runs import RunLog

#: Seconds between two lines where there is no terminal.
_QUIET_SECONDS = 60.0

Outcome = ScreeningResult | Rejection


def counted(outcomes: Iterable[Outcome], *, already: int = 0) -> Iterator[Outcome]:
    """Pass outcomes on, showing on standard error how many there are and of which kind."""
    console = Console(stderr=True)
    counts: Counter[str] = Counter()
    last = time.monotonic()
    with console.status(_line(counts, already)) as status:
        for outcome in outcomes:
            counts[outcome.reason if isinstance(outcome, Rejection) else "screened"] += 1
            line = _line(counts, already)
            status.update(line)
            if not console.is_terminal and time.monotonic() - last > _QUIET_SECONDS:
                console.print(line, highlight=False)
                last = time.monotonic()
            yield outcome


def _line(counts: Counter[str], already: int) -> str:
    kinds = ", ".join(f"{name} {count}" for name, count in counts.most_common())
    before = f" ({already} done before)" if already else ""
    return f"{counts.total()} studies{before}: {kinds or 'reading headers'}"


def report(log: RunLog, out: Path) -> None:
    """Say on the terminal how many studies ended how, and where the results are."""
    table = Table("outcome", "studies", title="Screened", title_justify="left")
    for name, count in log.counts.items():
        table.add_row(name, str(count))
    console = Console()
    console.print(table)
    for warning in log.warnings:
        console.print(f"Note: {warning}.", style="yellow", highlight=False)
    console.print(f"Results: {out / 'results.csv'}", highlight=False, soft_wrap=True)
