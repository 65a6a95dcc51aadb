"""Where the slices of one stack lie, and whether they form a grid.

The normal is the cross product of the row and the column direction, so that row, column and normal
are right-handed; slices are ordered by their position along it, whatever their file names or
instance numbers say. Tolerances are named below and meant for rounding in headers, not for repair.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ctbone.errors import IrregularGeometry
from ctbone.ingest.plausible import require_plausible_length, require_plausible_plane
from ctbone.records import SliceRecord

#: Slices nearer than this along the normal stand at one position.
SAME_POSITION_MM = 0.01

#: How far a slice may lie from its place on the grid, along the normal or in its plane. Headers
#: round positions to 0.1 mm at the coarsest, which is 0.05 mm off, and twice that after a fit.
POSITION_TOLERANCE_MM = 0.1

#: The same, as a share of the spacing, for grids so fine that 0.1 mm is much of a step.
POSITION_TOLERANCE_STEPS = 0.25

#: Largest difference between the direction cosines of the slices of one stack, and largest
#: deviation of row and column from orthogonal unit vectors: headers carry three digits or more.
ORIENTATION_TOLERANCE = 1e-3

#: Largest relative difference between the pixel spacings of the slices of one stack.
SPACING_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Gap:
    """A step that is wider than the others by whole slices.

    Attributes:
        before: Index of the slice before the gap.
        after: Index of the slice after it.
        length_mm: Distance between the two along the normal.
        missing: How many slices would fill it.
    """

    before: int
    after: int
    length_mm: float
    missing: int


@dataclass(frozen=True, slots=True, eq=False)
class StackGeometry:
    """How slices that share one orientation are stacked.

    Attributes:
        order: Indices of the slices, ascending along the normal.
        positions_mm: Position of each along the normal, in that order, shape ``(N,)``.
        axes: Unit vectors along a row, along a column and along the normal, as columns, LPS,
            shape ``(3, 3)``.
        in_plane_mm: Distance between columns along a row, then between rows along a column.
        spacing_mm: Distance between neighbouring positions: the mean step of the grid they lie
            on, the lower median step where they lie on none, 0 where there is one position.
        origin_mm: Centre of the first voxel of the first slice in that order, LPS, shape ``(3,)``.
        drift: In-plane shift along a row and along a column for each millimetre along the normal,
            shape ``(2,)``; exactly 0 when the slices stand straight above each other.
        gaps: Steps that are whole multiples of the spacing.
        duplicates: Indices of the slices that share one position, a tuple for each such position.
        is_irregular: Whether steps are unequal in other ways than gaps, or the in-plane positions
            do not follow one straight line.
    """

    order: tuple[int, ...]
    positions_mm: NDArray[np.float64]
    axes: NDArray[np.float64]
    in_plane_mm: tuple[float, float]
    spacing_mm: float
    origin_mm: NDArray[np.float64]
    drift: NDArray[np.float64]
    gaps: tuple[Gap, ...]
    duplicates: tuple[tuple[int, ...], ...]
    is_irregular: bool

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector along the stack, LPS, shape ``(3,)``."""
        return self.axes[:, 2]

    @property
    def tilt_degrees(self) -> float:
        """Angle between the normal and the line through the first voxels of the slices."""
        return float(np.degrees(np.arctan(np.linalg.norm(self.drift))))

    def affine(self) -> NDArray[np.float64]:
        """Return the map from voxel index to patient position, LPS mm, shape ``(4, 4)``.

        It is that of the slices as they are where they stand straight above each other, and of the
        same slices pushed straight where they are tilted.
        """
        affine = np.eye(4)
        affine[:3, :3] = self.axes * (*self.in_plane_mm, self.spacing_mm)
        affine[:3, 3] = self.origin_mm
        return affine


def stack_geometry(slices: Sequence[SliceRecord]) -> StackGeometry:
    """Order slices along their normal and describe how they are stacked.

    Raises:
        IrregularGeometry: If a slice lacks position, orientation or spacing, if orientation,
            spacing or size differ from slice to slice, or if the size is that of no patient.
        ValueError: If there are no slices.
    """
    if not slices:
        raise ValueError("a stack needs at least one slice, got none")
    _require_geometry(slices)
    _require_alike(slices)
    axes = _axes(slices[0])
    along = np.array([s.position_mm for s in slices], dtype=np.float64) @ axes
    order = np.argsort(along[:, 2], kind="stable")
    along = along[order]
    places = _places(along[:, 2])
    spacing_mm, gaps, is_uneven = _steps(along[:, 2], places, order)
    drift, is_bent = _drift(along)
    first = slices[0]
    assert first.spacing_mm is not None  # noqa: S101 - checked above
    require_plausible_plane(
        first.spacing_mm, (first.columns, first.rows), name=f"file {first.number}"
    )
    require_plausible_length(
        float(along[-1, 2] - along[0, 2]), name=f"files {first.number} and others"
    )
    return StackGeometry(
        order=tuple(order.tolist()),
        positions_mm=along[:, 2],
        axes=axes,
        in_plane_mm=first.spacing_mm,
        spacing_mm=spacing_mm,
        origin_mm=np.asarray(slices[int(order[0])].position_mm, dtype=np.float64),
        drift=drift,
        gaps=gaps,
        duplicates=tuple(tuple(order[p].tolist()) for p in places if len(p) > 1),
        is_irregular=is_uneven or is_bent,
    )


def _require_geometry(slices: Sequence[SliceRecord]) -> None:
    for item in slices:
        values = (*(item.position_mm or ()), *(item.orientation or ()), *(item.spacing_mm or ()))
        if len(values) != 11 or not np.all(np.isfinite(values)):
            raise IrregularGeometry(
                "every slice must state position, orientation and pixel spacing; "
                f"file {item.number} does not"
            )
        if min(values[9:]) <= 0.0:
            raise IrregularGeometry(
                f"pixel spacing must be positive, file {item.number} has {item.spacing_mm}"
            )


def _require_alike(slices: Sequence[SliceRecord]) -> None:
    sizes = np.array([(s.rows, s.columns) for s in slices])
    spacings = np.array([s.spacing_mm for s in slices], dtype=np.float64)
    cosines = np.array([s.orientation for s in slices], dtype=np.float64)
    for name, is_other in (
        ("size", np.any(sizes != sizes[0], axis=1)),
        ("spacing", np.any(abs(spacings / spacings[0] - 1.0) > SPACING_TOLERANCE, axis=1)),
        ("orientation", np.any(abs(cosines - cosines[0]) > ORIENTATION_TOLERANCE, axis=1)),
    ):
        if is_other.any():
            first, other = slices[0].number, slices[int(np.argmax(is_other))].number
            raise IrregularGeometry(
                f"the slices of a stack must share one {name}; files {first} and {other} differ"
            )


def _axes(item: SliceRecord) -> NDArray[np.float64]:
    """Return orthonormal row, column and normal directions as columns, shape ``(3, 3)``."""
    row, column = np.reshape(np.asarray(item.orientation, dtype=np.float64), (2, 3))
    gram = np.array([row @ row, column @ column, row @ column])
    if np.max(abs(gram - (1.0, 1.0, 0.0))) > ORIENTATION_TOLERANCE:
        raise IrregularGeometry(
            "row and column directions must be orthogonal unit vectors; "
            f"file {item.number} has {item.orientation}"
        )
    row = row / np.linalg.norm(row)
    column = column - (row @ column) * row
    column = column / np.linalg.norm(column)
    return np.stack([row, column, np.cross(row, column)], axis=1)


def _places(heights_mm: NDArray[np.float64]) -> list[NDArray[np.intp]]:
    """Group ascending heights that are the same position, as indices into them."""
    starts = np.flatnonzero(np.diff(heights_mm) > SAME_POSITION_MM) + 1
    return list(np.split(np.arange(len(heights_mm)), starts))


def _steps(
    heights_mm: NDArray[np.float64], places: list[NDArray[np.intp]], order: NDArray[np.intp]
) -> tuple[float, tuple[Gap, ...], bool]:
    """Return the spacing, the gaps, and whether the steps are unequal in other ways."""
    distinct = heights_mm[[p[0] for p in places]]
    if len(distinct) == 1:
        return 0.0, (), False
    if _is_lattice(distinct, np.arange(len(distinct), dtype=np.float64)):
        return float((distinct[-1] - distinct[0]) / (len(distinct) - 1)), (), False
    steps = np.diff(distinct)
    usual = float(np.sort(steps)[(len(steps) - 1) // 2])
    counts = np.rint(steps / usual)
    numbers = np.concatenate([[0.0], np.cumsum(counts)])
    if counts.min() < 1.0 or not _is_lattice(distinct, numbers):
        return usual, (), True
    gaps = tuple(
        Gap(
            before=int(order[places[n][-1]]),
            after=int(order[places[n + 1][0]]),
            length_mm=float(steps[n]),
            missing=int(counts[n]) - 1,
        )
        for n in np.flatnonzero(counts >= 2.0)
    )
    return float((distinct[-1] - distinct[0]) / numbers[-1]), gaps, False


def _is_lattice(heights_mm: NDArray[np.float64], numbers: NDArray[np.float64]) -> bool:
    """Return whether each height is a constant plus its number times one spacing."""
    spacing_mm = (heights_mm[-1] - heights_mm[0]) / max(numbers[-1], 1.0)
    off_mm = abs(heights_mm - heights_mm[0] - numbers * spacing_mm).max()
    return bool(off_mm <= min(POSITION_TOLERANCE_MM, POSITION_TOLERANCE_STEPS * spacing_mm))


def _drift(along: NDArray[np.float64]) -> tuple[NDArray[np.float64], bool]:
    """Return the in-plane shift a millimetre, and whether slices leave that line.

    ``along`` holds the positions along row, column and normal, shape ``(N, 3)``, ascending.
    """
    in_plane = along[:, :2] - along[0, :2]
    heights = along[:, 2] - along[0, 2]
    if np.max(abs(in_plane)) <= POSITION_TOLERANCE_MM or heights[-1] <= SAME_POSITION_MM:
        return np.zeros(2), bool(np.max(abs(in_plane)) > POSITION_TOLERANCE_MM)
    drift = in_plane[-1] / heights[-1]
    is_bent = np.max(abs(in_plane - heights[:, None] * drift)) > POSITION_TOLERANCE_MM
    return drift, bool(is_bent)
