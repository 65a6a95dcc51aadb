"""Where the rods of a calibration phantom lie in a scan, and what they attenuate.

The phantom is a row of equal rods along the table. Its picture, averaged over slices, is held
against its densities at every place: there, the means of discs at the places of the rods must lie
on a straight line over density, each disc must be even, and none may change along the table, as
organs do. Of the places that pass, the one that fits best is taken; nothing is assumed about
whether the phantom lies below, which way it was laid or how far apart its rods are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ctbone.densitometry.calibration import Calibration
from ctbone.densitometry.calibrator import Calibrator, calibration_by_rods
from ctbone.errors import CalibratorNotFound
from ctbone.volume import CTVolume

_Image = NDArray[np.float64]

#: Size of a pixel of the search, mm, and share of a rod's radius that is measured: a search in
#: steps of a pixel and of a pitch misses the axis by less than the rest.
_PIXEL_MM, _SHARE = 1.5, 0.6

#: Steps of the search: of the distance between rods, mm, and of the lie of the row, degrees.
_PITCH_STEP_MM, _ANGLES_DEGREES = 1.0, (-4.0, -2.0, 0.0, 2.0, 4.0)

#: Most scatter of rods about their line, within a rod and of a rod from slice to slice, HU. Design
#: choices: a few times what noise, cupping and blur leave of a rod averaged over many slices.
_MOST_RESIDUAL_HU, _MOST_UNEVEN_HU, _MOST_DRIFT_HU = 12.0, 25.0, 12.0

#: HU per mg/cm3 that rods can have, and attenuation of their water, HU.
_SLOPES, _MOST_WATER_HU = (0.8, 2.6), 60.0

#: Parts of a scan that a rod must look the same in, and slices that are averaged in each.
_PARTS, _SLICES = 4, 8

#: Least cosine between the axes of a volume and those of the patient, 10 degrees.
_STRAIGHT = 0.985


def calibrate_in_scan(
    volume: CTVolume, calibrator: Calibrator, *, kvp: float | None
) -> Calibration:
    """Return the line of one scan, by the phantom in its field.

    Raises:
        CalibratorNotFound: If no phantom of the kind is to be seen.
    """
    return calibration_by_rods(find_rods(volume, calibrator), calibrator, kvp=kvp)


def find_rods(volume: CTVolume, calibrator: Calibrator) -> _Image:
    """Find the rods of a phantom.

    Returns:
        Mean attenuation of each, Hounsfield units, in the order of the phantom.

    Raises:
        CalibratorNotFound: If there are none, or the slices are not axial.
    """
    parts, pixel_mm = _parts(volume)
    discs = _Discs.of(parts, pixel_mm=pixel_mm, radius_mm=_SHARE * calibrator.radius_mm)
    best = min(
        (_best_place(discs, steps, calibrator) for steps in _layouts(calibrator, pixel_mm)),
        key=lambda found: found[0],
    )
    score, pixels = best
    if not np.isfinite(score):
        raise CalibratorNotFound(
            f"expected {len(calibrator.salt)} rods of phantom {calibrator.name} in the field, "
            "found no whole row of even discs on a line over its densities"
        )
    hu: _Image = discs.mean[tuple(pixels.T)]
    return hu


@dataclass(frozen=True, slots=True, eq=False)
class _Discs:
    """What a disc about each pixel holds.

    Attributes:
        mean: Mean attenuation, HU.
        is_even: Whether it is even, and the same in all parts of the scan.
        uneven: Standard deviation in it, HU.
    """

    mean: _Image
    is_even: NDArray[np.bool_]
    uneven: _Image

    @classmethod
    def of(cls, parts: _Image, *, pixel_mm: tuple[float, float], radius_mm: float) -> _Discs:
        reach = [int(radius_mm // size) for size in pixel_mm]
        steps = np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij")
        within = np.hypot(*(s * size for s, size in zip(steps, pixel_mm, strict=True)))
        disc = (within <= radius_mm).astype(float)
        disc /= disc.sum()
        means = np.stack([ndimage.convolve(part, disc, mode="nearest") for part in parts])
        middle = parts.mean(axis=0)
        mean = means.mean(axis=0)
        square = ndimage.convolve(middle**2, disc, mode="nearest")
        uneven = np.sqrt(np.maximum(square - mean**2, 0.0))
        even = (uneven <= _MOST_UNEVEN_HU) & (means.std(axis=0) <= _MOST_DRIFT_HU)
        return cls(mean, even, uneven)


def _parts(volume: CTVolume) -> tuple[_Image, tuple[float, float]]:
    """Return pictures of parts of a scan, in coarse pixels, and the size of those, mm."""
    directions = np.abs(volume.affine[:3, :3] / np.asarray(volume.spacing_mm))
    if np.diag(directions).min() < _STRAIGHT:
        raise CalibratorNotFound(
            "expected axial slices to look for a calibration phantom in, found oblique ones"
        )
    size = _bin(volume)
    ends = np.linspace(0, volume.hu.shape[2], min(_PARTS, volume.hu.shape[2]) + 1).astype(int)
    parts = []
    for begin, end in pairwise(ends):
        chosen = np.unique(np.linspace(begin, end - 1, _SLICES).astype(int))
        picture = volume.hu[:, :, chosen].mean(axis=2, dtype=np.float64)
        parts.append(_binned(picture, size))
    spacing = volume.spacing_mm
    return np.stack(parts), (spacing[0] * size[0], spacing[1] * size[1])


def _bin(volume: CTVolume) -> tuple[int, int]:
    first, second = (max(1, round(_PIXEL_MM / size)) for size in volume.spacing_mm[:2])
    return first, second


def _binned(picture: _Image, size: tuple[int, int]) -> _Image:
    rows, columns = (n // s for n, s in zip(picture.shape, size, strict=True))
    kept = picture[: rows * size[0], : columns * size[1]]
    binned: _Image = kept.reshape(rows, size[0], columns, size[1]).mean(axis=(1, 3))
    return binned


def _layouts(calibrator: Calibrator, pixel_mm: tuple[float, float]) -> Iterator[NDArray[np.int_]]:
    """Yield where rods can lie about the middle of the row, in pixels, shape ``(rods, 2)``."""
    count = len(calibrator.salt)
    places = np.arange(count) - (count - 1) / 2.0
    pitches = np.arange(
        calibrator.least_pitch_mm, calibrator.most_pitch_mm + 0.5 * _PITCH_STEP_MM, _PITCH_STEP_MM
    )
    for pitch, angle, way in product(pitches, np.deg2rad(_ANGLES_DEGREES), (1.0, -1.0)):
        direction = way * pitch * np.array([np.cos(angle), np.sin(angle)])
        yield np.rint(places[:, None] * direction / np.asarray(pixel_mm)).astype(int)


def _best_place(
    discs: _Discs, steps: NDArray[np.int_], calibrator: Calibrator
) -> tuple[float, NDArray[np.int_]]:
    """Return how well the best place of a layout fits, and the pixels of its rods."""
    reach = np.abs(steps).max(axis=0)
    shape = np.asarray(discs.mean.shape)
    if (shape <= 2 * reach).any():
        return np.inf, steps
    inner = [
        tuple(slice(m + s, n - m + s) for m, s, n in zip(reach, step, shape, strict=True))
        for step in steps
    ]
    even = np.logical_and.reduce([discs.is_even[where] for where in inner])
    middles = np.argwhere(even)
    if not len(middles):
        return np.inf, steps
    pixels = middles + reach + steps[:, None]
    rows, columns = pixels[..., 0], pixels[..., 1]
    residual, slope, water = _residual(discs.mean[rows, columns], calibrator)
    is_line = (slope >= _SLOPES[0]) & (slope <= _SLOPES[1]) & (np.abs(water) <= _MOST_WATER_HU)
    fits = is_line & (residual <= _MOST_RESIDUAL_HU)
    score = np.where(fits, residual + discs.uneven[rows, columns].mean(axis=0), np.inf)
    best = int(np.argmin(score))
    return float(score[best]), pixels[:, best]


def _residual(hu: _Image, calibrator: Calibrator) -> tuple[_Image, _Image, _Image]:
    """Return the scatter of rods about their line, HU, and its slope and attenuation at zero.

    Args:
        hu: Attenuation of the rods at each place, shape ``(rods, places)``.
        calibrator: The phantom.
    """
    salt = calibrator.salt - calibrator.salt.mean()
    above = hu + (1000.0 - calibrator.water)[:, None]
    slope = salt @ above / (salt**2).sum()
    off = above - above.mean(axis=0) - salt[:, None] * slope
    residual = np.sqrt((off**2).sum(axis=0) / (len(salt) - 2))
    return residual, slope, above.mean(axis=0) - slope * calibrator.salt.mean()
