"""Noise as a kernel leaves it."""

from __future__ import annotations

import torch
from torch import Tensor

from ctbone.training.augmentation.configuration import Augmentation
from ctbone.training.augmentation.draws import Draws
from ctbone.training.augmentation.frequencies import noise_gains
from ctbone.training.augmentation.slices import along_slices, box_weights


def add_noise(
    planes: Tensor, config: Augmentation, spacing_mm: tuple[float, float, float], draws: Draws
) -> Tensor:
    """Add noise of the spectrum of a kernel, as loud as it is drawn for each patch.

    In axial planes it has the spectrum of filtered back projection; from plane to plane it is
    alike as far as slices reach. Its standard deviation is that of every voxel, whatever the
    kernel and the thickness. Opposite edges of a plane are alike, since the spectrum is a sum of
    whole waves.

    Args:
        planes: Attenuation, HU, shape ``(N, S, L, P)``.
        config: How loud at most, and of which kernels.
        spacing_mm: Along left, posterior and superior.
        draws: Random numbers.
    """
    if config.noise_hu == 0.0:
        return planes
    _, slices, high, wide = planes.shape
    gains = noise_gains(config.noise_kernels, (high, wide), spacing_mm[:2])
    kernels = draws.indices(len(config.noise_kernels))
    loudness = draws.uniform(0.0, config.noise_hu)[:, None, None]
    gain = torch.from_numpy(gains).to(planes.device)[kernels] * loudness
    white = draws.normal(slices, high, wide)
    if config.noise_slice_mm > spacing_mm[2]:
        thickness = draws.uniform(0.0, config.noise_slice_mm)
        weights = box_weights(thickness, slices, spacing_mm[2])
        # As loud after the average as before.
        white = along_slices(white, weights / weights.norm(dim=2, keepdim=True))
    spectrum = torch.fft.rfft2(white).mul_(gain[:, None])
    noise: Tensor = torch.fft.irfft2(spectrum, s=(high, wide))
    return planes + noise
