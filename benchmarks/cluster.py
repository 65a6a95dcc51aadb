"""Two workers of dask beside one process of the local engine, on one export.

    python -m benchmarks.cluster --export FOLDER --out FOLDER

Screens the export four times: in one process of one core, in one process of two, in two, and with
two workers of dask on this machine, one of which is killed half-way. All have to leave the same
results. Rates count from the first study to the last; what starting takes is printed beside them.
The exit code is 1 where results differ.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.batch.options import export_parser
from benchmarks.batch.outputs import differences
from benchmarks.batch.processes import parent_of, workers_of

#: How each run is asked for, and how many cores it may use.
_RUNS = {
    "one-core": (("--workers", "1"), 1),
    "local-1": (("--workers", "1"), 2),
    "local-2": (("--workers", "2"), 2),
    "dask-2": (("--engine", "dask", "--workers", "2"), 2),
}

#: Share of the studies after which a worker of dask is killed, and the time between two looks.
_KILL_AT = 0.5
_LOOK_S = 0.2


#: Prints how many convolutions a process of one thread does a second.
_CONVOLVE = """
import time, torch
torch.set_num_threads(1)
kind = {"dtype": torch.bfloat16, "memory_format": torch.channels_last_3d}
volume = torch.randn(1, 32, 64, 64, 64).to(**kind)
layer = torch.nn.Conv3d(32, 32, 3, padding=1).to(**kind)
with torch.inference_mode():
    layer(volume)
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < 10.0:
        layer(volume)
        done += 1
print(done / (time.perf_counter() - began))
"""


@dataclass(frozen=True)
class Run:
    """What one run took.

    Attributes:
        studies: How many studies ended.
        elapsed_s: Wall time from the first study to the last.
        start_s: Wall time of the command besides.
        killed: Workers that were killed on the way.
    """

    studies: int
    elapsed_s: float
    start_s: float
    killed: int

    @property
    def per_hour(self) -> float:
        """Studies an hour."""
        return self.studies / self.elapsed_s * 3600.0


def main() -> int:
    """Run as the module docstring says."""
    options = _parser().parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "site.key").write_text("benchmark of clusters\n")
    alone, together = _convolutions(1), _convolutions(2)
    ceiling = together / alone
    print(
        f"convolutions: {alone:.1f} a second in one process, {together:.1f} in two: {ceiling:.2f}"
    )
    runs: dict[str, Run] = {}
    for name in options.runs:
        kill = options.studies * _KILL_AT if name.startswith("dask") else None
        runs[name] = _screen(options, name, kill_at=kill)
        options.studies = runs[name].studies
    first = options.runs[0]
    apart = {name: differences(options.out / first, options.out / name) for name in runs}
    _tell(runs, beside=first)
    report = {"runs": {n: asdict(run) for n, run in runs.items()}, "differences": apart}
    report["ceiling"] = ceiling
    (options.out / "cluster.json").write_text(json.dumps(report, indent=2) + "\n")
    print("the same results" if not any(apart.values()) else f"other results: {apart}")
    return int(any(apart.values()))


def _convolutions(processes: int) -> float:
    """Return how many 3D convolutions as networks make them some processes do a second."""
    command = [sys.executable, "-c", _CONVOLVE]
    begun = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    return sum(float(process.communicate()[0]) for process in begun)


def _screen(options: argparse.Namespace, name: str, *, kill_at: float | None) -> Run:
    out, (words, cores) = options.out / name, _RUNS[name]
    command = [sys.executable, "-m", "ctbone", "screen", "--export", str(options.export)]
    command += ["--out", str(out), "--site_key", str(options.out / "site.key"), *words]
    command += ["--masks", str(options.masks)] if options.masks else []
    began = time.perf_counter()
    with _bound_to(cores):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    with process:
        killed = 0 if kill_at is None else _kill_worker(process, out, at=kill_at)
        if process.wait():
            raise SystemExit(f"{name}: the command ended with exit code {process.returncode}")
    whole = time.perf_counter() - began
    run = json.loads((out / "run.json").read_text(encoding="utf-8"))
    elapsed = run["seconds"]["elapsed"]
    return Run(run["counts"]["found"], elapsed, whole - elapsed, killed)


@contextmanager
def _bound_to(cores: int) -> Iterator[None]:
    """Let what is started in the block use so many cores, and no others."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(mine)[:cores])
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


def _kill_worker(process: subprocess.Popen[bytes], out: Path, *, at: float) -> int:
    """Kill the dask worker of a process that screens, once so many pictures are drawn."""
    while process.poll() is None:
        time.sleep(_LOOK_S)
        if len(list((out / "pictures").glob("*.png"))) < at:
            continue
        for worker in workers_of(process.pid):
            # What dask started; the process that it screens in is a child of that.
            if parent_of(worker) == process.pid:
                os.kill(worker, signal.SIGKILL)
                return 1
    return 0


def _tell(runs: dict[str, Run], *, beside: str) -> None:
    writer = csv.writer(sys.stdout, delimiter="\t")
    writer.writerow(["run", "studies", "seconds", "start s", "an hour", "ratio", "killed"])
    for name, run in runs.items():
        ratio = runs[beside].elapsed_s / run.elapsed_s
        figures = [f"{run.elapsed_s:.1f}", f"{run.start_s:.1f}", f"{run.per_hour:.0f}"]
        writer.writerow([name, run.studies, *figures, f"{ratio:.2f}", run.killed])


def _parser() -> argparse.ArgumentParser:
    parser = export_parser(__doc__)
    parser.add_argument(
        "--runs", nargs="+", choices=list(_RUNS), default=list(_RUNS), help="beside the first"
    )
    parser.set_defaults(studies=0)
    return parser


if __name__ == "__main__":
    sys.exit(main())
