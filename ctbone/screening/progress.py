"""How far a batch is: a line that moves on a terminal, one line a minute elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from rich.console import Console  # noqa: TID251 - the type
from rich.text import Text

from ctbone.records import Rejection, ScreeningResult
from ctbone.runs import RunLog
from ctbone.telling import count_table, noted, plain_console, tell

#: Seconds between two lines where there is no terminal.
_QUIET_SECONDS = 60.0


@dataclass
class Tally:
    """How many studies there are, and how many of them ended how.

    Attributes:
        total: Studies of the export; ``None`` until its headers are read.
        already: Those that an earlier session did.
        counts: Those that this session did, by what came of them.
        began: When the first of them could begin, by the monotonic clock.
    """

    total: int | None = None
    already: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    began: float = field(default_factory=time.monotonic)

    def begin(self, total: int) -> None:
        """Take in how many studies there are; the time that they need counts from here."""
        self.total, self.began = total, time.monotonic()

    def count(self, outcome: ScreeningResult | Rejection) -> None:
        """Take in how a study ended."""
        self.counts[outcome.reason if isinstance(outcome, Rejection) else "screened"] += 1

    def line(self) -> str:
        """Return how far the run is, and how long it needs for the rest."""
        if self.total is None:
            return "reading headers"
        done = self.counts.total()
        parts = [f"{self.already + done} of {self.total} studies"]
        parts += [f"{self.already} before"] if self.already else []
        parts += [f"{name} {count}" for name, count in self.counts.most_common()]
        return ", ".join([*parts, *self._left(done)])

    def _left(self, done: int) -> list[str]:
        waiting = (self.total or 0) - self.already - done
        if not done or waiting <= 0:
            return []
        minutes = round((time.monotonic() - self.began) / done * waiting / 60.0)
        return [f"about {minutes // 60} h {minutes % 60:02} min left"]


@contextmanager
def shown(tally: Tally, *, every_s: float = _QUIET_SECONDS) -> Iterator[None]:
    """Show a tally on standard error while the block runs, whether or not it moves.

    Args:
        tally: What is shown.
        every_s: Seconds between two lines where there is no terminal.
    """
    console = plain_console(stderr=True)
    ended = Event()
    ticker = Thread(target=_tick, args=(tally, console, ended, every_s), daemon=True)
    ticker.start()
    try:
        yield
    finally:
        ended.set()
        ticker.join()


def _tick(tally: Tally, console: Console, ended: Event, every_s: float) -> None:
    if not console.is_terminal:
        while not ended.wait(every_s):
            console.print(tally.line(), soft_wrap=True)
        return
    # A status takes a text for markup whatever its console does.
    with console.status(Text(tally.line())) as status:
        while not ended.wait(0.5):
            status.update(Text(tally.line()))


def report(log: RunLog, out: Path) -> None:
    """Say on the terminal how many studies ended how, and where the results are."""
    tell(
        count_table(log.counts, of="studies", title="Screened"),
        notes=noted(log.warnings),
        lines=[f"Results: {out / 'results.csv'}"],
    )
