"""One vertebra, cut out of a CT in its own frame, and what a network sees of it.

Conventions, stated once
------------------------
The axes of a patch are ``(l, p, s)``: the vertebra's own left, posterior and superior directions.
The middle of the patch, index ``(n - 1) / 2`` on each axis, is the centre of the vertebral body.
``affine`` maps an index to a patient position, LPS millimetres, as everywhere.

In a network input the superior axis is turned round, so that pictures are upright: an axial
plane is ``(p, l)``, a sagittal plane ``(-s, p)``, a coronal plane ``(-s, l)`` and a volume
``(-s, p, l)``. Of an even number of planes the middle one is ``n // 2`` of the input.

``extract`` and ``to_input`` are the only road from a CT to a network, in training and screening.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ctbone.anatomy import VertebralLevel
from ctbone.records import VertebraLocalisation
from ctbone.resampling import sample_onto
from ctbone.volume import AIR_HU, CTVolume, Grid

#: What of a patch a network sees: a mid-plane, three of them, a stack of axial planes, or all.
Plane = Literal["axial", "sagittal", "coronal", "orthogonal", "axial_slices", "volume"]


@dataclass(frozen=True)
class PatchGrid:
    """How large a patch is and how finely it is sampled.

    Attributes:
        shape: Voxels along left, posterior and superior.
        spacing_mm: Distance between voxel centres along the same, millimetres.
    """

    shape: tuple[int, int, int] = (64, 64, 48)
    spacing_mm: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def __post_init__(self) -> None:
        if min(self.shape) < 1:
            raise ValueError(f"shape must be three positive numbers of voxels, got {self.shape}")
        if not min(self.spacing_mm) > 0.0:
            raise ValueError(f"spacing_mm must be three positive lengths, got {self.spacing_mm}")


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
    """

    level: VertebralLevel
    hu: NDArray[np.float32]
    inside: NDArray[np.bool_]
    affine: NDArray[np.float64]
    source_spacing_mm: tuple[float, float, float] | None = None

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


@dataclass(frozen=True)
class InputConfig:
    """What a network sees of a patch.

    Attributes:
        plane: Which plane or planes, or the whole patch.
        slices: Axial planes about mid-height, as channels; for ``axial_slices`` alone.
        window_hu: Attenuation that maps to 0 and to 1, Hounsfield units; beyond it is clipped.
        mask_channel: Whether the body mask follows the attenuation, in as many channels again.
    """

    plane: Plane = "volume"
    slices: int = 1
    window_hu: tuple[float, float] = (-200.0, 600.0)
    mask_channel: bool = False

    def __post_init__(self) -> None:
        if not self.window_hu[0] < self.window_hu[1]:
            raise ValueError(f"window_hu must rise, got {self.window_hu}")
        if self.slices < 1 or (self.slices > 1 and self.plane != "axial_slices"):
            raise ValueError(f"slices must be 1 for plane {self.plane!r}, got {self.slices}")

    @property
    def dimensions(self) -> Literal[2, 3]:
        """Spatial dimensions of the input."""
        return 3 if self.plane == "volume" else 2

    @property
    def channels(self) -> int:
        """Channels of the input."""
        planes = 3 if self.plane == "orthogonal" else self.slices
        return planes * (2 if self.mask_channel else 1)


def extract(volume: CTVolume, vertebra: VertebraLocalisation, *, grid: PatchGrid) -> VertebraPatch:
    """Cut one vertebra out of a CT, trilinearly, in the vertebra's own frame.

    Where the patch is coarser than the CT, the CT is first smoothed to the resolution of the
    patch, so that the mean attenuation of a region is kept and noise does not alias. What lies
    outside the scanned field is air.
    """
    lattice = Grid.about(
        vertebra.centroid_mm, vertebra.axes, shape=grid.shape, spacing_mm=grid.spacing_mm
    )
    hu = sample_onto(volume.hu, volume.affine, lattice, outside=AIR_HU)
    inside = _sample_body(vertebra, lattice)
    left, posterior, superior = np.linalg.norm(volume.affine[:3, :3].T @ vertebra.axes, axis=0)
    spacing = float(left), float(posterior), float(superior)
    return VertebraPatch(vertebra.level, hu, inside, lattice.affine, spacing)


def to_input(patch: VertebraPatch, *, config: InputConfig) -> NDArray[np.float32]:
    """Turn a patch into a network input, float32, shape ``(C, H, W)`` or ``(C, D, H, W)``.

    The window is part of the configuration and never taken from the image: the absolute value of
    a Hounsfield unit is what density is read from.
    """
    lower, upper = config.window_hu
    scaled = np.clip((patch.hu - lower) / (upper - lower), 0.0, 1.0)
    channels = [_planes(scaled, config)]
    if config.mask_channel:
        channels.append(_planes(patch.inside.astype(np.float32), config))
    return np.ascontiguousarray(np.concatenate(channels), dtype=np.float32)


def _sample_body(vertebra: VertebraLocalisation, lattice: Grid) -> NDArray[np.bool_]:
    if vertebra.body is None:
        return np.zeros(lattice.shape, dtype=np.bool_)
    body = vertebra.body
    return np.asarray(sample_onto(body.inside, body.affine, lattice, outside=0.0) >= 0.5)


def _planes(values: NDArray[np.float32], config: InputConfig) -> NDArray[np.float32]:
    upright = values[:, :, ::-1].transpose(2, 1, 0)
    height, width = upright.shape[1] // 2, upright.shape[2] // 2
    if config.plane == "volume":
        return upright[None]
    if config.plane == "axial_slices":
        return _middle_slices(upright, config.slices)
    planes = {
        "axial": _middle_slices(upright, 1)[0],
        "sagittal": upright[:, :, width],
        "coronal": upright[:, height, :],
    }
    if config.plane == "orthogonal":
        return np.stack([_pad(plane, max(values.shape)) for plane in planes.values()])
    plane: NDArray[np.float32] = planes[config.plane][None]
    return plane


def _middle_slices(upright: NDArray[np.float32], slices: int) -> NDArray[np.float32]:
    count = len(upright)
    if slices > count:
        raise ValueError(f"slices must be at most the patch's {count}, got {slices}")
    start = (count - slices + 1) // 2
    middle: NDArray[np.float32] = upright[start : start + slices]
    return middle


def _pad(plane: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Pad a plane about its middle with what air maps to, so that planes stack."""
    missing = [size - n for n in plane.shape]
    padded: NDArray[np.float32] = np.pad(plane, [(m // 2, m - m // 2) for m in missing])
    return padded
