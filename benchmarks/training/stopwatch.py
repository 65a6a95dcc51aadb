"""Where the time of a step goes, told by the hooks of Lightning on either side alike."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import torch
from pytorch_lightning.callbacks import Callback

#: What a step is made of. Data is the time from the end of a step to the arrival of the next batch
#: on its device, and the wait of that device; a side that varies examples there counts it there.
PARTS = ("data", "augmentation", "forward", "backward", "optimiser")


class Stopwatch(Callback):
    """Takes the seconds of every part of every step.

    Attributes:
        steps: One row a step: seconds by part, and CPU seconds of the whole.
    """

    def __init__(self, now: Callable[[], float] | None = None) -> None:
        self._now = now or _synchronised
        self.steps: list[dict[str, float]] = []
        self._open: dict[str, float] = {}
        self._last: float | None = None
        self._cpu = 0.0

    def take(self, part: str) -> None:
        """Count the time since the last call as a part's."""
        now = self._now()
        if self._last is not None:
            self._open[part] = self._open.get(part, 0.0) + now - self._last
        self._last = now

    def timed(self, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return what varies examples within a step, timed; what is before it is the forward's."""

        def run(*given: object, **options: object) -> object:
            self.take("forward")
            found = work(*given, **options)
            self.take("augmentation")
            return found

        return run

    def on_train_start(self, *given: object) -> None:
        """Begin."""
        del given
        self._last, self._cpu, self._open = self._now(), _cpu_now(), {}

    def on_train_batch_start(self, *given: object) -> None:
        """End data."""
        del given
        self.take("data")

    def on_before_backward(self, *given: object) -> None:
        """End forward."""
        del given
        self.take("forward")

    def on_after_backward(self, *given: object) -> None:
        """End backward."""
        del given
        self.take("backward")

    def on_train_batch_end(self, *given: object) -> None:
        """End optimiser and step."""
        del given
        self.take("optimiser")
        cpu = _cpu_now()
        self.steps.append(self._open | {"cpu": cpu - self._cpu})
        self._open, self._cpu = {}, cpu


def _synchronised() -> float:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def _cpu_now() -> float:
    """Return CPU seconds of this process and of its children that have ended."""
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system
