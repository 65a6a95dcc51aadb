"""Resolution and noise in the frequency plane: the same filter for every slice of a series."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor
from torch.nn import functional

from ctbone.phantom.scanner.configuration import ScanConfig
from ctbone.phantom.scanner.kernels import image_filter, noise_power

#: How far a slice is continued beyond its edge, mm: what a kernel reaches.
_MARGIN_MM = 6.0

#: Half-width of the fan of frequencies that streaks have, as a sine.
_FAN = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """The frequency plane of slices ``(J, I)``, half of it, as real transforms have it.

    Attributes:
        shape: Rows and columns of a slice.
        padded: The same with what it is continued by.
        gain: What the kernel does to a painted slice.
        grain: Gain that makes unit noise of the kernel's spectrum from white noise.
        lateral: The same for noise that streaks along the rows.
        frontal: The same for noise that streaks along the columns.
    """

    shape: tuple[int, int]
    padded: tuple[int, int]
    gain: Tensor
    grain: Tensor
    lateral: Tensor
    frontal: Tensor

    def filtered(self, slices: Tensor) -> Tensor:
        """Return slices ``(S, J, I)`` as the kernel leaves them."""
        (rows, columns), (high, wide) = self.shape, self.padded
        top, left = (high - rows) // 2, (wide - columns) // 2
        margins = (left, wide - columns - left, top, high - rows - top)
        spectrum = torch.fft.rfft2(functional.pad(slices[None], margins, mode="replicate")[0])
        whole: Tensor = torch.fft.irfft2(spectrum.mul_(self.gain), s=self.padded)
        return whole[:, top : top + rows, left : left + columns]

    def white(self, count: int, rng: Generator) -> Tensor:
        """Draw white noise, as it looks in this plane, ``(count, ...)``."""
        return torch.randn(
            (count, *self.grain.shape),
            dtype=torch.complex64,
            generator=rng,
            device=self.grain.device,
        )

    def noise(self, white: Tensor, gain: Tensor) -> Tensor:
        """Return noise of one of the gains from white noise.

        Those of one white noise have nothing in common: the lateral one is turned by a quarter
        of a wave, the frontal one moved by half a slice.
        """
        whole: Tensor = torch.fft.irfft2(white * gain, s=self.padded)
        return whole[:, : self.shape[0], : self.shape[1]]


def plan_plane(
    shape: tuple[int, int],
    spacing_mm: tuple[float, float],
    scan: ScanConfig,
    *,
    device: torch.device,
) -> Plane:
    """Return the filters of a series.

    Args:
        shape: Rows and columns of a slice.
        spacing_mm: Their spacing.
        scan: Kernel and reconstruction.
        device: Where they are used.
    """
    margins = [2 * max(2, int(np.ceil(_MARGIN_MM / s))) for s in spacing_mm]
    high, wide = (_fast_length(n + m) for n, m in zip(shape, margins, strict=True))
    down = np.abs(np.fft.fftfreq(high, 0.1 * spacing_mm[0]))[:, None]
    across = np.fft.rfftfreq(wide, 0.1 * spacing_mm[1])[None]
    lp_cm = np.hypot(down, across)
    aperture = np.sinc(down * 0.1 * spacing_mm[0]) * np.sinc(across * 0.1 * spacing_mm[1])
    power = noise_power(scan.kernel, lp_cm, iterative=scan.iterative)
    lateral, frontal = (
        np.exp(-0.5 * (part / np.maximum(lp_cm, 1e-9) / _FAN) ** 2) for part in (across, down)
    )
    halfway = (-1.0) ** np.add.outer(np.arange(high), np.arange(across.size))
    gain = image_filter(scan.kernel, lp_cm, aperture)

    def tensor(values: NDArray[np.float64]) -> Tensor:
        return torch.as_tensor(values, dtype=torch.float32, device=device)

    return Plane(
        shape=shape,
        padded=(high, wide),
        gain=tensor(gain),
        grain=tensor(_unit_gain(power, wide)),
        lateral=1j * tensor(_unit_gain(power * lateral, wide)),
        frontal=tensor(halfway * _unit_gain(power * frontal, wide)),
    )


def _unit_gain(power: NDArray[np.float64], wide: int) -> NDArray[np.float64]:
    """Return the gain that gives white noise of unit power in the plane a variance of one.

    The first and the last column stand for themselves alone: half of what is drawn there is lost
    in the real transform, so they are drawn stronger.
    """
    alone = [0, -1] if wide % 2 == 0 else [0]
    twice = np.full(power.shape[1], 2.0)
    twice[alone] = 1.0
    gain = np.sqrt(power / (power * twice).sum()) * power.shape[0] * wide
    gain[:, alone] *= np.sqrt(2.0)
    return np.asarray(gain)


def _fast_length(least: int) -> int:
    """Return the next even length that has no prime factor above five."""
    length = least + least % 2
    while True:
        rest = length
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return length
        length += 2
