"""Small parallel-beam projections of slices: enough for what is smooth, or thin and bright.

A slice is laid on a square of ``side`` pixels, whatever the shape of its lattice, with air about
it. Rays are a pixel apart; the first angle has its rays along the columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """An ellipse about the body, in the plane of the slices, rows first.

    Attributes:
        centre_mm: Its centre, from the middle of a slice downwards and to the right.
        half_mm: Half its height and half its width.
    """

    centre_mm: tuple[float, float]
    half_mm: tuple[float, float]

    @property
    def reach_mm(self) -> float:
        """How far it goes from the middle of a slice."""
        return max(abs(c) + h for c, h in zip(self.centre_mm, self.half_mm, strict=True))


@dataclass(frozen=True, slots=True)
class Square:
    """A square of pixels that a lattice of ``(J, I)`` voxels is laid on.

    Attributes:
        side: Pixels along it.
        pixel_mm: Their size.
        rows: Pixels that the lattice takes up along J.
        columns: Pixels that it takes up along I.
    """

    side: int
    pixel_mm: float
    rows: int
    columns: int

    @classmethod
    def over(
        cls,
        shape: tuple[int, int],
        spacing_mm: tuple[float, float],
        *,
        side: int,
        reach_mm: float = 0.0,
    ) -> Square:
        """Return the square over a lattice and about its middle.

        Args:
            shape: Rows and columns.
            spacing_mm: Their spacing.
            side: Pixels along the square, at most.
            reach_mm: How far it goes from the middle at least.
        """
        high, wide = (n * s for n, s in zip(shape, spacing_mm, strict=True))
        pixel = max(high, wide, 2.0 * reach_mm) / side
        pixel = max(pixel, *spacing_mm)
        side = int(np.ceil(max(high, wide, 2.0 * reach_mm) / pixel - 1e-6))
        rows, columns = (max(1, round(extent / pixel)) for extent in (high, wide))
        return cls(side, pixel, rows, columns)

    def lay(self, planes: Tensor) -> Tensor:
        """Average planes ``(P, J, I)`` onto it, ``(P, side, side)``; zero beyond them."""
        small = functional.adaptive_avg_pool2d(planes[:, None], (self.rows, self.columns))[:, 0]
        top, left = self._corner
        return functional.pad(
            small,
            (left, self.side - self.columns - left, top, self.side - self.rows - top),
        )

    def lift(self, planes: Tensor, shape: tuple[int, int]) -> Tensor:
        """Interpolate planes ``(P, side, side)`` back to a lattice, ``(P, J, I)``."""
        top, left = self._corner
        part = planes[:, top : top + self.rows, left : left + self.columns]
        lifted: Tensor = functional.interpolate(part[:, None], size=shape, mode="bilinear")
        return lifted[:, 0]

    def beyond(self, outline: Outline, device: torch.device) -> Tensor:
        """Return 1 inside an outline where the lattice does not reach, else 0."""
        at = (torch.arange(self.side, device=device) - 0.5 * (self.side - 1)) * self.pixel_mm
        (row, column), (half_row, half_column) = outline.centre_mm, outline.half_mm
        across = ((at - column) / half_column) ** 2 + (((at - row) / half_row) ** 2)[:, None]
        inside = (across < 1.0).float()
        top, left = self._corner
        inside[top : top + self.rows, left : left + self.columns] = 0.0
        return inside

    @property
    def _corner(self) -> tuple[int, int]:
        return (self.side - self.rows) // 2, (self.side - self.columns) // 2


@lru_cache(maxsize=8)
def ray_places(side: int, angles: int, device: torch.device) -> tuple[Tensor, Tensor, int]:
    """Return where each pixel falls among the rays.

    Returns:
        The ray below and the share of the ray above it, both ``(angles, side * side)``, and the
        number of rays.
    """
    rays = 2 * (int(side * 0.7072) + 2) + 1
    centre = 0.5 * (side - 1)
    theta = torch.arange(angles, device=device) * (torch.pi / angles)
    along = torch.arange(side, device=device) - centre
    place = along * theta.cos()[:, None, None] + along[:, None] * theta.sin()[:, None, None]
    place = place.reshape(angles, -1) + rays // 2
    low = place.floor()
    return low.long(), place - low, rays


@lru_cache(maxsize=4)
def system_matrix(side: int, angles: int, device: torch.device) -> Tensor:
    """Return the projection as a matrix, ``(angles * rays, side * side)``, in pixels of length."""
    low, share, rays = ray_places(side, angles, device)
    matrix = torch.zeros((angles, rays, side * side), device=device)
    matrix.scatter_add_(1, low[:, None], (1.0 - share)[:, None])
    matrix.scatter_add_(1, low[:, None] + 1, share[:, None])
    return matrix.reshape(angles * rays, side * side)


def ramp_filtered(sinogram: Tensor) -> Tensor:
    """Filter projections ``(..., rays)`` with the band-limited ramp, for rays a pixel apart."""
    rays = sinogram.shape[-1]
    length = 2 * rays
    taps = torch.zeros(length, device=sinogram.device)
    odd = torch.arange(1, rays, 2, device=sinogram.device)
    taps[0] = 0.25
    taps[odd] = taps[length - odd] = -1.0 / (torch.pi * odd) ** 2
    spectrum = torch.fft.rfft(sinogram, n=length) * torch.fft.rfft(taps)
    filtered: Tensor = torch.fft.irfft(spectrum, n=length)
    return filtered[..., :rays]


def back_projected(filtered: Tensor, side: int) -> Tensor:
    """Sum filtered projections ``(P, angles, rays)`` over their angles, ``(P, side, side)``."""
    planes, angles, _ = filtered.shape
    low, share, _ = ray_places(side, angles, filtered.device)
    total = torch.zeros((planes, side * side), device=filtered.device)
    for angle in range(angles):
        line, part = filtered[:, angle], share[angle]
        below, above = line[:, low[angle]], line[:, low[angle] + 1]
        total += torch.lerp(below, above, part)
    return (total * (torch.pi / angles)).reshape(planes, side, side)
