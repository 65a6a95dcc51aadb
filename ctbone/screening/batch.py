"""Many studies: each ends as exactly one result or one rejection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from ctbone.attempts import StageClock, attempt
from ctbone.records import Rejection, ScreeningResult, StudyRecord
from ctbone.screening.study import Pipeline, screen_study


def outcomes(
    studies: Iterable[StudyRecord], *, pipeline: Pipeline, clock: StageClock | None = None
) -> Iterator[ScreeningResult | Rejection]:
    """Yield one outcome per study; a fault in one study never stops the next."""
    clock = clock or StageClock()
    work = partial(screen_study, pipeline=pipeline, enter=clock.enter)
    for study in studies:
        yield attempt(study, work, clock=clock)
