"""How far a batch is: a line that moves on a terminal, one line a minute elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator

from rich.console import Console

from ctbone.records import Rejection, ScreeningResult

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
