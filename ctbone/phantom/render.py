"""A patient on a grid: what a scanner would have made of the body, and the truth beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.outline import heights
from ctbone.phantom.anatomy.patient import Patient
from ctbone.phantom.bone import Finding
from ctbone.phantom.rods import Rod, calibration_rods
from ctbone.phantom.scanner.configuration import ScanConfig
from ctbone.phantom.scanner.slices import Stack, plan_stack
from ctbone.volume import CTVolume, Grid, to_indices

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VertebraTruth:
    """What is true of one vertebra.

    Attributes:
        level: Its level.
        centroid_mm: Centre of its body, LPS millimetres.
        axes: Its own left, posterior and superior directions as columns, shape ``(3, 3)``.
        bmd_mg_cm3: Mean density of its trabecular bone from 4 mm inside its surface on, mg/cm3 of
            K2HPO4; lesions not counted.
        heights_mm: Anterior, middle and posterior height of the body in the midline
            (``anatomy.outline.HEIGHTS_AT``).
        findings: What is found in it, and in the disc below it; such bodies are no healthy bone.
        is_whole: Whether the whole body lies on the grid.
    """

    level: VertebralLevel
    centroid_mm: tuple[float, float, float]
    axes: NDArray[np.float64]
    bmd_mg_cm3: float
    heights_mm: tuple[float, float, float]
    findings: tuple[Finding, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rendering:
    """A scan and its truth, all on one grid.

    Attributes:
        volume: The scan.
        bodies: Vertebral bodies alone, labelled by ``VertebralLevel``, uint8, shape ``(I, J, K)``.
        spine: Whole vertebrae, C5 to S1, the same labels.
        ribs: Ribs, each with the label of the vertebra that it belongs to.
        discs: Discs, each with the label of the vertebra above it.
        vertebrae: Every vertebra whose centre lies on the grid, cranial first.
        rods: Rods of the calibration phantom under the patient, if there is one.
    """

    volume: CTVolume
    bodies: NDArray[np.uint8]
    spine: NDArray[np.uint8]
    ribs: NDArray[np.uint8]
    discs: NDArray[np.uint8]
    vertebrae: tuple[VertebraTruth, ...]
    rods: tuple[Rod, ...] = ()


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
    patient: Patient, *, grid: Grid, scan: ScanConfig, seed: int, device: str = "cpu"
) -> Rendering:
    """Scan a patient: paint, and make one series.

    Args:
        patient: The body, with the centre of L1 at the origin.
        grid: Voxel centres, anywhere in the patient, in any orientation.
        scan: What the scanner does.
        seed: Source of the noise; the same seed gives the same scan on the same device.
        device: Where torch computes.
    """
    return reconstruct(paint(patient, grid=grid, scan=scan, device=device), scan=scan, seed=seed)


def paint(patient: Patient, *, grid: Grid, scan: ScanConfig, device: str = "cpu") -> Scene:
    """Paint a patient as one acquisition sees the body.

    Args:
        patient: The body, with the centre of L1 at the origin.
        grid: Voxel centres; slices as thin as the thinnest series wanted.
        scan: Its potential, phase, bone slope, offset, table and calibration phantom count.
        device: Where torch paints.
    """
    import torch

    from ctbone.phantom.painting.raster import new_raster
    from ctbone.phantom.painting.scene import paint_patient

    with torch.inference_mode(), _one_thread():
        raster = new_raster(grid, slice_thickness_mm=None, device=torch.device(device))
        paint_patient(raster, patient, scan)
    rods = () if scan.calibrator is None else calibration_rods(patient.table, scan.calibrator)
    return Scene(patient=patient, grid=grid, hu=raster.hu, labels=raster.labels, rods=rods)


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
            body_mm=_body_mm(scene.patient, scene.grid),
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


def _body_mm(patient: Patient, grid: Grid) -> float:
    """Return the diameter of a cylinder as thick as the body, over the heights of a grid."""
    corners = np.array(np.meshgrid(*[[0, n - 1] for n in grid.shape])).reshape(3, -1)
    heights = (grid.affine[:3, :3] @ corners)[2] + grid.affine[2, 3]
    torso = patient.torso
    at = np.linspace(heights.min(), heights.max(), 9) - torso.origin_mm[2]
    wide, deep = (np.interp(at, torso.heights_mm, torso.skin[row]) for row in (0, 2))
    return float(2.0 * np.sqrt(wide * deep).mean())


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
