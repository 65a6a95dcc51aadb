"""Patients rendered by processes of their own, all before a fit or while it goes on.

A stream is a window that slides over the endless row of patients that a seed gives: each epoch
looks at ``patients`` of them, the next one leaves ``fresh`` behind and takes as many new ones. A
patient is its seed, so that neither the number of processes nor a run that was cut off changes
what is seen.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ctbone.training.fields import SimulatedFields
from ctbone.training.recipe import LocaliserTraining
from ctbone.training.simulated import case_path, prepare_case


@dataclass(frozen=True)
class Window:
    """Which patients each epoch looks at.

    Attributes:
        folder: Where they lie while they are looked at.
        first: Seed of the first.
        config: How many, how many new ones an epoch, and what is drawn from them.
    """

    folder: Path
    first: int
    config: LocaliserTraining

    def __len__(self) -> int:
        return self.config.patients * self.config.draws

    def seeds(self, epoch: int) -> range:
        """Return the seeds of an epoch."""
        start = self.first + epoch * (self.config.fresh or self.config.patients)
        return range(start, start + self.config.patients)

    def at(self, epoch: int) -> SimulatedFields:
        """Return the fields of view of an epoch; its patients have to be there when drawn from."""
        spacing_mm = self.config.network.spacing_mm
        paths = (case_path(self.folder, s, spacing_mm=spacing_mm) for s in self.seeds(epoch))
        return SimulatedFields(tuple(paths), config=self.config)


class Stream:
    """Renders the window of an epoch, and while that is fitted the next one.

    Args:
        window: What to render.
        epochs: How many epochs there are.
        pool: The processes that render.
        device: Where they paint.
    """

    def __init__(self, window: Window, *, epochs: int, pool: Executor, device: str) -> None:
        self._window, self._epochs, self._pool, self._device = window, epochs, pool, device
        self._asked: dict[int, Future[Path]] = {}

    def prepare(self, epoch: int) -> None:
        """Wait for the patients of an epoch, ask for the next, drop those left behind."""
        if epoch >= self._epochs:
            # A run that had ended already is taken up again.
            return
        if epoch:
            behind = self._window.seeds(epoch - 1).start
            self._drop(range(behind, self._window.seeds(epoch).start))
        for ahead in range(epoch, min(epoch + 2, self._epochs)):
            self._ask(self._window.seeds(ahead))
        for seed in self._window.seeds(epoch):
            self._asked[seed].result()

    def clear(self) -> None:
        """Drop whatever still lies on disk."""
        self._drop(range(min(self._asked, default=0), max(self._asked, default=-1) + 1))

    def _ask(self, seeds: range) -> None:
        spacing_mm = self._window.config.network.spacing_mm
        work = partial(prepare_case, spacing_mm=spacing_mm, device=self._device)
        for seed in seeds:
            if seed not in self._asked:
                self._asked[seed] = self._pool.submit(work, self._window.folder, seed)

    def _drop(self, seeds: range) -> None:
        spacing_mm = self._window.config.network.spacing_mm
        for seed in seeds:
            self._asked.pop(seed, None)
            case_path(self._window.folder, seed, spacing_mm=spacing_mm).unlink(missing_ok=True)


@contextmanager
def renderers(count: int, *, beside: bool) -> Iterator[Executor]:
    """Start what renders, and end it with the block.

    Args:
        count: How many processes; one alone is a thread of this process, unless it is to work
            beside it.
        beside: Whether this process has other work to do meanwhile.
    """
    if count == 1 and not beside:
        with ThreadPoolExecutor(1) as thread:
            yield thread
        return
    # Forked copies of a process with threads and a GPU can hang.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_on_one_thread)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def render_cases(
    folder: Path, seeds: range, *, spacing_mm: float, pool: Executor, device: str
) -> tuple[Path, ...]:
    """Render the cases that a folder lacks, side by side, and return the paths of all."""
    work = partial(prepare_case, folder, spacing_mm=spacing_mm, device=device)
    return tuple(pool.map(work, seeds))


def _on_one_thread() -> None:
    import torch

    torch.set_num_threads(1)
