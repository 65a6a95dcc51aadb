"""The engine for finding faults: everything in this process, one study after the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ctbone.records import StudyRecord
from ctbone.screening.engine import Engine, Finished, Opener, Opening, finished
from ctbone.screening.study import Pipeline


@dataclass(frozen=True)
class _Here:
    pipeline: Pipeline
    opening: Opening

    def __call__(self, studies: Iterator[StudyRecord], /) -> Iterator[Finished]:
        return finished(studies, pipeline=self.pipeline)


@contextmanager
def open_here(opener: Opener) -> Iterator[Engine]:
    """Return what screens in this process; a study that ends the process ends the run.

    Raises:
        ValueError: If the run cannot be done as it is asked for.
        CtboneError: The same.
    """
    yield _Here(*opener())
