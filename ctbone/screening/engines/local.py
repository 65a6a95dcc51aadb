"""The engine of one machine: worker processes that are watched while they screen.

A study that ends its process, or takes more memory than it may, is tried once more in a new one
that has nothing else to do: what ended the first may have been the study that was read ahead, or
something outside. It is rejected when that happens again. One that takes too long is rejected at
once. Either way the process is replaced, and what else it had been given goes to others.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait

from ctbone.attempts import Failure
from ctbone.errors import Reason, WorkersLost
from ctbone.records import Rejection, StudyRecord
from ctbone.screening.engine import Engine, Finished, Opener, Opening
from ctbone.screening.engines.limits import Limits
from ctbone.screening.engines.messages import Message, Ready, Refused, Stopped
from ctbone.screening.engines.process import WorkerProcess

#: Studies that a process has at most: the one that is screened, and the next, read meanwhile.
_GIVEN = 2

#: Longest time between two looks at whether processes live and keep to their limits, seconds.
_LOOK_S = 0.5

#: Processes in a row that may end before they are ready.
_PATIENCE = 3

#: What may leave a process in a state that the next study should not meet.
_UNSETTLING = frozenset({Reason.UNEXPECTED, Reason.OUT_OF_MEMORY})


@contextmanager
def open_local(
    opener: Opener, *, workers: int, limits: Limits, threads: int | None = None
) -> Iterator[Engine]:
    """Return what screens in processes of this machine; they end with the block.

    Args:
        opener: Makes the pipeline of a process.
        workers: How many processes.
        limits: What a study may cost.
        threads: Threads that a network may use in each; by default its share of the processor.

    Raises:
        ValueError: If the run cannot be done as it is asked for.
        CtboneError: The same.
        WorkersLost: If no process becomes ready.
    """
    crew = _Crew(opener, workers=workers, limits=limits, threads=threads)
    try:
        crew.begin()
        yield crew
    finally:
        crew.end()


class _Supply:
    """Studies that wait: those that came back before those that were never given."""

    def __init__(self, studies: Iterator[StudyRecord]) -> None:
        self._studies = studies
        self._waiting: deque[StudyRecord] = deque()

    def next(self) -> StudyRecord | None:
        """Return the next one, which stays."""
        if not self._waiting:
            self._waiting.extend(study for study in [next(self._studies, None)] if study)
        return self._waiting[0] if self._waiting else None

    def take(self) -> StudyRecord:
        return self._waiting.popleft()

    def put_back(self, studies: Iterator[StudyRecord]) -> None:
        self._waiting.extendleft(studies)


class _Crew:
    """The processes, and which study each has."""

    def __init__(
        self, opener: Opener, *, workers: int, limits: Limits, threads: int | None = None
    ) -> None:
        self._opener, self._wanted, self._limits = opener, workers, limits
        self._threads = threads or max(1, len(os.sched_getaffinity(0)) // workers)
        self._processes: list[WorkerProcess] = []
        self._openings: list[Opening] = []
        self._suspects: set[str] = set()
        self._lost_in_a_row = 0

    @property
    def opening(self) -> Opening:
        return self._openings[0]

    def begin(self) -> None:
        """Start the first process and wait for it: it says what the run depends on."""
        supply = _Supply(iter(()))
        while not self._openings:
            if not self._processes:
                self._start()
            list(self._look(supply))

    def end(self) -> None:
        for process in self._processes:
            process.end()
        self._processes.clear()

    def __call__(self, studies: Iterator[StudyRecord], /) -> Iterator[Finished]:
        supply = _Supply(studies)
        while supply.next() or any(process.given for process in self._processes):
            while supply.next() and len(self._processes) < self._wanted:
                self._start()
            self._give(supply)
            yield from self._look(supply)

    def _start(self) -> None:
        self._processes.append(
            WorkerProcess(self._opener, threads=self._threads, limits=self._limits)
        )

    def _give(self, supply: _Supply) -> None:
        """Give one study to whoever has none, then another to each, to be read ahead."""
        for count in range(_GIVEN):
            for process in self._processes:
                study = supply.next()
                if study is None:
                    return
                if process.is_ready and len(process.given) == count:
                    if count and self._is_alone(study, process):
                        continue
                    process.give(supply.take())

    def _is_alone(self, study: StudyRecord, process: WorkerProcess) -> bool:
        """Return whether a study must not be in a process together with what that has."""
        return not self._suspects.isdisjoint({study.study_uid, process.given[0].study_uid})

    def _look(self, supply: _Supply) -> Iterator[Finished]:
        """Wait a while, and yield what has ended."""
        wait([process.connection for process in self._processes], timeout=_LOOK_S)
        for process in tuple(self._processes):
            for message in process.messages():
                if isinstance(message, Finished):
                    self._lost_in_a_row = 0
                    yield message
                    if _is_unsettling(message):
                        self._dismiss(process, supply)
                        break
                else:
                    self._hear(message)
            if process in self._processes and (loss := process.loss()):
                yield from self._lose(process, loss, supply)

    def _hear(self, message: Message) -> None:
        match message:
            case Refused(mistake=mistake):
                if not self._openings:
                    raise mistake
                raise WorkersLost(f"a process that was started later came to nothing: {mistake}")
            case Stopped(trouble=trouble):
                raise trouble
            case Ready(opening=opening):
                self._openings.append(opening)
                if opening != self.opening:
                    raise WorkersLost(
                        "a process that was started later found another model, localiser, table "
                        "or device than the first; put back what there was"
                    )

    def _lose(self, process: WorkerProcess, loss: Failure, supply: _Supply) -> Iterator[Finished]:
        # Nothing more is written of a study once it is known how it ends.
        process.end()
        if not process.given:
            self._count_lost(loss)
        elif self._is_final(loss, process.given[0]):
            yield process.rejection(loss, opening=self.opening)
            process.given.popleft()
        else:
            self._suspects.add(process.given[0].study_uid)
        self._drop(process, supply)

    def _is_final(self, loss: Failure, study: StudyRecord) -> bool:
        return loss.reason is Reason.TIME_LIMIT or study.study_uid in self._suspects

    def _count_lost(self, loss: Failure) -> None:
        self._lost_in_a_row += 1
        if self._lost_in_a_row >= _PATIENCE:
            raise WorkersLost(
                f"{_PATIENCE} processes in a row came to nothing before they were given a study; "
                f"of the last: {loss.detail}"
            )

    def _dismiss(self, process: WorkerProcess, supply: _Supply) -> None:
        """End a process, in whose place another is started if need be; what it had goes back."""
        process.end()
        self._drop(process, supply)

    def _drop(self, process: WorkerProcess, supply: _Supply) -> None:
        self._processes.remove(process)
        supply.put_back(reversed(process.given))


def _is_unsettling(finished: Finished) -> bool:
    outcome = finished.outcome
    return isinstance(outcome, Rejection) and outcome.reason in _UNSETTLING
