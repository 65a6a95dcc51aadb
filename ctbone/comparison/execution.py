"""One command after the other, each in a process of its own, and none twice.

A process of its own, since a comparison runs for hours: memory, threads and settings of one arm do
not reach the next, and an arm that is killed for its memory costs itself alone.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctbone.runs import file_digest
from ctbone.telling import plain_console
from ctbone.version import __version__

#: How a command begins the sentence that says what went wrong.
_FAULT = "ctbone: "

#: Characters of a reason that a table shows.
_SHOWN = 300


class StepFailed(Exception):
    """A command did not end well; the message is the sentence that it ended with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command.

    Attributes:
        arguments: Its name and its options, but for ``--out``.
        out: The folder that it writes, its own.
        reads: Files whose content decides what it writes.
        resumes: Options with which it goes on where it was cut off; ``None`` where it cannot.
    """

    arguments: tuple[str, ...]
    out: Path
    reads: tuple[Path, ...] = ()
    resumes: tuple[str, ...] | None = None

    @property
    def command_line(self) -> tuple[str, ...]:
        """All words behind ``ctbone``."""
        return (*self.arguments, "--out", str(self.out))


def run_step(step: Step) -> bool:
    """Run a command, unless it ended well before on the same files with the same options.

    What it says goes to ``<out>.log``.

    Returns:
        Whether it had to be run.

    Raises:
        StepFailed: If it does not end well.
    """
    digest = _digest(step)
    # Beside the folder: some commands want theirs empty.
    stamp = step.out.with_name(f"{step.out.name}.step.json")
    is_known = _read(stamp) == digest
    if is_known and _read_run(step.out).get("exit_code") == 0:
        return False
    goes_on = is_known and step.resumes is not None
    if not goes_on:
        shutil.rmtree(step.out, ignore_errors=True)
    step.out.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(json.dumps(digest), encoding="utf-8")
    further = step.resumes or () if goes_on else ()
    _execute((*step.command_line, *further), step.out.with_name(f"{step.out.name}.log"))
    return True


def seconds_of(out: Path, stage: str) -> float | None:
    """Return the wall time that a stage of a run took; ``None`` where it is not told."""
    found = _read_run(out).get("seconds", {}).get(stage)
    return None if found is None else float(found)


def _execute(arguments: Sequence[str], log: Path) -> None:
    with log.open("w", encoding="utf-8") as said:
        said.write(f"$ ctbone {' '.join(arguments)}\n")
        said.flush()
        ended = subprocess.run(  # noqa: S603 - this program itself, with words that the plan checked
            [sys.executable, "-m", "ctbone", *arguments],
            stdout=said,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if ended.returncode != 0:
        raise StepFailed(f"{arguments[0]}: {_reason(log, ended.returncode)}")


def _reason(log: Path, code: int) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    told = [line.removeprefix(_FAULT) for line in lines if line.startswith(_FAULT)]
    if told:
        return told[-1][:_SHOWN]
    if code < 0:
        return f"ended by signal {-code}"
    return (lines[-1].strip() if len(lines) > 1 else f"ended with code {code}")[:_SHOWN]


def _digest(step: Step) -> str:
    known = hashlib.sha256(__version__.encode())
    for word in step.command_line:
        known.update(f"\0{word}".encode())
    for path in step.reads:
        known.update(file_digest(path).encode() if path.is_file() else b"absent")
    return known.hexdigest()


def _read_run(out: Path) -> dict[str, Any]:
    found = _read(out / "run.json")
    return found if isinstance(found, dict) else {}


def _read(path: Path) -> object:
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return None
    return found


class Narrator:
    """Tells what runs, and how long it took."""

    def __init__(self) -> None:
        self._console = plain_console()

    def run(self, purpose: str, steps: Iterable[Step]) -> None:
        """Run the commands of one purpose.

        Raises:
            StepFailed: If one of them does not end well; the following are not tried.
        """
        for step in steps:
            began = time.perf_counter()
            name = f"{purpose}: {step.arguments[0]}"
            if run_step(step):
                self.say(f"{name} ({time.perf_counter() - began:.0f} s)")
            else:
                self.say(f"{name} (done before)")

    def say(self, text: str) -> None:
        """Show a line."""
        self._console.print(text, soft_wrap=True)
