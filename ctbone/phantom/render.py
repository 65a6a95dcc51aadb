"""A patient on a grid: what a scanner would have made of the body, and the truth beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.phantom.anatomy.patient import Patient
from ctbone.phantom.scanner.reconstruction import ScanConfig, add_noise, blur_slices, digitise
from ctbone.phantom.tissue import Tissue
from ctbone.volume import CTVolume, Grid, to_indices

if TYPE_CHECKING:
    from ctbone.phantom.painting.raster import Raster
    from ctbone.phantom.painting.solids import Palette


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VertebraTruth:
    """What is true of one vertebra.

    Attributes:
        level: Its level.
        centroid_mm: Centre of its body, LPS millimetres.
        axes: Its own left, posterior and superior directions as columns, shape ``(3, 3)``.
        bmd_mg_cm3: Mean trabecular density, mg/cm3 of K2HPO4.
        is_whole: Whether the whole body lies on the grid.
    """

    level: VertebralLevel
    centroid_mm: tuple[float, float, float]
    axes: NDArray[np.float64]
    bmd_mg_cm3: float
    is_whole: bool


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rendering:
    """A scan and its truth, all on one grid.

    Attributes:
        volume: The scan.
        bodies: Vertebral bodies alone, labelled by ``VertebralLevel``, uint8, shape ``(I, J, K)``.
        spine: Whole vertebrae, C5 to S1, the same labels.
        ribs: Ribs, each with the label of the vertebra that it belongs to.
        vertebrae: Every vertebra whose centre lies on the grid, cranial first.
    """

    volume: CTVolume
    bodies: NDArray[np.uint8]
    spine: NDArray[np.uint8]
    ribs: NDArray[np.uint8]
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

    with torch.inference_mode(), _one_thread():
        raster = new_raster(
            grid, slice_thickness_mm=scan.slice_thickness_mm, device=torch.device(device)
        )
        _paint(raster, patient, scan)
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


def _paint(raster: Raster, patient: Patient, scan: ScanConfig) -> None:
    """Paint from the soft to the hard, so that bone covers what it lies in."""
    from ctbone.phantom.painting.solids import Palette, paint_ellipsoid, paint_table, paint_tubes
    from ctbone.phantom.painting.trunk import paint_trunk

    palette = Palette(scan)
    raster.hu.fill_(palette.soft(Tissue.VISCERAL_FAT, patient.torso.fat_shift_hu))
    for organ in patient.viscera.organs:
        paint_ellipsoid(raster, organ, palette)
    paint_trunk(raster, patient.torso, palette)
    if scan.table:
        paint_table(raster, patient.table, palette)
    for organ in patient.viscera.heart:
        paint_ellipsoid(raster, organ, palette)
    for tube in patient.viscera.tubes:
        paint_tubes(raster, [tube], palette)
    _paint_bones(raster, patient, palette)
    _paint_spine(raster, patient, palette)


def _paint_bones(raster: Raster, patient: Patient, palette: Palette) -> None:
    """Paint pelvis, hips, sternum and shoulders."""
    from ctbone.phantom.painting.solids import paint_blade, paint_ellipsoid, paint_tubes

    for blade in patient.bones.blades:
        paint_blade(raster, blade, palette)
    for lump in (*patient.bones.sockets, *patient.bones.sacral_wings):
        paint_ellipsoid(raster, lump, palette)
    for tube in patient.bones.tubes:
        paint_tubes(raster, [tube], palette)


def _paint_spine(raster: Raster, patient: Patient, palette: Palette) -> None:
    """Paint arches and ribs before the bodies: nothing may reach into a body's interior."""
    from ctbone.phantom.painting.solids import paint_body, paint_disc, paint_tubes

    column = patient.column
    for rib in patient.bones.ribs:
        paint_tubes(raster, [rib], palette, label="ribs")
    for arch in column.arches:
        paint_tubes(raster, arch, palette, label="spine")
    paint_tubes(raster, [column.canal], palette)
    for disc in column.discs:
        paint_disc(raster, disc, palette)
    for body in (*column.sacrum, *column.vertebrae):
        paint_body(raster, body, palette)


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
                is_whole=whole,
            )
        )
    return tuple(found)
