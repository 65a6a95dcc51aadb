"""One study at a time: whatever goes wrong in one never stops the next.

This is the one place of the package that catches everything.
"""

from __future__ import annotations

import errno
import sqlite3
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from traceback import extract_tb
from typing import TypeVar

from ctbone.errors import CtboneError, Reason
from ctbone.records import Acquisition, Rejection, StudyRecord

_T = TypeVar("_T")

#: What the system says where a disk, or the share of it that a user has, is full.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass
class StageClock:
    """Knows which stage a study is in, and sums the wall time of each.

    Attributes:
        stage: The stage that is under way.
        seconds: Wall time by stage, over all studies.
    """

    stage: str = "select"
    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = 0.0

    def add(self, seconds: Mapping[str, float]) -> None:
        """Add wall time by stage that another clock took."""
        for stage, spent in seconds.items():
            self.seconds[stage] = self.seconds.get(stage, 0.0) + spent

    def enter(self, stage: str) -> None:
        """End the stage under way and begin another."""
        self.stop()
        self.stage, self._since = stage, time.perf_counter()

    def stop(self) -> None:
        """End the stage under way."""
        if self._since:
            self.add({self.stage: time.perf_counter() - self._since})
            self._since = 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why some work came to nothing.

    Attributes:
        reason: One of the named reasons.
        detail: What was expected, what was found, and where.
    """

    reason: Reason
    detail: str


def guard(work: Callable[[], _T]) -> _T | Failure:
    """Do some work; a fault in the data, or a bug, becomes a ``Failure``.

    Raises:
        OSError: If a disk is full, of which no study can be told.
    """
    try:
        return work()
    except CtboneError as fault:
        return Failure(fault.reason, str(fault))
    # A bug that one study brings to light must not cost the night.
    except Exception as error:
        if is_full_disk(error):
            raise
        if _is_out_of_memory(error):
            return Failure(Reason.OUT_OF_MEMORY, f"the memory did not suffice ({_place(error)})")
        return Failure(Reason.UNEXPECTED, _describe(error))


def within(seconds: float, work: Callable[[], _T]) -> _T | Failure:
    """Do some work as ``guard`` does, and wait for it no longer than that.

    What takes longer is left to itself, in a thread that does not keep the process from ending.

    Raises:
        OSError: If a disk is full.
    """
    done: Future[_T | Failure] = Future()
    Thread(target=_settle, args=(done, work), daemon=True).start()
    if not wait([done], timeout=seconds).done:
        return Failure(Reason.TIME_LIMIT, f"expected an end within {seconds:g} s, found none")
    return done.result()


def _settle(done: Future[_T | Failure], work: Callable[[], _T]) -> None:
    try:
        done.set_result(guard(work))
    except OSError as full:
        done.set_exception(full)


def is_full_disk(error: BaseException) -> bool:
    """Return whether the system, or SQLite, had no room to write."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in _NO_ROOM


def _is_out_of_memory(error: Exception) -> bool:
    # PyTorch has a class of its own for a GPU, and says it in words for a processor.
    is_torch = type(error).__name__ == "OutOfMemoryError" or "DefaultCPUAllocator" in str(error)
    return isinstance(error, MemoryError) or is_torch


def attempt(
    study: StudyRecord, work: Callable[[StudyRecord], _T], *, clock: StageClock
) -> _T | Rejection:
    """Do the work on a study; what goes wrong becomes its rejection, at the stage under way."""
    began = time.perf_counter()
    found = guard(lambda: work(study))
    clock.stop()
    if not isinstance(found, Failure):
        return found
    return rejected(study, found, stage=clock.stage, seconds=time.perf_counter() - began)


def rejected(study: StudyRecord, failure: Failure, *, stage: str, seconds: float) -> Rejection:
    """Return the rejection of a study of which no more is known than why it failed, and where."""
    return Rejection(
        study_uid=study.study_uid,
        patient_id=study.patient_id,
        reason=failure.reason,
        detail=failure.detail,
        stage=stage,
        seconds=seconds,
        acquisition=Acquisition(study_month=study.month),
    )


def _describe(error: Exception) -> str:
    """Say where an unexpected error arose; its message is left out, as it can carry names."""
    return f"{_place(error)}; this is a fault of ctbone, please report it"


def _place(error: Exception) -> str:
    frames = extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "ctbone" in Path(frame.filename).parts] or frames
    return f"{type(error).__name__} at {Path(ours[-1].filename).name}:{ours[-1].lineno}"
