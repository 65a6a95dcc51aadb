"""The engine of a cluster: workers of dask, on this machine or on those of a scheduler.

One study is given to each worker at a time: dask blames the loss of a worker on all that the
worker had been given. Such a study is tried again, and rejected when that happens once too often.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from ctbone.attempts import Failure
from ctbone.errors import Reason, WorkersLost
from ctbone.extras import import_extra
from ctbone.records import StudyRecord
from ctbone.screening.engine import Engine, Finished, Opener, Opening, given_up
from ctbone.screening.engines import remote
from ctbone.screening.engines.limits import Limits
from ctbone.screening.engines.messages import Refused, Stopped
from ctbone.screening.engines.remote import Answer, Job
from ctbone.version import __version__

#: Longest time between two looks at which workers there are, seconds.
_LOOK_S = 0.5

_LOOPBACK = "127.0.0.1"

#: Of the workers of this machine: they may start processes, and their web servers serve nothing.
_SETTINGS = {
    "distributed.worker.daemon": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@contextmanager
def open_dask(
    opener: Opener, *, scheduler: str | None = None, workers: int = 1, limits: Limits
) -> Iterator[Engine]:
    """Return what screens on workers of dask; what they keep for it ends with the block.

    Args:
        opener: Makes the pipeline of a worker.
        scheduler: Address of a scheduler that has workers; without it, they are started on this
            machine, and end with the block.
        workers: How many to start.
        limits: What a study may cost. No worker being there for ``start_s`` ends the run.

    Raises:
        ValueError: If dask is not installed, or the run cannot be done as it is asked for.
        CtboneError: The same.
        WorkersLost: If there is no scheduler, or no worker becomes ready.
    """
    distributed = import_extra("distributed", extra="dask")
    job = Job(run=uuid4().hex, opener=opener, limits=limits)
    with ExitStack() as stack:
        if scheduler is None:
            job = replace(job, threads=max(1, len(os.sched_getaffinity(0)) // workers))
            at: Any = stack.enter_context(_on_this_machine(distributed, workers))
        else:
            at = scheduler
        client = stack.enter_context(_client(distributed, at))
        cluster = _Cluster(client, job)
        stack.callback(cluster.end)
        cluster.begin()
        yield cluster


@contextmanager
def _on_this_machine(distributed: Any, workers: int) -> Iterator[Any]:  # noqa: ANN401
    """Start workers that nobody else can reach: on loopback, by certificates of their own."""
    dask = import_extra("dask", extra="dask")
    import_extra("cryptography", extra="dask")
    with (
        dask.config.set(_SETTINGS),
        TemporaryDirectory(prefix="ctbone-") as scratch,
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host=_LOOPBACK,
            security=distributed.Security.temporary(),
            # Limits are kept where studies are screened.
            memory_limit=0,
            local_directory=scratch,
            preload=[remote.__name__],
            silence_logs=logging.CRITICAL,
            dashboard_address=f"{_LOOPBACK}:0",
            scheduler_kwargs={"dashboard": False, "allowed_failures": 1},
        ) as cluster,
    ):
        yield cluster


@contextmanager
def _client(distributed: Any, at: Any) -> Iterator[Any]:  # noqa: ANN401
    try:
        client = distributed.Client(at, set_as_default=False)
    except OSError as fault:
        raise WorkersLost(f"expected a scheduler of dask at {at}, and none answers") from fault
    with client:
        yield client


@dataclass(frozen=True, slots=True)
class _Given:
    """A study that a worker has."""

    study: StudyRecord
    since: float


class _Cluster:
    """The workers, and which studies they have."""

    def __init__(self, client: Any, job: Job) -> None:  # noqa: ANN401
        self._client, self._job = client, job
        self._opening: Opening | None = None
        self._last_seen = time.monotonic()

    @property
    def opening(self) -> Opening:
        if self._opening is None:
            raise WorkersLost("no worker has become ready")
        return self._opening

    def begin(self) -> None:
        """Let one worker become ready: it says what the run depends on."""
        future = self._submit(None)
        while not future.done():
            self._look([future])
        self._hear(self._answer(future))

    def end(self) -> None:
        """Let every worker end what it keeps."""
        with suppress(OSError):
            self._client.run(remote.let_go, self._job.run, on_error="ignore")

    def __call__(self, studies: Iterator[StudyRecord], /) -> Iterator[Finished]:
        given: dict[Any, _Given] = {}
        try:
            while True:
                room = max(1, self._count_workers()) - len(given)
                for study in islice(studies, max(0, room)):
                    given[self._submit(study)] = _Given(study, time.monotonic())
                if not given:
                    return
                for future in self._look(list(given)):
                    yield self._finished(future, given.pop(future))
        finally:
            for future in given:
                future.cancel()

    def _submit(self, study: StudyRecord | None) -> Any:  # noqa: ANN401
        return self._client.submit(remote.do, replace(self._job, study=study), pure=False)

    def _look(self, futures: list[Any]) -> list[Any]:
        """Wait a while, and return what has ended."""
        distributed = import_extra("distributed", extra="dask")
        with self._client.as_current(), suppress(TimeoutError, CancelledError):
            distributed.wait(futures, timeout=_LOOK_S, return_when="FIRST_COMPLETED")
        self._require_workers()
        return [future for future in futures if future.done()]

    def _require_workers(self) -> None:
        now, allowed = time.monotonic(), self._job.limits.start_s
        if self._count_workers():
            self._last_seen = now
        if now - self._last_seen > allowed:
            raise WorkersLost(f"the scheduler has had no worker for {allowed:g} s")

    def _count_workers(self) -> int:
        try:
            return len(self._client.nthreads())
        except OSError as fault:
            raise WorkersLost("the scheduler of dask does not answer any more") from fault

    def _finished(self, future: Any, given: _Given) -> Finished:  # noqa: ANN401
        killed = import_extra("distributed", extra="dask").KilledWorker
        if not future.cancelled() and isinstance(fault := future.exception(), killed):
            return self._lost(given, times=fault.allowed_failures + 1)
        said = self._hear(self._answer(future))
        if said is None:
            raise WorkersLost("a worker was given a study and did not say how it ended")
        return said

    def _lost(self, given: _Given, *, times: int) -> Finished:
        spent = time.monotonic() - given.since
        lost = Failure(
            Reason.WORKER_LOST, f"each of the {times} workers that it was given to was lost"
        )
        return given_up(given.study, lost, opening=self.opening, stage="select", seconds=spent)

    def _answer(self, future: Any) -> Answer:  # noqa: ANN401
        if future.cancelled():
            raise WorkersLost("the scheduler of dask was lost, or let go of a study")
        fault = future.exception()
        if fault is None:
            answer: Answer = future.result()
            return answer
        found = f": {fault}" if isinstance(fault, ImportError) else ""
        raise WorkersLost(
            f"a worker could not do what it was asked ({type(fault).__name__}{found}); expected "
            f"ctbone {__version__} there, and its packages as they are here"
        )

    def _hear(self, answer: Answer) -> Finished | None:
        if answer.version != __version__:
            raise WorkersLost(
                f"expected ctbone {__version__} on every worker, found {answer.version} on "
                f"{answer.host}"
            )
        match answer.said:
            case Stopped(trouble=trouble):
                raise trouble
            case Refused(mistake=mistake):
                if self._opening is None:
                    raise mistake
                raise WorkersLost(f"the worker on {answer.host} came to nothing: {mistake}")
        self._require_same(answer)
        return answer.said

    def _require_same(self, answer: Answer) -> None:
        self._opening = self._opening or answer.opening
        if answer.opening != self._opening:
            raise WorkersLost(
                f"the worker on {answer.host} found another model, localiser, table or device "
                "than the first; give every worker the same"
            )
