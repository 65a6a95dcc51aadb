"""The command line, killed at random moments and given again until it comes to its end."""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from benchmarks.batch.processes import descendants, is_alive, workers_of

#: How long a process may outlive the command that was killed, seconds.
_GRACE_S = 30.0

#: Each which time a worker is killed before the command is.
_EACH = 3


@dataclass(frozen=True)
class Killed:
    """How a run went that was killed on the way.

    Attributes:
        commands: Times that the command itself was killed.
        workers: Times that one of its workers was.
        in_time: How many of the former came before the command had ended by itself.
        survivors: Processes that outlived a command that was killed.
        last_exit_code: Exit code of the command when nothing disturbed it any more.
    """

    commands: int
    workers: int
    in_time: int
    survivors: int
    last_exit_code: int

    def plain(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return asdict(self)

    def told(self) -> str:
        """Return it in words."""
        return (
            f"killed {self.commands} times, {self.in_time} of them while it ran, and a worker "
            f"before it {self.workers} times; {self.survivors} processes survived; "
            f"exit code {self.last_exit_code}"
        )


def killed_run(options: argparse.Namespace, *, seconds: float) -> Killed:
    """Screen into OUT/killed, kill, and screen again.

    Args:
        options: Those of the command line.
        seconds: What an undisturbed run takes; as many kills as are asked for fall into it.
    """
    chance = random.Random(options.seed)
    in_time = survivors = 0
    for number in range(options.kills):
        with _begin(options) as process:
            time.sleep(chance.uniform(0.0, 10.0 + 2.0 * seconds / options.kills))
            if number % _EACH == 0:
                _kill_worker(process.pid)
                # Long enough for another to begin, at times for the study to end.
                time.sleep(chance.uniform(0.0, 10.0))
            in_time += process.poll() is None
            kin = list(descendants(process.pid))
            process.kill()
            process.wait()
            survivors += _surviving(kin)
    with _begin(options) as process:
        code = process.wait()
    workers = len(range(0, options.kills, _EACH))
    return Killed(options.kills, workers, in_time, survivors, code)


def _begin(options: argparse.Namespace) -> subprocess.Popen[bytes]:
    words = ["screen", "--export", str(options.export), "--out", str(options.out / "killed")]
    words += ["--site_key", str(options.out / "site.key"), "--workers", str(options.workers)]
    words += ["--masks", str(options.masks)] if options.masks else []
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-m", "ctbone", *words], stdout=quiet, stderr=quiet)


def _kill_worker(pid: int) -> None:
    with suppress(ProcessLookupError):
        for worker in islice(workers_of(pid), 1):
            os.kill(worker, signal.SIGKILL)


def _surviving(pids: list[int]) -> int:
    deadline = time.monotonic() + _GRACE_S
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return sum(map(is_alive, pids))
