"""One run from end to end, with the memory of every process after each study."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from multiprocessing import active_children
from pathlib import Path
from statistics import median
from typing import Any

from ctbone.ingest import index_export
from ctbone.records import Rejection, ScreeningResult
from ctbone.screening import Ledger, ScreenConfig
from ctbone.screening.engines import Limits, open_local
from ctbone.screening.opening import open_pipeline
from ctbone.screening.progress import Tally
from ctbone.screening.recording import ELAPSED, record
from ctbone.screening.taught import as_taught

#: Studies after which memory has to be flat.
SETTLED = 10


@dataclass(frozen=True)
class Undisturbed:
    """What one run took.

    Attributes:
        studies: How many studies ended.
        counts: How many were screened, were rejected, and were rejected why.
        elapsed_s: Wall time from the first study on, seconds.
        seconds: Wall time by stage.
        coordinator_mb: Resident memory of the coordinating process after each study, megabytes.
        workers_mb: That of all its workers together.
    """

    studies: int
    counts: dict[str, int]
    elapsed_s: float
    seconds: dict[str, float]
    coordinator_mb: list[float]
    workers_mb: list[float]

    def plain(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)

    def told(self) -> str:
        """Return it in words."""
        lines = [
            f"{self.studies} studies in {self.elapsed_s:.0f} s, "
            f"{self.studies / self.elapsed_s * 3600.0:.0f} an hour: {self.counts}",
            *self._stages(),
        ]
        return "\n".join([*lines, *map(_growth, ("coordinator", "workers"), self._memories())])

    def _stages(self) -> Iterator[str]:
        """Yield a line a stage; those of studies side by side overlap."""
        yield "stage       seconds  a study  share"
        stages = {name: s for name, s in self.seconds.items() if name != ELAPSED}
        for name, spent in stages.items():
            share = 100.0 * spent / sum(stages.values())
            yield f"{name:10} {spent:8.1f} {spent / self.studies:8.2f} {share:5.0f} %"

    def _memories(self) -> tuple[list[float], list[float]]:
        return self.coordinator_mb, self.workers_mb


def _growth(name: str, found_mb: list[float]) -> str:
    settled = found_mb[SETTLED:] or found_mb[-1:]
    half = max(1, len(settled) // 2)
    return (
        f"memory of the {name}: {found_mb[0]:.0f} MB after the first study, then "
        f"{min(settled):.0f} to {max(settled):.0f} MB; without the first {SETTLED} studies, "
        f"medians of the halves {median(settled[:half]):.0f} and {median(settled[-half:]):.0f} MB"
    )


@dataclass
class _Sampled(Tally):
    """A tally that looks at the memory whenever a study has ended."""

    coordinator_mb: list[float] = field(default_factory=list)
    workers_mb: list[float] = field(default_factory=list)

    def count(self, outcome: ScreeningResult | Rejection) -> None:
        super().count(outcome)
        self.coordinator_mb.append(resident_mb([os.getpid()]))
        self.workers_mb.append(resident_mb(child.pid or 0 for child in active_children()))


def undisturbed_run(options: argparse.Namespace) -> Undisturbed:
    """Screen into OUT/whole."""
    out = options.out / "whole"
    asked = ScreenConfig(
        export=options.export, out=out, masks=options.masks, site_key=options.out / "site.key"
    )
    opener = partial(open_pipeline, as_taught(asked)[0])
    tally = _Sampled()
    key = (options.out / "site.key").read_bytes().strip()
    with (
        open_local(opener, workers=options.workers, limits=Limits()) as engine,
        Ledger(out / "ledger.sqlite3", options={}) as ledger,
    ):
        studies = index_export(options.export, key=key, tell=tally.begin)
        record(studies, engine=engine, ledger=ledger, tally=tally)
        ledger.export(out)
        seconds, counts = ledger.seconds(), ledger.counts()
    return Undisturbed(
        studies=tally.counts.total(),
        counts=counts,
        elapsed_s=seconds[ELAPSED],
        seconds=seconds,
        coordinator_mb=tally.coordinator_mb,
        workers_mb=tally.workers_mb,
    )


def resident_mb(pids: Iterable[int]) -> float:
    """Return the resident memory of processes, megabytes; one that has ended has none."""
    pages = 0
    for pid in pids:
        try:
            pages += int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        except OSError:
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
