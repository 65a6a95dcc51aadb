"""The lattice of a patch, and the patch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel


@dataclass(frozen=True)
class PatchGrid:
    """How large a patch is, how finely it is sampled, and where it lies about the vertebra.

    Attributes:
        shape: Voxels along left, posterior and superior.
        spacing_mm: Distance between voxel centres along the same, millimetres.
        offset_mm: From the centre of the vertebral body to the middle of the patch along the
            same, millimetres: a field that shows the muscles of the back lies behind the body.
    """

    shape: tuple[int, int, int] = (64, 64, 48)
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)
    offset_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        if min(self.shape) < 1:
            raise ValueError(f"shape must be three positive numbers of voxels, got {self.shape}")
        if not min(self.spacing_mm) > 0.0:
            raise ValueError(f"spacing_mm must be three positive lengths, got {self.spacing_mm}")
        if not np.all(np.isfinite(self.offset_mm)):
            raise ValueError(f"offset_mm must be three lengths, got {self.offset_mm}")


@dataclass(frozen=True, slots=True, eq=False)
class VertebraPatch:
    """One vertebra in its own frame.

    Attributes:
        level: Its anatomical level.
        hu: Attenuation, Hounsfield units, float32, shape ``(L, P, S)``; read-only.
        inside: Whether a voxel belongs to the vertebral body, bool, shape ``(L, P, S)``;
            read-only; nowhere true when the localisation came without a mask.
        affine: Index to patient position, LPS millimetres, shape ``(4, 4)``; read-only.
        source_spacing_mm: How far apart the voxels of the CT lie along left, posterior and
            superior, millimetres: over so much are values interpolated; ``None`` if not known.
        offset_mm: From the centre of the vertebral body to the middle of the patch along left,
            posterior and superior, millimetres.
    """

    level: VertebralLevel
    hu: NDArray[np.float32]
    inside: NDArray[np.bool_]
    affine: NDArray[np.float64]
    source_spacing_mm: tuple[float, float, float] | None = None
    offset_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        if self.hu.ndim != 3 or self.hu.dtype != np.float32:
            raise ValueError(f"hu must be float32 (L, P, S), got {self.hu.dtype} {self.hu.shape}")
        if self.inside.shape != self.hu.shape or self.inside.dtype != np.bool_:
            found = f"{self.inside.dtype} {self.inside.shape}"
            raise ValueError(f"inside must be bool {self.hu.shape}, got {found}")
        for name in ("hu", "inside", "affine"):
            view = getattr(self, name).view()
            view.setflags(write=False)
            object.__setattr__(self, name, view)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between voxel centres along left, posterior and superior, millimetres."""
        left, posterior, superior = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(left), float(posterior), float(superior)

    def is_of(self, grid: PatchGrid) -> bool:
        """Whether the patch was cut on a grid: its shape, its spacing and its place."""
        near = np.allclose(self.spacing_mm, grid.spacing_mm)
        placed = np.allclose(self.offset_mm, grid.offset_mm, atol=1e-3)
        return self.hu.shape == tuple(grid.shape) and near and placed
