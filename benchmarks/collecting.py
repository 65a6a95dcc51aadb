"""Jobs one after the other, each in a process of its own, so that one that fails costs its row."""

from __future__ import annotations

import contextlib
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.comparison import Comparison
from benchmarks.jobs import Job, Settings

#: Runs a job and returns what it found.
Runner = Callable[[Job, Settings], list[Comparison]]

#: The folders before a file's name.
_FOLDERS = re.compile(r"(?<![\w.])/(?:[^/\s'\":]+/)+")


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a job ended.

    Attributes:
        job: It.
        comparisons: What it found, one for each of its rows; none where it failed.
        failure: Why it failed; empty where it did not.
        seconds: Wall time of the whole job.
    """

    job: Job
    comparisons: tuple[Comparison, ...] = ()
    failure: str = ""
    seconds: float

    def plain(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        found = [one.plain() for one in self.comparisons]
        kept = {"command": self.job.command, "failure": self.failure, "seconds": self.seconds}
        return kept | {"rows": dict(zip(self.job.rows, found, strict=False))}


def run_apart(job: Job, settings: Settings) -> list[Comparison]:
    """Run a job in a fresh process, which gives back all of its memory, crashes or not."""
    # Forking would hand on the threads that libraries have started here.
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run_quietly, job, settings).result()


def _run_quietly(job: Job, settings: Settings) -> list[Comparison]:
    # The table alone goes to standard output.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            return job.run(settings)
        except SystemExit as left:
            # Carried over as it is, it would end the command and not the job.
            raise RuntimeError(f"{job.name} left with exit code {left.code}") from left


def collect(
    jobs: Sequence[Job], settings: Settings, *, run: Runner = run_apart
) -> Iterator[Ended]:
    """Yield how each job ended; one that fails does not keep the others from running.

    Args:
        jobs: What to run, in this order.
        settings: What they are told; each gets an empty folder inside ``settings.folder``, which
            is gone when it has ended.
        run: Runs one of them.
    """
    for job in jobs:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory(dir=settings.folder) as folder:
            given = replace(settings, folder=Path(folder))
            try:
                found = tuple(run(job, given))
                _require_rows(job, found)
            # Whatever a job dies of, its row says so and the next job runs.
            except Exception as reason:  # noqa: BLE001
                spent = time.perf_counter() - began
                yield Ended(job=job, failure=_said(reason), seconds=spent)
                continue
        if settings.is_quick:
            # Less was done than its rows say.
            job = replace(job, rows=tuple(one.task for one in found))  # noqa: PLW2901
        yield Ended(job=job, comparisons=found, seconds=time.perf_counter() - began)


def _require_rows(job: Job, found: Sequence[Comparison]) -> None:
    if len(found) != len(job.rows):
        raise ValueError(f"{job.name}: expected {len(job.rows)} comparisons, found {len(found)}")


def _said(reason: Exception) -> str:
    """Return the first and the last line of what went wrong: what failed, and of what."""
    lines = [line.strip() for line in str(reason).splitlines() if line.strip()]
    told = " ... ".join(dict.fromkeys([lines[0], lines[-1]])) if lines else "no reason was given"
    # The README is no place for where things lie on one machine.
    return f"{type(reason).__name__}: {_FOLDERS.sub('', told)}"
