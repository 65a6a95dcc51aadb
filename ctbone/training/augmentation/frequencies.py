"""Kernels on the frequencies of an axial plane."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ctbone.phantom.scanner.kernels import KERNELS, noise_power
from ctbone.training.augmentation.configuration import NoiseKernel

Array = NDArray[np.float64]


def frequencies_lp_cm(shape: tuple[int, int], spacing_mm: tuple[float, float]) -> Array:
    """Return the spatial frequency of each term of a two-dimensional transform, lp/cm."""
    across, along = (np.fft.fftfreq(n, 0.1 * d) for n, d in zip(shape, spacing_mm, strict=True))
    return np.asarray(np.hypot(across[:, None], along), dtype=np.float64)


@lru_cache(maxsize=16)
def noise_gains(
    kernels: tuple[NoiseKernel, ...], shape: tuple[int, int], spacing_mm: tuple[float, float]
) -> NDArray[np.float32]:
    """Return what turns white noise into that of each kernel, of the same variance.

    The spectrum is cut off where the plane's sampling ends; what interpolation onto the plane
    takes from it is left out.

    Args:
        kernels: Families of kernels, K of them.
        shape: Of the plane.
        spacing_mm: Between its pixels.

    Returns:
        Gains on the half plane of a real transform, shape ``(K, L, P // 2 + 1)``.
    """
    lp_cm = frequencies_lp_cm(shape, spacing_mm)
    powers = np.stack([noise_power(kernel, lp_cm) for kernel in kernels])
    gains = np.sqrt(powers / powers.mean(axis=(1, 2), keepdims=True))
    return np.asarray(gains[:, :, : shape[1] // 2 + 1], dtype=np.float32)


@lru_cache(maxsize=16)
def kernel_ratios(shape: tuple[int, int], spacing_mm: tuple[float, float]) -> NDArray[np.float32]:
    """Return the logarithms of what a smooth and a sharp kernel pass, relative to a standard one.

    Args:
        shape: Of the plane.
        spacing_mm: Between its pixels.

    Returns:
        Smooth, then sharp, on the half plane of a real transform, shape ``(2, L, P // 2 + 1)``.
    """
    lp_cm = frequencies_lp_cm(shape, spacing_mm)[:, : shape[1] // 2 + 1]
    smooth, standard, sharp = (
        # The lowest number that is not zero: finer than any kernel resolves.
        np.log(np.maximum(KERNELS[kernel].mtf(lp_cm), 1e-30))
        for kernel in ("smooth", "standard", "sharp")
    )
    return np.asarray([smooth - standard, sharp - standard], dtype=np.float32)
