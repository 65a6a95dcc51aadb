"""Many studies: each ends as exactly one result or one rejection."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from traceback import extract_tb

from ctbone.errors import CtboneError, Reason
from ctbone.records import Rejection, ScreeningResult, StudyRecord
from ctbone.screening.study import Pipeline, Stage, screen_study


@dataclass
class StageClock:
    """Knows which stage a study is in, and sums the wall time of each.

    Attributes:
        stage: The stage that is under way.
        seconds: Wall time by stage, over all studies.
    """

    stage: Stage = "select"
    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = 0.0

    def enter(self, stage: Stage) -> None:
        """End the stage under way and begin another."""
        self.stop()
        self.stage, self._since = stage, time.perf_counter()

    def stop(self) -> None:
        """End the stage under way."""
        if self._since:
            spent = time.perf_counter() - self._since
            self.seconds[self.stage] = self.seconds.get(self.stage, 0.0) + spent
            self._since = 0.0


def outcomes(
    studies: Iterable[StudyRecord], *, pipeline: Pipeline, clock: StageClock | None = None
) -> Iterator[ScreeningResult | Rejection]:
    """Yield one outcome per study; a fault in one study never stops the next."""
    clock = clock or StageClock()
    for study in studies:
        yield _outcome(study, pipeline, clock)


def _outcome(
    study: StudyRecord, pipeline: Pipeline, clock: StageClock
) -> ScreeningResult | Rejection:
    began = time.perf_counter()
    try:
        return screen_study(study, pipeline=pipeline, enter=clock.enter)
    except CtboneError as fault:
        reason, detail = fault.reason, str(fault)
    # The one place that catches everything: a bug met in one study must not cost the night.
    except Exception as error:  # noqa: BLE001
        reason, detail = Reason.UNEXPECTED, _describe(error)
    finally:
        clock.stop()
    return Rejection(
        study_uid=study.study_uid,
        patient_id=study.patient_id,
        reason=reason,
        detail=detail,
        stage=clock.stage,
        seconds=time.perf_counter() - began,
    )


def _describe(error: Exception) -> str:
    """Say where an unexpected error arose; its message is left out, as it can carry names."""
    frames = extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "ctbone" in Path(frame.filename).parts] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    return f"{type(error).__name__} at {place}; this is a fault of ctbone, please report it"
