"""From a CT to a patch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ctbone.patches.patch import PatchGrid, VertebraPatch
from ctbone.records import VertebraLocalisation
from ctbone.resampling import sample_onto
from ctbone.volume import AIR_HU, CTVolume, Grid


def extract(volume: CTVolume, vertebra: VertebraLocalisation, *, grid: PatchGrid) -> VertebraPatch:
    """Cut one vertebra out of a CT, trilinearly, in the vertebra's own frame.

    Where the patch is coarser than the CT, the CT is first smoothed to the resolution of the
    patch, so that the mean attenuation of a region is kept and noise does not alias. What lies
    outside the scanned field is air.
    """
    middle = np.asarray(vertebra.centroid_mm) + vertebra.axes @ np.asarray(grid.offset_mm)
    lattice = Grid.about(middle, vertebra.axes, shape=grid.shape, spacing_mm=grid.spacing_mm)
    hu = sample_onto(volume.hu, volume.affine, lattice, outside=AIR_HU)
    inside = _sample_body(vertebra, lattice)
    left, posterior, superior = np.linalg.norm(volume.affine[:3, :3].T @ vertebra.axes, axis=0)
    spacing = float(left), float(posterior), float(superior)
    return VertebraPatch(vertebra.level, hu, inside, lattice.affine, spacing, grid.offset_mm)


def _sample_body(vertebra: VertebraLocalisation, lattice: Grid) -> NDArray[np.bool_]:
    if vertebra.body is None:
        return np.zeros(lattice.shape, dtype=np.bool_)
    body = vertebra.body
    return np.asarray(sample_onto(body.inside, body.affine, lattice, outside=0.0) >= 0.5)
