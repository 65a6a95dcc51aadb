"""A CT series on a regular grid, and the geometry that moves it.

Conventions, stated once
------------------------
Array axes are ``(i, j, k)``; for an axial series read from DICOM they run along a row, along a
column, and from slice to slice. ``affine`` maps an index to the centre of its voxel in patient
coordinates: LPS (left, posterior, superior), millimetres, as in DICOM. Values are Hounsfield
units. They are ``int16`` when every stored value rescales to an integer in range, as in nearly all
CT, and ``float32`` otherwise; either way the numbers mean the same. Readers lay the array out with
``i`` fastest in memory, as the files do. Nothing in this module reads a file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ctbone.records import Flag

_T = TypeVar("_T", bound=np.generic)

#: Attenuation of air; what lies outside the scanned field.
AIR_HU = -1000.0

#: How far direction cosines may be from orthogonal unit vectors: headers carry six digits.
DIRECTION_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A regular lattice of voxel centres in the patient.

    Attributes:
        shape: Voxels along each array axis.
        affine: Voxel index to patient position, LPS millimetres, shape ``(4, 4)``; read-only.

    Raises:
        ValueError: If the shape is not positive, or the affine is not a rotation or reflection, a
            positive scaling and a translation.
    """

    shape: tuple[int, int, int]
    affine: NDArray[np.float64]

    def __post_init__(self) -> None:
        if min(self.shape) < 1:
            raise ValueError(f"shape must be three positive numbers of voxels, got {self.shape}")
        affine = np.array(self.affine, np.float64)
        if affine.shape != (4, 4) or not _is_rigid_with_spacing(affine):
            found = affine.tolist() if affine.shape == (4, 4) else affine.shape
            raise ValueError(f"affine must rotate, scale and translate, (4, 4), got {found}")
        object.__setattr__(self, "affine", _read_only(affine))

    @classmethod
    def about(
        cls,
        middle_mm: ArrayLike,
        axes: NDArray[np.float64],
        *,
        shape: tuple[int, int, int],
        spacing_mm: float | tuple[float, float, float],
    ) -> Grid:
        """Return the lattice whose middle, index ``(n - 1) / 2``, lies at a place.

        Args:
            middle_mm: Where, LPS millimetres, shape ``(3,)``.
            axes: Directions of the array axes as unit columns, shape ``(3, 3)``.
            shape: Voxels along each of them.
            spacing_mm: Distance between voxel centres, along all or along each.
        """
        affine = np.eye(4)
        affine[:3, :3] = axes * np.asarray(spacing_mm)
        middle = (np.asarray(shape) - 1) / 2.0
        affine[:3, 3] = np.asarray(middle_mm) - affine[:3, :3] @ middle
        return cls(shape, affine)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between voxel centres along each array axis, millimetres."""
        si, sj, sk = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(si), float(sj), float(sk)


@dataclass(frozen=True, slots=True, eq=False)
class CTVolume:
    """A CT series on one regular grid.

    Attributes:
        hu: Attenuation, Hounsfield units, int16 or float32, shape ``(I, J, K)``; read-only.
        affine: Voxel index to patient position, LPS millimetres, shape ``(4, 4)``; read-only.
        series_uid: SeriesInstanceUID the voxels came from.
        flags: What reading noticed.

    Raises:
        ValueError: If the array is not three-dimensional int16 or float32, or the affine is not a
            rotation or reflection, a positive scaling and a translation.
    """

    hu: NDArray[np.int16] | NDArray[np.float32]
    affine: NDArray[np.float64]
    series_uid: str
    flags: tuple[Flag, ...] = ()

    def __post_init__(self) -> None:
        hu = np.asarray(self.hu)
        if hu.ndim != 3 or hu.dtype not in (np.int16, np.float32):
            found = f"{hu.dtype} {hu.shape}"
            raise ValueError(f"hu must be int16 or float32 (I, J, K), got {found}")
        object.__setattr__(self, "affine", Grid(hu.shape, self.affine).affine)
        object.__setattr__(self, "hu", _read_only(hu))

    def __repr__(self) -> str:
        voxels = " x ".join(map(str, self.hu.shape))
        spacing = " x ".join(f"{mm:.3g}" for mm in self.spacing_mm)
        return f"CTVolume({voxels} voxels of {spacing} mm, {self.hu.dtype})"

    @property
    def grid(self) -> Grid:
        """The lattice the voxels lie on."""
        return Grid(self.hu.shape, self.affine)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between voxel centres along each array axis, millimetres."""
        return self.grid.spacing_mm


def to_patient(affine: NDArray[np.float64], indices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map voxel indices, shape ``(N, 3)``, to patient positions in LPS millimetres."""
    return indices @ affine[:3, :3].T + affine[:3, 3]


def to_indices(
    affine: NDArray[np.float64], positions_mm: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Map patient positions in LPS millimetres, shape ``(N, 3)``, to voxel indices."""
    # Solving for every position would take four times as long, for digits far below a micrometre.
    return (positions_mm - affine[:3, 3]) @ np.linalg.inv(affine[:3, :3]).T


def reorient(volume: CTVolume) -> CTVolume:
    """Flip and transpose the axes to run as nearly as they can left, posterior and superior.

    No voxel value is computed: the result is another view of the same numbers, and every voxel
    keeps its position in the patient.
    """
    order, signs = lps_axes(volume.affine)
    hu, affine = volume.hu.transpose(order), volume.affine[:, [*order, 3]].copy()
    for axis, sign in enumerate(signs):
        if sign < 0:
            hu = np.flip(hu, axis)
            affine[:, 3] += affine[:, axis] * (hu.shape[axis] - 1)
            affine[:, axis] *= -1.0
    return replace(volume, hu=hu, affine=affine)


def lps_axes(affine: NDArray[np.float64]) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Return which array axis runs nearest to left, posterior and superior, and its sign.

    The three are chosen together, by the permutation with the largest sum of cosines, so that an
    oblique volume never uses one axis twice.
    """
    cosines = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    orders = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
    order = max(orders, key=lambda o: sum(abs(cosines[d, a]) for d, a in enumerate(o)))
    first, second, third = (1 if cosines[d, a] >= 0 else -1 for d, a in enumerate(order))
    return order, (first, second, third)


def crop(volume: CTVolume, *, start: tuple[int, int, int], stop: tuple[int, int, int]) -> CTVolume:
    """Cut the box of voxels from ``start`` up to but not including ``stop``.

    Raises:
        ValueError: If the box is empty or leaves the volume.
    """
    inside = all(0 <= a < b <= n for a, b, n in zip(start, stop, volume.hu.shape, strict=True))
    if not inside:
        raise ValueError(f"box {start} to {stop} must lie in a volume of {volume.hu.shape}")
    affine = volume.affine.copy()
    affine[:3, 3] = to_patient(volume.affine, np.asarray([start], float))[0]
    box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    return replace(volume, hu=volume.hu[box], affine=affine)


def _is_rigid_with_spacing(affine: NDArray[np.float64]) -> bool:
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if not np.all(np.isfinite(affine)) or not np.all(spacing > 0.0):
        return False
    directions = affine[:3, :3] / spacing
    return bool(np.allclose(directions.T @ directions, np.eye(3), atol=DIRECTION_TOLERANCE))


def _read_only(array: NDArray[_T]) -> NDArray[_T]:
    view = array.view()
    view.setflags(write=False)
    return view
