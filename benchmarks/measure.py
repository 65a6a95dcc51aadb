"""Wall time, CPU time and peak memory of one function, in a process of its own.

``python -m benchmarks.measure MODULE:FUNCTION ARGUMENT... --repeats N`` calls the function once to
warm up, then N times, and prints what it took as JSON. ``measure`` starts that and reads it.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

#: Exit code of a function that says it cannot do what was asked.
CANNOT = 77


class Cannot(Exception):
    """The reader is not installed, or does not read this."""


@dataclass(frozen=True)
class Measurement:
    """What one function took.

    Attributes:
        wall_s: Best wall time, seconds.
        median_s: Median wall time, seconds; ``None`` where only the best was kept.
        cpu_s: Best CPU time, all threads and child processes, seconds.
        peak_mb: Largest resident memory of the process or of a child, megabytes.
    """

    wall_s: float
    median_s: float | None
    cpu_s: float
    peak_mb: float


@dataclass(frozen=True)
class Row:
    """One line of the table; ``measured`` is ``None`` where the reader cannot do it."""

    task: str
    reader: str
    measured: Measurement | None
    floor_s: float


def measure(target: str, *arguments: str, repeats: int) -> Measurement | None:
    """Measure ``MODULE:FUNCTION`` in a fresh process; ``None`` if it raises ``Cannot``."""
    command = [sys.executable, "-m", "benchmarks.measure", target, *arguments]
    done = subprocess.run(
        [*command, "--repeats", str(repeats)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == CANNOT:
        return None
    if done.returncode != 0:
        raise RuntimeError(f"{target} failed:\n{done.stderr[-2000:]}")
    return Measurement(**json.loads(done.stdout.splitlines()[-1]))


def table(rows: Sequence[Row]) -> str:
    """Return rows as aligned text."""
    header = ("task", "reader", "wall s", "median s", "CPU s", "peak MB", "x floor")
    lines = [header, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    m = row.measured
    if m is None:
        return row.task, row.reader, "cannot", "", "", "", ""
    median = "" if m.median_s is None else f"{m.median_s:.3f}"
    times = (f"{m.wall_s:.3f}", median, f"{m.cpu_s:.3f}")
    return row.task, row.reader, *times, f"{m.peak_mb:.0f}", f"{m.wall_s / row.floor_s:.1f}"


def _cpu_now() -> float:
    """Return the CPU time of this process and of its children that have ended."""
    t = os.times()
    return time.process_time() + t.children_user + t.children_system


def _peak_mb() -> float:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children) / 1024.0


def main() -> int:
    """Run as the module docstring says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("arguments", nargs="*")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    module, function = options.target.split(":")
    call = getattr(importlib.import_module(module), function)
    walls, cpus = [], []
    try:
        call(*options.arguments)
        for _ in range(options.repeats):
            wall, cpu = time.perf_counter(), _cpu_now()
            call(*options.arguments)
            walls.append(time.perf_counter() - wall)
            cpus.append(_cpu_now() - cpu)
    except Cannot:
        return CANNOT
    found = Measurement(min(walls), statistics.median(walls), min(cpus), _peak_mb())
    print(json.dumps(asdict(found)))
    return 0


if __name__ == "__main__":
    # As imported by the functions it calls, so that both mean the same ``Cannot``.
    sys.exit(importlib.import_module("benchmarks.measure").main())
