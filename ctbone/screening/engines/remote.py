"""What a worker of a cluster does: it keeps one process of the engine of one machine.

The process that dask started only watches. What a study can do to a process, it does to the one
that is kept; so that limits, second tries and their reasons are those of one machine, and the
worker of dask lives on.
"""

from __future__ import annotations

import atexit
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from multiprocessing import current_process
from threading import Lock

from ctbone.attempts import is_full_disk
from ctbone.errors import CtboneError
from ctbone.records import StudyRecord
from ctbone.screening.engine import Engine, Finished, Opener, Opening
from ctbone.screening.engines.limits import Limits
from ctbone.screening.engines.local import open_local
from ctbone.screening.engines.messages import Refused, Stopped
from ctbone.version import __version__


# Logs of a cluster show the arguments of what failed; these say nothing of a study.
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Job:
    """What a worker is asked.

    Attributes:
        run: Names the run; a worker keeps the process of one.
        opener: Makes the pipeline.
        limits: What a study may cost.
        threads: Threads that a network may use; ``None`` for as many as the worker may run on.
        study: What to screen; ``None`` to become ready.
    """

    run: str
    opener: Opener
    limits: Limits
    threads: int | None = None
    study: StudyRecord | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a worker says to a job.

    Attributes:
        host: Name of its machine.
        version: Its ctbone.
        opening: What its pipeline is made of; ``None`` where there is none.
        said: How the study ended, or why it did not; ``None`` where none was given.
    """

    host: str
    version: str
    opening: Opening | None = None
    said: Finished | Refused | Stopped | None = None


def do(job: Job) -> Answer:
    """Do a job with the process that is kept for its run, or with a new one."""
    answer = Answer(host=socket.gethostname(), version=__version__)
    try:
        opening, said = _BENCH.screen(job)
    except OSError as trouble:
        is_full = is_full_disk(trouble)
        return replace(answer, said=Stopped(trouble) if is_full else Refused(trouble))
    except (CtboneError, ValueError) as mistake:
        return replace(answer, said=Refused(mistake))
    return replace(answer, opening=opening, said=said)


def let_go(run: str) -> None:
    """End the process that is kept for a run, whatever it does."""
    _BENCH.let_go(run)


def dask_setup(_worker: object) -> None:
    """Leave it to the coordinating process to end; called by dask where it preloads this."""
    os.setpgid(0, 0)


class _Bench:
    """The engine that this process keeps: that of the last run that asked for one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stack = ExitStack()
        self._engine: Engine | None = None
        self._run = ""
        self.unwanted = ""

    def screen(self, job: Job) -> tuple[Opening, Finished | None]:
        """Return what the engine is made of, and how the study of a job ended."""
        with self._lock:
            try:
                engine = self._engine_of(job)
                ended = list(engine(_Single(job.study, run=job.run)))
            except (CtboneError, ValueError, OSError):
                # A study may be at work still, for which nobody asks now.
                self._close()
                raise
            return engine.opening, ended[0] if ended else None

    def let_go(self, run: str) -> None:
        """End the engine of a run; where it is at work or opens, it ends as soon as it can be."""
        self.unwanted = run
        if self._lock.acquire(timeout=_LET_GO_S):
            try:
                if self._run == run:
                    self._close()
            finally:
                self._lock.release()

    def end(self) -> None:
        self.let_go(self._run)

    def _engine_of(self, job: Job) -> Engine:
        if self._engine is None or self._run != job.run:
            self._close()
            _require_may_start()
            forget_trimming()
            opened = open_local(job.opener, workers=1, limits=job.limits, threads=job.threads)
            self._engine, self._run = self._stack.enter_context(opened), job.run
        return self._engine

    def _close(self) -> None:
        self._engine, self._run = None, ""
        self._stack.close()


class _Single(Iterator[StudyRecord]):
    """One study, and then none; the engine asks again at every look, and so hears of the end."""

    def __init__(self, study: StudyRecord | None, *, run: str) -> None:
        self._study, self._name = study, run

    def __next__(self) -> StudyRecord:
        if _BENCH.unwanted == self._name:
            raise ValueError("the run has ended, and nobody waits for its studies")
        if self._study is None:
            raise StopIteration
        study, self._study = self._study, None
        return study


def _require_may_start() -> None:
    if current_process().daemon:
        raise ValueError(
            "expected workers of dask that may start processes, found daemons: start them with "
            "--no-nanny, or with DASK_DISTRIBUTED__WORKER__DAEMON=False"
        )


def forget_trimming() -> None:
    """Let a process that is started now keep free memory as others do.

    Dask has the C library of its workers, and of what they start, give memory back whenever 64 kB
    are free: a study then took twice as long. ``give_back_memory`` does it once a study.
    """
    if os.environ.get(_TRIM) == _TRIM_OF_DASK:
        del os.environ[_TRIM]


#: Environment variable of glibc, and what dask's nanny sets it to if not told otherwise.
_TRIM, _TRIM_OF_DASK = "MALLOC_TRIM_THRESHOLD_", "65536"

#: How long the end of what is under way is waited for, seconds.
_LET_GO_S = 5.0

_BENCH = _Bench()

# Registered after multiprocessing's own, which would wait for the process, and so called before.
atexit.register(_BENCH.end)
