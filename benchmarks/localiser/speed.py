"""How long one 512x512x450 scan takes, already read, and how much memory beyond it.

    python -m benchmarks.localiser.speed SCAN.npy --threads 2 --device cpu --repeats 3

prints JSON; it is started in a process of its own, so that peaks are of this work alone. Seconds
drift with what else a machine does: CPU seconds stand beside them. The floor is what no locator
that looks at every voxel can avoid: reading the 236 MB of 512 x 512 x 450 voxels of 16 bits once,
at about 10 GB/s 0.024 s; the floor that is printed is a sum over them on this machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.comparison import Comparison, Timing
from benchmarks.localiser.figures import criterion
from ctbone.memory import give_back_memory

#: Shape and spacing (mm) of the scan, and the seed of its patient.
SHAPE, SPACING_MM, SEED = (512, 512, 450), (0.78, 0.78, 1.5), 900_900_000

#: Name of nnU-Net's line, and the script that its interpreter runs.
PEER = "nnU-Net's predictor, 3 mm, random weights"
FLOOR, RESAMPLING = "floor: every voxel read once", "its resampling to 3 mm alone"
REPEATS = 3

_SCRIPT = Path(__file__).with_name("peer.py")


def comparisons(
    folder: Path, *, threads: int = 2, peer: Path | None = None, repeats: int = REPEATS
) -> list[Comparison]:
    """Time the locator that ships on the processor, with nnU-Net's predictor beside it.

    Args:
        folder: Where the scan is, or is kept once it has been rendered.
        threads: Of both.
        peer: The interpreter of an environment that has nnunetv2, if there is one.
        repeats: Of which the best counts; the predictor runs once.
    """
    found = measure_speed(
        folder, weights=None, device="cpu", threads=threads, peer=peer, repeats=repeats
    )
    runs = found["runs"]
    size = "x".join(map(str, SHAPE))
    floor_s = runs[FLOOR]["wall_s"]
    own, resampling = _timing("ctbone", runs["ctbone, cpu"]), runs[RESAMPLING]
    own = replace(own, more={"resampling_s": resampling["wall_s"]})
    task = f"localise a scan of {size}, already read"
    return [Comparison(task=task, own=own, peers=(_peer_timing(runs),), floor_s=floor_s)]


def _peer_timing(runs: Mapping[str, Any]) -> Timing:
    if PEER not in runs:
        note = "not run: no interpreter that has nnunetv2 was given (--peer-python)"
        return Timing(program=PEER, note=note)
    return _timing(PEER, runs[PEER])


def _timing(program: str, run: Mapping[str, Any]) -> Timing:
    names = ("wall_s", "median_s", "cpu_s", "peak_mb")
    return Timing(program=program, **{name: run[name] for name in names})


def measure_speed(
    folder: Path,
    *,
    weights: Path | None,
    device: str,
    threads: int,
    peer: Path | None,
    repeats: int = REPEATS,
) -> dict[str, Any]:
    """Time the locator, and nnU-Net's predictor where an interpreter for it is given."""
    scan = timing_scan(folder)
    options = ["--threads", str(threads)]
    own = ["-m", "benchmarks.localiser.speed", str(scan), "--device", device, *options]
    own += ["--repeats", str(repeats)]
    own += ["--weights", str(weights)] if weights else []
    runs = _run([sys.executable, *own])
    notes = [f"{threads} threads; peak: resident memory beyond the scan as read and the weights"]
    if peer is not None:
        runs[PEER] = _run([str(peer), str(_SCRIPT), str(scan), *options])
    if device == "cpu":
        runs["ctbone on a GPU"] = None
        notes.append("no GPU was asked for (--device cuda): that line was not measured")
    return {
        "shape": SHAPE,
        "spacing_mm": SPACING_MM,
        "runs": runs,
        "criteria": _judge(runs, device),
        "notes": notes,
    }


def _judge(runs: Mapping[str, Any], device: str) -> list[dict[str, Any]]:
    own, peer = runs[f"ctbone, {device}"], runs.get(PEER)
    limit_s = 2.0 if device == "cpu" else 0.3
    ratio = None if peer is None else peer["wall_s"] / own["wall_s"]
    return [
        criterion("one scan, wall seconds", own["wall_s"], limit_s),
        criterion("memory beyond the scan, MB", own["peak_mb"], 3000.0),
        criterion("times as fast as nnU-Net's predictor", ratio, 20.0, is_least=True),
    ]


def timing_scan(folder: Path) -> Path:
    """Return a file with the scan, ``(K, J, I)`` int16; rendered where the folder lacks it."""
    path = folder / f"speed-{SEED}.npy"
    if path.is_file():
        return path
    from ctbone.phantom import PatientConfig, ScanConfig, render, sample_patient
    from ctbone.volume import Grid

    affine = np.diag([*SPACING_MM, 1.0])
    # From the middle of the chest to the pelvis: L1 lies at three tenths of the height.
    affine[:3, 3] = np.multiply((-0.5, -0.6, -0.35), np.multiply(SHAPE, SPACING_MM))
    patient = sample_patient(PatientConfig(), seed=SEED)
    made = render(patient, grid=Grid(SHAPE, affine), scan=ScanConfig(phase="portal"), seed=SEED)
    folder.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".part.npy")
    np.save(fresh, np.ascontiguousarray(made.volume.hu.transpose(2, 1, 0)))
    fresh.rename(path)
    return path


def _run(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Run as the module docstring says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("scan", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args()
    import torch

    torch.set_num_threads(options.threads)
    stored = np.load(options.scan)
    print(json.dumps(_all_runs(stored, options)))


def _all_runs(stored: NDArray[np.int16], options: argparse.Namespace) -> dict[str, Any]:
    from ctbone.attempts import Failure, guard
    from ctbone.localisation import load_locator, shipped_locator
    from ctbone.resampling import resample
    from ctbone.volume import CTVolume, reorient

    given = {"device": options.device}
    weights = options.weights
    locate = load_locator(weights, **given) if weights else shipped_locator(**given)
    volume = CTVolume(stored.transpose(2, 1, 0), np.diag([*SPACING_MM, 1.0]), "2.25.1")
    ending = guard(lambda: locate(volume))
    runs = {
        # A first call of its own would count what libraries set up once: it has been made.
        f"ctbone, {options.device}": _timed(lambda: guard(lambda: locate(volume)), options),
        RESAMPLING: _timed(lambda: resample(reorient(volume), spacing_mm=(3.0,) * 3), options),
        FLOOR: _timed(lambda: stored.view(np.int64).sum(), options),
    }
    shown = str(ending.reason) if isinstance(ending, Failure) else f"{len(ending)} vertebrae"
    return {name: run | {"ending": shown} for name, run in runs.items()}


def _timed(work: Callable[[], object], options: argparse.Namespace) -> dict[str, Any]:
    walls, cpus, peaks = [], [], []
    for _ in range(options.repeats):
        before = _reset_peak_mb()
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        peaks.append(_status_mb("VmHWM") - before)
    return {
        "wall_s": min(walls),
        "median_s": statistics.median(walls),
        "cpu_s": min(cpus),
        "peak_mb": max(peaks),
    }


def _reset_peak_mb() -> float:
    """Begin a new peak of resident memory and return what is resident now (Linux)."""
    # What is free inside the heap is resident, and would hide what the work takes.
    give_back_memory()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _status_mb("VmRSS")


def _status_mb(name: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (line,) = [line for line in lines if line.startswith(f"{name}:")]
    return float(line.split()[1]) / 1024.0


if __name__ == "__main__":
    main()
