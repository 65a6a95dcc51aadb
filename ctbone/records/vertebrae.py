"""Located vertebrae: where each is, which way it faces, and whether it may be measured."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason
from ctbone.records.flags import Flag


@dataclass(frozen=True, slots=True, eq=False)
class BodyMask:
    """The voxels of one vertebral body, on a box of its own.

    Attributes:
        inside: Whether a voxel belongs to the body, bool, shape ``(I, J, K)``; read-only.
        affine: Voxel index to patient position, LPS millimetres, shape ``(4, 4)``; read-only.
    """

    inside: NDArray[np.bool_]
    affine: NDArray[np.float64]

    def __post_init__(self) -> None:
        if self.inside.ndim != 3 or self.inside.dtype != np.bool_:
            found = f"{self.inside.dtype} {self.inside.shape}"
            raise ValueError(f"inside must be bool (I, J, K), got {found}")
        if self.affine.shape != (4, 4):
            raise ValueError(f"affine must be (4, 4), got {self.affine.shape}")
        for name in ("inside", "affine"):
            view = getattr(self, name).view()
            view.setflags(write=False)
            object.__setattr__(self, name, view)

    @property
    def volume_mm3(self) -> float:
        """Volume of the body, cubic millimetres."""
        return float(self.inside.sum() * abs(np.linalg.det(self.affine[:3, :3])))


@dataclass(frozen=True, slots=True, kw_only=True)
class Morphometry:
    """How high one vertebral body is, from upper to lower end plate in its midline.

    Attributes:
        height_anterior_mm: At the anterior wall, millimetres.
        height_middle_mm: Half-way between the walls, millimetres.
        height_posterior_mm: At the posterior wall, millimetres.
    """

    height_anterior_mm: float
    height_middle_mm: float
    height_posterior_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class VertebraLocalisation:
    """Where one vertebral body is, which way it faces, and whether it may be measured.

    Attributes:
        level: Its anatomical level.
        centroid_mm: Centre of the vertebral body, LPS millimetres.
        axes: Unit vectors of the vertebra's own left, posterior and superior directions, as
            columns, shape ``(3, 3)``, in LPS.
        confidence: Probability that the level is right, from 0 to 1; 1 for masks that a user gave.
        body: The vertebral body; ``None`` when the locator gives centres alone.
        is_whole: Whether the whole body lies in the field of view.
        runner_up: The level that it would else have; ``None`` where nothing speaks for another.
        morphometry: Its heights; ``None`` where they were not measured.
        reason: Why it must not be measured; ``None`` where it may.
        detail: What was expected and what was found, where there is a reason.
        flags: What a reader of its measurement has to know, where it may be measured.
    """

    level: VertebralLevel
    centroid_mm: tuple[float, float, float]
    axes: NDArray[np.float64]
    confidence: float
    body: BodyMask | None = field(repr=False)
    is_whole: bool
    runner_up: VertebralLevel | None = None
    morphometry: Morphometry | None = None
    reason: Reason | None = None
    detail: str = ""
    flags: tuple[Flag, ...] = ()

    def __post_init__(self) -> None:
        if self.axes.shape != (3, 3) or not np.allclose(
            self.axes.T @ self.axes, np.eye(3), atol=1e-4
        ):
            raise ValueError(f"axes must be three orthogonal unit vectors, got\n{self.axes}")
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence must lie in [0, 1], got {self.confidence}")
