"""A patient on a grid: what a scanner would have made of the body, and the truth beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.outline import heights
from ctbone.phantom.anatomy.patient import Patient
from ctbone.phantom.scanner.reconstruction import ScanConfig, add_noise, blur_slices, digitise
from ctbone.phantom.shapes import Finding
from ctbone.volume import CTVolume, Grid, to_indices


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
    """

    volume: CTVolume
    bodies: NDArray[np.uint8]
    spine: NDArray[np.uint8]
    ribs: NDArray[np.uint8]
    discs: NDArray[np.uint8]
    vertebrae: tuple[VertebraTruth, ...]


def render(
    patient: Patient, *, grid: Grid, scan: ScanConfig, seed: int, device: str = "cpu"
) -> Rendering:
    """Scan a patient.

    Args:
        patient: The body, with the centre of L1 at the origin.
        grid: Voxel centres, anywhere in the patient, in any orientation.
        scan: What the scanner does.
        seed: Source of the noise; the same seed gives the same scan.
        device: Where torch paints; noise is drawn on the CPU, so that it is the same everywhere.
    """
    import torch

    from ctbone.phantom.painting.raster import new_raster
    from ctbone.phantom.painting.scene import paint_patient

    with torch.inference_mode(), _one_thread():
        raster = new_raster(
            grid, slice_thickness_mm=scan.slice_thickness_mm, device=torch.device(device)
        )
        paint_patient(raster, patient, scan)
        painted: NDArray[np.float32] = raster.hu.cpu().numpy()
        labels = {
            name: found.cpu().numpy().transpose(2, 1, 0) for name, found in raster.labels.items()
        }
    hu = _scanned(painted, grid, scan, seed)
    return Rendering(
        volume=CTVolume(hu=hu.transpose(2, 1, 0), affine=grid.affine, series_uid=""),
        vertebrae=_truth(patient, grid),
        **labels,
    )


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


def _scanned(
    hu: NDArray[np.float32], grid: Grid, scan: ScanConfig, seed: int
) -> NDArray[np.int16] | NDArray[np.float32]:
    """Blur, add noise, cut the circular field and store; slices are ``(K, J, I)``."""
    in_plane = (grid.spacing_mm[1], grid.spacing_mm[0])
    blur_slices(hu, scan=scan, spacing_mm=in_plane)
    rng = np.random.default_rng((seed, 2))
    add_noise(hu, scan=scan, spacing_mm=in_plane, rng=rng)
    if scan.field_diameter_mm is not None:
        hu[:, outside_field(grid, scan.field_diameter_mm).T] = -1024.0
    return digitise(hu) if scan.integer else hu


def outside_field(grid: Grid, diameter_mm: float) -> NDArray[np.bool_]:
    """Return which positions of a slice, ``(I, J)``, lie outside the circular field."""
    (si, sj, _), (ni, nj, _) = grid.spacing_mm, grid.shape
    i = (np.arange(ni) - 0.5 * (ni - 1))[:, None] * si
    j = (np.arange(nj) - 0.5 * (nj - 1))[None, :] * sj
    return np.asarray(i * i + j * j > (0.5 * diameter_mm) ** 2)


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
