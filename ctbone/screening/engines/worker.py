"""What a worker process does: make a pipeline once, then screen what it is sent.

It has a process group of its own, so that Ctrl-C reaches the coordinating process alone, and so
that whatever it starts can be ended with it. It ends when that process does, however that happens.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from pathlib import Path
from threading import Lock, Thread

from ctbone.attempts import is_full_disk
from ctbone.errors import CtboneError
from ctbone.memory import give_back_memory
from ctbone.records import StudyRecord
from ctbone.screening.engine import Opener, finished
from ctbone.screening.engines.messages import Entered, Message, Ready, Refused, Stopped

#: How much sooner than others the system may end this process where memory runs out (0 to 1000,
#: oom_score_adj of Linux): one study is lost then, and not the run.
_EXPENDABLE = "500"


def serve(connection: Connection, opener: Opener, threads: int) -> None:
    """Screen the studies that a connection brings, one after the other, reading one ahead.

    Args:
        connection: Brings ``StudyRecord`` and takes ``Message``.
        opener: Makes the pipeline.
        threads: Threads that a network may use on a processor.
    """
    _settle()
    tell = _Teller(connection)
    try:
        pipeline, opening = opener()
    except (CtboneError, ValueError, OSError) as mistake:
        tell(Refused(mistake))
        return
    _limit_threads(threads)
    tell(Ready(opening))
    done = finished(_received(connection), pipeline=pipeline, ahead=True, announce=tell.stage)
    try:
        for study in done:
            tell(study)
            give_back_memory()
    except OSError as trouble:
        if not is_full_disk(trouble):
            raise
        tell(Stopped(trouble))


@dataclass(frozen=True, slots=True)
class _Teller:
    """Sends messages, from any thread."""

    connection: Connection
    lock: Lock = field(default_factory=Lock)

    def __call__(self, message: Message) -> None:
        with self.lock:
            self.connection.send(message)

    def stage(self, study_uid: str, stage: str) -> None:
        self(Entered(study_uid, stage))


def _received(connection: Connection) -> Iterator[StudyRecord]:
    with suppress(EOFError):
        while True:
            yield connection.recv()


def _settle() -> None:
    """Leave it to the coordinating process when to end, and end with it."""
    os.setpgid(0, 0)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_EXPENDABLE, encoding="ascii")
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.killpg(0, signal.SIGKILL)


def _limit_threads(threads: int) -> None:
    # Nothing is imported for it that the pipeline did not need.
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(threads)
