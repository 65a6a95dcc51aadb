"""Many studies: each ends as exactly one result or one rejection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from ctbone.attempts import Failure, StageClock, attempt, guard
from ctbone.records import Rejection, ScreeningResult, SeriesRecord, StudyRecord
from ctbone.screening.acquisition import acquisition_of
from ctbone.screening.study import Pipeline, screen_study


def outcomes(
    studies: Iterable[StudyRecord], *, pipeline: Pipeline, clock: StageClock | None = None
) -> Iterator[ScreeningResult | Rejection]:
    """Yield one outcome per study; a fault in one study never stops the next."""
    clock = clock or StageClock()
    chosen: list[SeriesRecord] = []

    def select(study: StudyRecord) -> SeriesRecord:
        chosen.append(pipeline.select(study))
        return chosen[-1]

    watched = replace(pipeline, select=select)
    work = partial(screen_study, pipeline=watched, enter=clock.enter)
    for study in studies:
        chosen.clear()
        outcome = attempt(study, work, clock=clock)
        yield _placed(outcome, chosen) if isinstance(outcome, Rejection) else outcome


def _placed(rejection: Rejection, chosen: list[SeriesRecord]) -> Rejection:
    """Return a rejection with the acquisition of the series that it speaks of."""
    if not chosen:
        return rejection
    # Where no series could be read, the fault that is told is that of the preferred one.
    series = chosen[0] if rejection.stage == "read" else chosen[-1]
    found = guard(lambda: acquisition_of(series))
    return rejection if isinstance(found, Failure) else replace(rejection, acquisition=found)
