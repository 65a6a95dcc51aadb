"""Many studies: each ends as exactly one result or one rejection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
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
from ctbone.screening.acquisition import acquisition_of, acquisition_unchosen
from ctbone.screening.refusing import Refusing
from ctbone.screening.study import Pipeline, Scan, open_study, screen_scan
from ctbone.volume import CTVolume

#: Told a StudyInstanceUID and the stage that its study enters.
Announce = Callable[[str, str], None]


def unheard(_uid: str, _stage: str) -> None:
    """Do nothing with what is announced."""


def outcomes(
    studies: Iterable[StudyRecord],
    *,
    pipeline: Pipeline,
    clock: StageClock | None = None,
    ahead: bool = False,
    announce: Announce = unheard,
) -> Iterator[ScreeningResult | Rejection]:
    """Yield one outcome per study, in order; a fault in one study never stops the next.

    Args:
        studies: The studies.
        pipeline: The steps that each goes through.
        clock: Sums the wall time of each stage over the studies that have been yielded.
        ahead: Whether a thread reads the next study while one is screened, so that two volumes
            are in memory. That thread then draws from ``studies``.
        announce: Told each stage as it begins, by that thread too.

    Raises:
        OSError: If a disk is full.
    """
    clock = clock or StageClock()
    begin = partial(_Course, pipeline=pipeline, announce=announce)
    courses = _ahead(map(begin, studies)) if ahead else map(begin, studies)
    for course in courses:
        outcome = course.outcome()
        spent = course.clock.seconds
        clock.add(spent)
        yield replace(outcome, seconds=sum(spent.values()))


def screen_study(
    study: StudyRecord, *, pipeline: Pipeline, enter: Callable[[str], None] = lambda _: None
) -> ScreeningResult:
    """Screen one study, and raise what ``outcomes`` would make a rejection of.

    Args:
        study: The study.
        pipeline: The steps.
        enter: Told the name of each stage as it begins.

    Raises:
        CtboneError: If the study cannot be screened; the subclass names the reason.
    """
    course = _Course(study, pipeline, announce=lambda _, stage: enter(stage))
    found = course.screen(study)
    course.clock.stop()
    return replace(found, seconds=sum(course.clock.seconds.values()))


@dataclass
class _Course:
    """How one study goes through the pipeline, and what is known of it if it comes to nothing.

    Attributes:
        chosen: The series that were tried.
        volume: What was read; ``None`` before.
        located: What was located; ``None`` before.
        ahead: What a thread reads of it; ``None`` where no thread does.
    """

    study: StudyRecord
    pipeline: Pipeline
    announce: Announce
    clock: StageClock = field(default_factory=StageClock)
    chosen: list[SeriesRecord] = field(default_factory=list)
    volume: CTVolume | None = None
    located: tuple[VertebraLocalisation, ...] | None = None
    ahead: Future[Scan] | None = None

    def open(self) -> Scan:
        """Choose a series and read it."""
        try:
            watched = replace(self.pipeline, select=self._select)
            return open_study(self.study, pipeline=watched, enter=self._enter)
        finally:
            # What waits for a volume that was read ahead takes no time of its study.
            self.clock.stop()

    def screen(self, study: StudyRecord) -> ScreeningResult:
        """Measure what a thread has read of the study, or is read here."""
        scan = self.open() if self.ahead is None else self.ahead.result()
        _, self.volume = scan
        watched = replace(self.pipeline, assess=self._assess)
        return screen_scan(study, scan, pipeline=watched, enter=self._enter)

    def outcome(self) -> ScreeningResult | Rejection:
        """Go through with it."""
        found = attempt(self.study, self.screen, clock=self.clock)
        # A fault that it keeps holds the frames in which it arose, and their arrays.
        self.ahead = None
        try:
            return self._refused(found) if isinstance(found, Rejection) else found
        finally:
            # Whoever holds the course still must not hold the volume while the next is read.
            self.volume = None

    def _refused(self, found: Rejection) -> Rejection:
        """Return a rejection with all that is known of the study, shown and delivered."""
        found = _placed(found, self.study, self.chosen)
        if self.located is not None:
            found = _located(found, self.chosen[-1], self.located, self.pipeline)
        refuse = Refusing(show=self.pipeline.show, deliver=self.pipeline.deliver)
        if self.volume is not None and refuse.show is not None:
            self._enter("show")
        refused = refuse(self.study, found, self.volume)
        self.clock.stop()
        return refused

    def _enter(self, stage: str) -> None:
        self.clock.enter(stage)
        self.announce(self.study.study_uid, stage)

    def _select(self, study: StudyRecord) -> SeriesRecord:
        self.chosen.append(self.pipeline.select(study))
        return self.chosen[-1]

    def _assess(
        self, volume: CTVolume, vertebrae: Sequence[VertebraLocalisation]
    ) -> tuple[VertebraLocalisation, ...]:
        self.located = self.pipeline.assess(volume, vertebrae)
        return self.located


def _ahead(courses: Iterator[_Course]) -> Iterator[_Course]:
    """Yield courses, the next of which a thread draws and reads meanwhile."""
    reader = ThreadPoolExecutor(1)

    def draw() -> _Course | None:
        course = next(courses, None)
        if course is not None:
            # A fault while reading is raised where the volume is asked for.
            course.ahead = reader.submit(course.open)
        return course

    try:
        coming = reader.submit(draw)
        while (course := coming.result()) is not None:
            coming = reader.submit(draw)
            yield course
    finally:
        # Whoever gives the studies may be waited for: not by one who asks for no more of them.
        reader.shutdown(wait=False, cancel_futures=True)


def _located(
    rejection: Rejection,
    series: SeriesRecord,
    vertebrae: tuple[VertebraLocalisation, ...],
    pipeline: Pipeline,
) -> Rejection:
    """Return a rejection with what was located before it, each with its own reason."""
    missing = missing_levels(vertebrae, pipeline.levels)
    return replace(rejection, series_uid=series.series_uid, vertebrae=vertebrae, missing=missing)


def _placed(rejection: Rejection, study: StudyRecord, chosen: list[SeriesRecord]) -> Rejection:
    """Return a rejection with the acquisition of the series that it speaks of, if of any."""
    if not chosen:
        return replace(rejection, acquisition=acquisition_unchosen(study))
    # Where no series could be read, the fault that is told is that of the preferred one.
    series = chosen[0] if rejection.stage == "read" else chosen[-1]
    found = guard(lambda: acquisition_of(series, study))
    return rejection if isinstance(found, Failure) else replace(rejection, acquisition=found)
