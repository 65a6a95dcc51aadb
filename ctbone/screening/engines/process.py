"""One worker process, as the coordinating process sees it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import cast

from ctbone.attempts import Failure
from ctbone.errors import Reason
from ctbone.records import StudyRecord
from ctbone.screening.engine import Finished, Opener, Opening, given_up
from ctbone.screening.engines.limits import Limits
from ctbone.screening.engines.messages import Entered, Message, Ready
from ctbone.screening.engines.worker import serve

_GB = 1e9


class WorkerProcess:
    """A process that screens what it is given, in that order.

    Args:
        opener: Makes its pipeline.
        threads: Threads that a network may use on a processor.
        limits: What a study may cost.

    Attributes:
        connection: Where its messages come from.
        given: The studies that it has, the one that is screened first.
        is_ready: Whether its pipeline is made.
    """

    def __init__(self, opener: Opener, *, threads: int, limits: Limits) -> None:
        # Forking a process that has run threads can hang it.
        context = get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, opener, threads))
        with _without_main():
            self._process.start()
        self._pid = cast("int", self._process.pid)
        theirs.close()
        # A pipe takes a study only as fast as the other side reads, which can be never.
        self._sender = ThreadPoolExecutor(1)
        self._limits = limits
        self._since = time.monotonic()
        self._stages: dict[str, str] = {}
        self._code: int | None = None
        self.given: deque[StudyRecord] = deque()
        self.is_ready = False

    def give(self, study: StudyRecord) -> None:
        """Send a study; whether it arrives shows in what comes back."""
        if not self.given:
            self._since = time.monotonic()
        self.given.append(study)
        self._sender.submit(self.connection.send, study)

    def messages(self) -> Iterator[Message]:
        """Yield what it has told since it was last asked."""
        # Asked first: what a process told before it ended is then among what is read.
        self._code = self._process.exitcode
        # The end of the file, or a message cut short, is the end of the process.
        with suppress(EOFError, OSError):
            while self.connection.poll():
                yield self._noted(self.connection.recv())

    def loss(self) -> Failure | None:
        """Return why it has to be given up, its messages read; ``None`` where it has not."""
        limits = self._limits
        if self._code is not None:
            return Failure(
                Reason.WORKER_LOST, f"the process that screened it {_ended(self._code)}"
            )
        allowed = limits.time_s if self.is_ready else limits.start_s
        is_waiting = self.is_ready and not self.given
        if not is_waiting and time.monotonic() - self._since > allowed:
            return Failure(Reason.TIME_LIMIT, f"expected an end within {allowed:g} s, found none")
        if limits.memory_bytes and (taken := self._resident_bytes()) > limits.memory_bytes:
            found = (
                f"expected at most {limits.memory_bytes / _GB:g} GB of memory in use, found "
                f"{taken / _GB:.1f} GB"
            )
            return Failure(Reason.OUT_OF_MEMORY, found)
        return None

    def rejection(self, loss: Failure, *, opening: Opening) -> Finished:
        """Return how the study ends that it was lost at; it has to have ended by then."""
        study, spent = self.given[0], time.monotonic() - self._since
        stage = self._stages.get(study.study_uid, "select")
        return given_up(study, loss, opening=opening, stage=stage, seconds=spent)

    def end(self) -> None:
        """End it, whatever it does, and whatever it has started."""
        # Once ended, its number is free for others.
        if self.connection.closed:
            return
        # Until it has a group of its own, there is none of its number.
        with suppress(ProcessLookupError):
            os.killpg(self._pid, signal.SIGKILL)
        self._process.kill()
        self._process.join()
        self._sender.shutdown(cancel_futures=True)
        self.connection.close()

    def _noted(self, message: Message) -> Message:
        match message:
            case Ready():
                self.is_ready = True
            case Entered(study_uid=uid, stage=stage):
                self._stages[uid] = stage
            case Finished():
                self._stages.pop(self.given.popleft().study_uid, None)
                self._since = time.monotonic()
        return message

    def _resident_bytes(self) -> int:
        try:
            pages = Path(f"/proc/{self._pid}/statm").read_text(encoding="ascii").split()[1]
        except OSError:
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def _without_main() -> Iterator[None]:
    """Keep a process that is started in the block from running the script of its parent.

    It would, so that objects of the script can come along, of which there are none here: a script
    that screens would then begin anew in every worker.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _ended(code: int) -> str:
    if code >= 0:
        return f"ended by itself with exit code {code}"
    name = signal.Signals(-code).name
    hint = ", as the system does where memory runs out" if -code == signal.SIGKILL else ""
    return f"was ended by {name}{hint}"
