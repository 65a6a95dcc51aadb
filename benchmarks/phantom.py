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

from ctbone.phantom import PatientConfig, ScanConfig, render, sample_patient
from ctbone.volume import Grid

#: Shape, spacing (mm) and number of patients of each job.
SCAN = ((512, 512, 300), (0.78, 0.78, 1.5), 3)
TRAINING = ((96, 96, 96), (4.0, 4.0, 4.0), 12)


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


def line(name: str, walls: Sequence[float], cpus: Sequence[float]) -> str:
    """Return one row of the table."""
    figures = (min(walls), statistics.median(walls), statistics.median(cpus))
    return f"{name:<48}" + "".join(f"{figure:10.3f}" for figure in figures)


def main() -> None:
    """Run as the module docstring says."""
    print(f"{'task':<48}{'wall s':>10}{'median s':>10}{'CPU s':>10}")
    sampling = [lambda seed=seed: sample_patient(PatientConfig(), seed=seed) for seed in range(50)]
    print(line("draw a patient", *timed(sampling)))
    for name, (shape, spacing, count) in (("training volume", TRAINING), ("scan", SCAN)):
        size = "x".join(map(str, shape))
        for device in ("cpu", *(["cuda"] if torch.cuda.is_available() else [])):
            walls, cpus = timed(scan_jobs(shape, spacing, count, device))
            print(line(f"{name} {size}, {device}", walls[1:], cpus[1:]))
        print(line(f"{name} {size}, floor: transforms", *timed([floor(shape)] * 3)))


if __name__ == "__main__":
    main()
