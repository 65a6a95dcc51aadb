"""One study at a time: whatever goes wrong in one never stops the next.

This is the one place of the package that catches everything.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

from ctbone.errors import CtboneError, Reason
from ctbone.records import Rejection, StudyRecord

_T = TypeVar("_T")


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

    def enter(self, stage: str) -> None:
        """End the stage under way and begin another."""
        self.stop()
        self.stage, self._since = stage, time.perf_counter()

    def stop(self) -> None:
        """End the stage under way."""
        if self._since:
            spent = time.perf_counter() - self._since
            self.seconds[self.stage] = self.seconds.get(self.stage, 0.0) + spent
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
    """Do some work; a fault in the data, or a bug, becomes a ``Failure``."""
    try:
        return work()
    except CtboneError as fault:
        return Failure(fault.reason, str(fault))
    # A bug that one study brings to light must not cost the night.
    except Exception as error:  # noqa: BLE001
        return Failure(Reason.UNEXPECTED, _describe(error))


def attempt(
    study: StudyRecord, work: Callable[[StudyRecord], _T], *, clock: StageClock
) -> _T | Rejection:
    """Do the work on a study; what goes wrong becomes its rejection, at the stage under way."""
    began = time.perf_counter()
    found = guard(lambda: work(study))
    clock.stop()
    if not isinstance(found, Failure):
        return found
    return Rejection(
        study_uid=study.study_uid,
        patient_id=study.patient_id,
        reason=found.reason,
        detail=found.detail,
        stage=clock.stage,
        seconds=time.perf_counter() - began,
    )


def _describe(error: Exception) -> str:
    """Say where an unexpected error arose; its message is left out, as it can carry names."""
    frames = extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "ctbone" in Path(frame.filename).parts] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    return f"{type(error).__name__} at {place}; this is a fault of ctbone, please report it"
