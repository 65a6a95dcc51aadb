"""Commands of the whole path, timed from end to end.

    python -m benchmarks --only screening demo

Exports are simulated with the seed of their configuration, so that every run screens the same.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.batch.undisturbed import Undisturbed, undisturbed_run
from benchmarks.comparison import Comparison, Timing
from benchmarks.measure import CHECKOUT
from ctbone.resources import config_path
from ctbone.screening.recording import ELAPSED

#: What a checkout holds beside what git keeps: none of it belongs to a fresh one.
_LEFT_BEHIND = (".git", ".venv*", ".*_cache", "__pycache__", "*.egg-info", "out")

#: Of the coarse patients of the demonstration and of the full ones of two hospitals.
COARSE, FULL = "simulate/demo.yaml", "simulate/two-sites.yaml"


def screenings(
    folder: Path, *, config: str = FULL, patients: int = 24, workers: int = 2
) -> list[Comparison]:
    """Time the simulation of a cohort, then the screening of its export, localiser included."""
    simulated = _simulation(folder / "simulated", config, patients)
    (folder / "site.key").write_text("benchmark\n", encoding="utf-8")
    asked = {"export": folder / "simulated" / "export", "out": folder, "masks": None}
    found = undisturbed_run(argparse.Namespace(**asked, workers=workers))
    return [simulated, _screening(found, workers)]


def _simulation(out: Path, config: str, patients: int) -> Comparison:
    wall_s = run_s(
        *(sys.executable, "-m", "ctbone", "simulate", "--config", str(config_path(config))),
        *("--patients", str(patients), "--out", str(out)),
    )
    files = sum(path.is_file() for path in (out / "export").rglob("*"))
    own = Timing(program="ctbone", wall_s=wall_s, more={"files": files})
    return Comparison(task=f"simulate {patients} patients, {files:,} files", own=own)


def _screening(found: Undisturbed, workers: int) -> Comparison:
    rate = 3600.0 * found.studies / found.elapsed_s
    own = Timing(
        program="ctbone",
        wall_s=found.elapsed_s,
        peak_mb=max(map(sum, zip(found.coordinator_mb, found.workers_mb, strict=True))),
        note=f"{found.studies} studies, {rate:.0f} an hour; {_shares(found.seconds)}",
        more={"studies": found.studies, "counts": found.counts, "seconds": found.seconds},
    )
    return Comparison(task=f"screen {found.studies} studies with {workers} workers", own=own)


def _shares(seconds: Mapping[str, float]) -> str:
    """Return the share of each stage of the time of all, the largest first; without trifles."""
    stages = {name: spent for name, spent in seconds.items() if name != ELAPSED}
    shares = {name: 100.0 * spent / sum(stages.values()) for name, spent in stages.items()}
    shown = sorted(shares.items(), key=lambda share: -share[1])
    return ", ".join(f"{name} {share:.0f} %" for name, share in shown if share >= 0.5)


def demonstrations(folder: Path, *, is_installed: bool = False) -> list[Comparison]:
    """Time the demonstration in a fresh copy of the checkout, which installs itself first.

    Args:
        folder: Takes the copy.
        is_installed: Leave out the installation, and run with few patients: a trial.
    """
    if is_installed:
        words = [sys.executable, "-m", "ctbone", "demo", "--patients", "24", "--epochs", "1"]
        wall_s = run_s(*words, "--out", str(folder / "demo"))
        own = Timing(program="ctbone", wall_s=wall_s)
        return [Comparison(task="the demonstration of 24 patients", own=own)]
    copy = folder / "checkout"
    shutil.copytree(CHECKOUT, copy, ignore=shutil.ignore_patterns(*_LEFT_BEHIND))
    own = Timing(program="ctbone", wall_s=run_s(str(copy / "scripts" / "demo"), at=copy))
    return [Comparison(task="the demonstration, installation included", own=own)]


def run_s(*command: str, at: Path = CHECKOUT) -> float:
    """Run a command and return its wall time, seconds.

    Raises:
        RuntimeError: If it fails, with the last of what it said.
    """
    began = time.perf_counter()
    done = subprocess.run(command, cwd=at, capture_output=True, text=True, check=False)
    spent = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{' '.join(_plain(command))} failed: {done.stderr[-2000:]}")
    return spent


def _plain(command: Sequence[str]) -> list[str]:
    return [Path(command[0]).name, *command[1:3]]
