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
from scipy import ndimage

from ctbone.anatomy import VertebralLevel
from ctbone.records import VertebraLocalisation
from ctbone.volume import AIR_HU, CTVolume, to_indices, to_patient

#: What of a patch a network sees: a mid-plane, three of them, a stack of axial planes, or all.
Plane = Literal["axial", "sagittal", "coronal", "orthogonal", "axial_slices", "volume"]

#: Positions or indices, one a row.
_Points = NDArray[np.float64]

#: Full width at half maximum of a Gaussian, in standard deviations.
_FWHM = 2.0 * np.sqrt(2.0 * np.log(2.0))


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
    """

    level: VertebralLevel
    hu: NDArray[np.float32]
    inside: NDArray[np.bool_]
    affine: NDArray[np.float64]

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
    affine = _patch_affine(vertebra, grid)
    hu = _sample(volume.hu, volume.affine, affine, shape=grid.shape, outside=AIR_HU)
    return VertebraPatch(vertebra.level, hu, _sample_body(vertebra, affine, grid.shape), affine)


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


def _patch_affine(vertebra: VertebraLocalisation, grid: PatchGrid) -> NDArray[np.float64]:
    affine = np.eye(4, dtype=np.float64)
    affine[:3, :3] = vertebra.axes * np.asarray(grid.spacing_mm)
    middle = (np.asarray(grid.shape) - 1) / 2.0
    affine[:3, 3] = np.asarray(vertebra.centroid_mm) - affine[:3, :3] @ middle
    return affine


def _sample_body(
    vertebra: VertebraLocalisation, affine: NDArray[np.float64], shape: tuple[int, int, int]
) -> NDArray[np.bool_]:
    if vertebra.body is None:
        return np.zeros(shape, dtype=np.bool_)
    body = vertebra.body
    share = _sample(body.inside, body.affine, affine, shape=shape, outside=0.0)
    return np.asarray(share >= 0.5)


def _sample(
    values: NDArray[np.generic],
    from_affine: NDArray[np.float64],
    to_affine: NDArray[np.float64],
    *,
    shape: tuple[int, int, int],
    outside: float,
) -> NDArray[np.float32]:
    if values.flags.f_contiguous:
        # Read along memory: the same voxels by other names.
        values, from_affine = values.T, from_affine[:, [2, 1, 0, 3]]
    to_index = np.asarray(np.linalg.inv(from_affine) @ to_affine, dtype=np.float64)
    sigmas = _smoothing(to_index[:3, :3])
    beyond = _reach(sigmas) + 1
    ends = to_indices(from_affine, to_patient(to_affine, _corners(shape)))
    source = _box(ends, within=values.shape, margin=beyond)
    # Only the part of the patch that the array reaches is computed; a body mask is a small one.
    edges = to_indices(to_affine, to_patient(from_affine, _corners(values.shape, beyond)))
    target = _box(edges, within=shape, margin=np.zeros(3, dtype=np.int64))
    sampled = np.full(shape, outside, dtype=np.float32)
    if source is None or target is None:
        return sampled
    crop = _smooth(values[source].astype(np.float32, order="C"), sigmas)
    first = to_index[:3, :3] @ [cut.start for cut in target] + to_index[:3, 3]
    sampled[target] = ndimage.affine_transform(
        np.pad(crop, 1, constant_values=outside),
        to_index[:3, :3],
        offset=first - [cut.start - 1 for cut in source],
        output_shape=sampled[target].shape,
        order=1,
        mode="constant",
        cval=outside,
    )
    return sampled


def _smoothing(step: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Gaussian along each array axis that widens one voxel to the step of the patch.

    A step of r voxels asks for a full width of sqrt(r^2 - 1) at half maximum, as widths add in
    squares; a patch finer than the CT asks for none.
    """
    squares = (step**2).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(squares - 1.0, 0.0)) / _FWHM)


def _reach(sigmas: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how many voxels a Gaussian reaches: three deviations hold 99.7 % of it."""
    return np.ceil(3.0 * sigmas).astype(np.int64)


def _smooth(crop: NDArray[np.float32], sigmas: NDArray[np.float64]) -> NDArray[np.float32]:
    for axis, (sigma, reach) in enumerate(zip(sigmas, _reach(sigmas), strict=True)):
        if reach > 0:
            crop = ndimage.gaussian_filter1d(crop, sigma, axis, mode="nearest", radius=int(reach))
    return crop


def _corners(shape: tuple[int, ...], margin: NDArray[np.int64] | None = None) -> _Points:
    """Return the eight corner voxels of an array, moved outwards by a margin."""
    out = np.zeros(3, dtype=np.int64) if margin is None else margin
    ends = [(-m, n - 1 + m) for n, m in zip(shape, out, strict=True)]
    return np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.float64)


def _box(
    points: _Points, *, within: tuple[int, ...], margin: NDArray[np.int64]
) -> tuple[slice, slice, slice] | None:
    """Return the part of an array that holds the points and a margin about them, if any."""
    start = np.maximum(np.floor(points.min(axis=0)).astype(np.int64) - margin, 0)
    stop = np.minimum(np.ceil(points.max(axis=0)).astype(np.int64) + margin + 1, within)
    if np.any(start >= stop):
        return None
    i, j, k = (slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    return i, j, k


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
