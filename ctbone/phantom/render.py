"""A patient on a grid: what a scanner would have made of the body, and the truth beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ctbone.phantom.anatomy.outline import heights
from ctbone.phantom.anatomy.patient import Patient
from ctbone.phantom.randomise import Randomisation
from ctbone.phantom.rendering import Rendering, VertebraTruth
from ctbone.phantom.rods import Rod, calibration_rods
from ctbone.phantom.scanner.configuration import ScanConfig
from ctbone.phantom.scanner.slices import Stack, plan_stack
from ctbone.phantom.tissue import Tissue
from ctbone.volume import CTVolume, Grid, to_indices

if TYPE_CHECKING:
    from torch import Tensor

    from ctbone.phantom.painting.palette import Palette
    from ctbone.phantom.painting.raster import Raster
    from ctbone.phantom.scanner.projection import Outline

_NO_SHIFTS: Mapping[Tissue, float] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scene:
    """A painted patient, before any reconstruction: one acquisition, for as many series as wanted.

    Attributes:
        patient: The body.
        grid: Where it was painted.
        hu: Attenuation before the scanner, float32, shape ``(K, J, I)``, on the device.
        labels: ``bodies``, ``spine`` and ``ribs``, uint8, of the same shape.
        rods: Rods of the calibration phantom, if there is one.
    """

    patient: Patient
    grid: Grid
    hu: Tensor
    labels: Mapping[str, Tensor]
    rods: tuple[Rod, ...]


def render(
    patient: Patient,
    *,
    grid: Grid,
    scan: ScanConfig,
    seed: int,
    device: str = "cpu",
    randomisation: Randomisation | None = None,
) -> Rendering:
    """Scan a patient: paint, and make one series.

    Args:
        patient: The body, with the centre of L1 at the origin.
        grid: Voxel centres, anywhere in the patient, in any orientation.
        scan: What the scanner does.
        seed: Source of the noise; the same seed gives the same scan on the same device.
        device: Where torch computes.
        randomisation: How the volume is taken beyond what patients and scanners do, for training;
            ``None`` for a scan that keeps to both.
    """
    if randomisation is None:
        scene = paint(patient, grid=grid, scan=scan, device=device)
        return reconstruct(scene, scan=scan, seed=seed)
    from ctbone.phantom.disturb import disturb

    scan = replace(
        scan,
        noise_hu=randomisation.noise_hu,
        bone_slope=scan.bone_slope * randomisation.bone_slope,
    )
    shifts = randomisation.tissue_shift_hu
    scene = paint(patient, grid=grid, scan=scan, device=device, shifts_hu=shifts)
    return disturb(reconstruct(scene, scan=scan, seed=seed), randomisation, device=device)


def paint(
    patient: Patient,
    *,
    grid: Grid,
    scan: ScanConfig,
    device: str = "cpu",
    shifts_hu: Mapping[Tissue, float] = _NO_SHIFTS,
) -> Scene:
    """Paint a patient as one acquisition sees the body.

    Args:
        patient: The body, with the centre of L1 at the origin.
        grid: Voxel centres; slices as thin as the thinnest series wanted.
        scan: Its potential, phase, bone slope, offset, table and calibration phantom count.
        device: Where torch paints.
        shifts_hu: Added to the attenuation of tissues.
    """
    import torch

    from ctbone.phantom.painting.palette import Palette
    from ctbone.phantom.painting.raster import new_raster

    palette, threads = Palette(scan, shifts_hu), torch.get_num_threads()
    with torch.inference_mode(), _one_thread():
        raster = new_raster(grid, device=torch.device(device))
        _paint_slabs(raster, patient, palette, threads=threads)
    rods = () if scan.calibrator is None else calibration_rods(patient.table, scan.calibrator)
    return Scene(patient=patient, grid=grid, hu=raster.hu, labels=raster.labels, rods=rods)


def _paint_slabs(raster: Raster, patient: Patient, palette: Palette, *, threads: int) -> None:
    """Paint slabs side by side: one thread a slab, as many at a time as torch may use."""
    import torch

    from ctbone.phantom.painting.scene import paint_patient

    def work(slab: Raster) -> None:
        # Inference mode belongs to a thread.
        with torch.inference_mode():
            paint_patient(slab, patient, palette)

    slabs = raster.slabs()
    if len(slabs) == 1:
        work(raster)
        return
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, slabs))


def reconstruct(scene: Scene, *, scan: ScanConfig, seed: int) -> Rendering:
    """Make one series of a painted patient.

    Args:
        scene: What was painted; it stays as it is.
        scan: What the scanner does; its part of the acquisition is that of the scene.
        seed: Source of the noise.
    """
    import torch

    from ctbone.phantom.scanner.chain import series_slices

    stack = plan_stack(scene.grid.shape[2], scene.grid.spacing_mm[2], scan)
    grid = _stack_grid(scene.grid, stack)
    with torch.inference_mode(), _one_thread():
        slices = series_slices(
            scene.hu,
            scene.grid,
            scan=scan,
            body=_outline(scene.patient, scene.grid),
            rng=np.random.default_rng((seed, 2)),
        )
        chosen = np.rint(stack.centres()).astype(int)
        labels = {
            name: (found if stack.is_plain else found[chosen]).cpu().numpy().transpose(2, 1, 0)
            for name, found in scene.labels.items()
        }
    return Rendering(
        volume=CTVolume(
            hu=slices.cpu().numpy().transpose(2, 1, 0), affine=grid.affine, series_uid=""
        ),
        vertebrae=_truth(scene.patient, grid),
        rods=scene.rods,
        **labels,
    )


def _stack_grid(grid: Grid, stack: Stack) -> Grid:
    """Return the lattice of a series among painted slices."""
    affine = grid.affine.copy()
    affine[:3, 3] += stack.first * affine[:3, 2]
    affine[:3, 2] *= stack.step
    return Grid((*grid.shape[:2], stack.count), affine)


def _outline(patient: Patient, grid: Grid) -> Outline:
    """Return the skin in the plane of the slices, at the height of the middle of a grid."""
    from ctbone.phantom.scanner.projection import Outline

    middle = 0.5 * (np.array(grid.shape) - 1.0)
    centre = grid.affine[:3, :3] @ middle + grid.affine[:3, 3]
    torso = patient.torso
    height = centre[2] - torso.origin_mm[2]
    wide, y, deep, x = (np.interp(height, torso.heights_mm, row) for row in torso.skin)
    directions = grid.affine[:3, [1, 0]] / np.array(grid.spacing_mm)[[1, 0]]
    offset = torso.origin_mm + np.array([x, y, height]) - centre
    row, column = (float(along @ offset) for along in directions.T)
    high, across = (float(np.hypot(*(along[:2] * (wide, deep)))) for along in directions.T)
    return Outline(centre_mm=(row, column), half_mm=(max(high, 1.0), max(across, 1.0)))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Paint on one thread: small operations on two wait for each other longer than they work."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _truth(patient: Patient, grid: Grid) -> tuple[VertebraTruth, ...]:
    found = []
    for body in patient.column.vertebrae:
        assert body.level is not None  # noqa: S101 - the column names all of these
        index = to_indices(grid.affine, body.centre_mm[None])[0]
        if np.any(index < -0.5) or np.any(index > np.array(grid.shape) - 0.5):
            continue
        half = 0.5 * np.array([body.width_mm, body.depth_mm, body.height_mm])
        signs = np.array(np.meshgrid(*[[-1, 1]] * 3)).reshape(3, -1).T
        ends = to_indices(grid.affine, body.centre_mm + (signs * half) @ body.frame.T)
        whole = bool(np.all(ends >= -0.5) and np.all(ends <= np.array(grid.shape) - 0.5))
        x, y, z = (float(value) for value in body.centre_mm)
        found.append(
            VertebraTruth(
                level=body.level,
                centroid_mm=(x, y, z),
                axes=body.frame,
                bmd_mg_cm3=body.bmd_mg_cm3,
                heights_mm=heights(body),
                findings=tuple(f for f in patient.findings if f.level is body.level),
                is_whole=whole,
            )
        )
    return tuple(found)
