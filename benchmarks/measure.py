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
from pathlib import Path
from typing import Any

from benchmarks.comparison import Cannot, Timing

#: Exit code of a function that says it cannot do what was asked.
CANNOT = 77

CHECKOUT = Path(__file__).resolve().parents[1]


def measure(program: str, target: str, *arguments: str, repeats: int) -> Timing:
    """Measure ``MODULE:FUNCTION`` in a fresh process.

    Returns:
        The best wall and CPU times and the peak of memory, imports included; the reason where the
        function raises ``Cannot`` or imports a package that is not there.

    Raises:
        RuntimeError: If it fails in another way.
    """
    command = [sys.executable, "-m", "benchmarks.measure", target, *arguments]
    done = subprocess.run(
        [*command, "--repeats", str(repeats)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, CANNOT}:
        raise RuntimeError(f"{target} failed:\n{done.stderr[-2000:]}")
    return Timing(program=program, **json.loads(done.stdout.splitlines()[-1]))


def main() -> int:
    """Run as the module docstring says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target")
    parser.add_argument("arguments", nargs="*")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    try:
        found = _timed(options)
    except (Cannot, ModuleNotFoundError) as reason:
        print(json.dumps({"note": _note(reason)}))
        return CANNOT
    print(json.dumps(found))
    return 0


def _timed(options: argparse.Namespace) -> dict[str, Any]:
    module, function = options.target.split(":")
    call = getattr(importlib.import_module(module), function)
    walls, cpus = [], []
    call(*options.arguments)
    for _ in range(options.repeats):
        wall, cpu = time.perf_counter(), _cpu_now()
        call(*options.arguments)
        walls.append(time.perf_counter() - wall)
        cpus.append(_cpu_now() - cpu)
    return {
        "wall_s": min(walls),
        "median_s": statistics.median(walls),
        "cpu_s": min(cpus),
        "peak_mb": _peak_mb(),
    }


def _note(reason: Cannot | ModuleNotFoundError) -> str:
    if isinstance(reason, ModuleNotFoundError):
        return f"{reason.name} is not installed"
    return str(reason)


def _cpu_now() -> float:
    """Return the CPU time of this process and of its children that have ended."""
    t = os.times()
    return time.process_time() + t.children_user + t.children_system


def _peak_mb() -> float:
    """Return the largest resident memory, of a child too; not ``ru_maxrss``, the parent's."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(int(line.split()[1]), children) / 1024.0


if __name__ == "__main__":
    # As imported by the functions it calls, so that both mean the same ``Cannot``.
    sys.exit(importlib.import_module("benchmarks.measure").main())
