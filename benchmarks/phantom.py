"""Simulated patients: a full scan, and a training volume with its labels.

    python -m benchmarks.phantom

Wall and CPU seconds, the best and the median of several patients. The floor of a scan is what no
simulation of noise of a stated spectrum can avoid: a real transform of every slice there and back.
Figures of a GPU are printed where torch finds one.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from benchmarks.comparison import Comparison, Timing, listing
from ctbone.phantom import PatientConfig, ScanConfig, render, sample_patient
from ctbone.volume import Grid

Job = tuple[tuple[int, int, int], tuple[float, float, float], int]

#: Shape, spacing (mm) and number of patients of each job.
SCAN: Job = ((512, 512, 300), (0.78, 0.78, 1.5), 3)
TRAINING: Job = ((96, 96, 96), (4.0, 4.0, 4.0), 12)


def upright(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float]) -> Grid:
    """Return voxels along the patient's axes, about L1 and a little in front of it."""
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = (0.0, -40.0, 0.0) - 0.5 * (np.array(shape) - 1) * spacing_mm
    return Grid(shape, affine)


def timed(jobs: Sequence[Callable[[], object]]) -> tuple[list[float], list[float]]:
    """Return wall and CPU seconds of each job."""
    walls, cpus = [], []
    for job in jobs:
        wall, cpu = time.perf_counter(), time.process_time()
        job()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return walls, cpus


def scan_jobs(
    shape: tuple[int, int, int], spacing_mm: tuple[float, float, float], count: int, device: str
) -> list[Callable[[], object]]:
    """Return one rendering a patient, drawn beforehand; the first is there to warm up."""
    grid = upright(shape, spacing_mm)
    patients = [sample_patient(PatientConfig(), seed=seed) for seed in range(count + 1)]

    def job(number: int) -> Callable[[], object]:
        def run() -> object:
            scan = ScanConfig(kernel="standard")
            return render(patients[number], grid=grid, scan=scan, seed=number, device=device)

        return run

    return [job(number) for number in range(count + 1)]


def floor(shape: tuple[int, int, int]) -> Callable[[], object]:
    """Return a job that transforms as many slices there and back."""
    plane = torch.randn(shape[:2])

    def run() -> None:
        for _ in range(shape[2]):
            torch.fft.irfft2(torch.fft.rfft2(plane), s=plane.shape)

    return run


def comparisons(
    *, scan: Job = SCAN, training: Job = TRAINING, device: str = "cpu"
) -> list[Comparison]:
    """Time a scan and a training volume on a device."""
    return [
        _compared("a training volume", training, device),
        _compared("a scan", scan, device),
    ]


def _compared(what: str, job: Job, device: str) -> Comparison:
    shape, spacing, count = job
    walls, cpus = timed(scan_jobs(shape, spacing, count, device))
    size = "x".join(map(str, shape))
    task = f"simulate {what} of {size}, {device}"
    # The first is there to warm up.
    own = _timing("ctbone", walls[1:], cpus[1:])
    return Comparison(task=task, own=own, floor_s=min(timed([floor(shape)] * 3)[0]))


def _timing(program: str, walls: Sequence[float], cpus: Sequence[float]) -> Timing:
    return Timing(
        program=program,
        wall_s=min(walls),
        median_s=statistics.median(walls),
        cpu_s=statistics.median(cpus),
    )


def _drawing() -> Comparison:
    jobs = [lambda seed=seed: sample_patient(PatientConfig(), seed=seed) for seed in range(50)]
    return Comparison(task="draw a patient", own=_timing("ctbone", *timed(jobs)))


def main() -> None:
    """Run as the module docstring says."""
    devices = ("cpu", *(["cuda"] if torch.cuda.is_available() else []))
    found = [one for device in devices for one in comparisons(device=device)]
    print(listing([_drawing(), *found]))


if __name__ == "__main__":
    main()
