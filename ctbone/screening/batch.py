"""Many studies: each ends as exactly one result or one rejection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from ctbone.attempts import Failure, StageClock, attempt, guard
from ctbone.localisation.trust import missing_levels
from ctbone.records import (
    Rejection,
    ScreeningResult,
    SeriesRecord,
    StudyRecord,
    VertebraLocalisation,
)
from ctbone.screening.acquisition import acquisition_of
from ctbone.screening.study import Pipeline, screen_study
from ctbone.volume import CTVolume


def outcomes(
    studies: Iterable[StudyRecord], *, pipeline: Pipeline, clock: StageClock | None = None
) -> Iterator[ScreeningResult | Rejection]:
    """Yield one outcome per study; a fault in one study never stops the next."""
    clock = clock or StageClock()
    chosen: list[SeriesRecord] = []

    def select(study: StudyRecord) -> SeriesRecord:
        chosen.append(pipeline.select(study))
        return chosen[-1]

    located: list[tuple[VertebraLocalisation, ...]] = []

    def assess(
        volume: CTVolume, vertebrae: Sequence[VertebraLocalisation]
    ) -> tuple[VertebraLocalisation, ...]:
        located.append(pipeline.assess(volume, vertebrae))
        return located[-1]

    watched = replace(pipeline, select=select, assess=assess)
    work = partial(screen_study, pipeline=watched, enter=clock.enter)
    for study in studies:
        chosen.clear()
        located.clear()
        outcome = attempt(study, work, clock=clock)
        if isinstance(outcome, Rejection):
            outcome = _placed(outcome, chosen)
            if located:
                outcome = _located(outcome, chosen[-1], located[-1], pipeline)
            if pipeline.deliver is not None:
                outcome = replace(outcome, flags=pipeline.deliver.refuse(study, outcome))
        yield outcome


def _located(
    rejection: Rejection,
    series: SeriesRecord,
    vertebrae: tuple[VertebraLocalisation, ...],
    pipeline: Pipeline,
) -> Rejection:
    """Return a rejection with what was located before it, each with its own reason."""
    missing = missing_levels(vertebrae, pipeline.levels)
    return replace(rejection, series_uid=series.series_uid, vertebrae=vertebrae, missing=missing)


def _placed(rejection: Rejection, chosen: list[SeriesRecord]) -> Rejection:
    """Return a rejection with the acquisition of the series that it speaks of."""
    if not chosen:
        return rejection
    # Where no series could be read, the fault that is told is that of the preferred one.
    series = chosen[0] if rejection.stage == "read" else chosen[-1]
    found = guard(lambda: acquisition_of(series))
    return rejection if isinstance(found, Failure) else replace(rejection, acquisition=found)
