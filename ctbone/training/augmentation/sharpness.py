"""Another kernel: softer or sharper axial planes."""

from __future__ import annotations

import math

import torch
from scipy.fft import next_fast_len
from torch import Tensor
from torch.nn import functional

from ctbone.training.augmentation.configuration import Augmentation
from ctbone.training.augmentation.draws import Draws
from ctbone.training.augmentation.frequencies import kernel_ratios

#: How far a change of kernel reaches, millimetres: planes are continued so far by their edges,
#: so that an edge does not feel the opposite one.
_REACH_MM = 4.0


def change_kernel(
    planes: Tensor, config: Augmentation, spacing_mm: tuple[float, float], draws: Draws
) -> Tensor:
    """Pass axial planes through the ratio of the transfer functions of two kernels.

    Args:
        planes: Attenuation, HU, shape ``(N, S, L, P)``.
        config: How far, and how much a frequency is amplified at most.
        spacing_mm: Along left and posterior.
        draws: Random numbers.
    """
    if config.sharpness == 0.0:
        return planes
    strength = draws.uniform(-config.sharpness, config.sharpness)
    _, _, high, wide = planes.shape
    up, left = (_margins(n, d) for n, d in zip((high, wide), spacing_mm, strict=True))
    padded = functional.pad(planes, (*left, *up), mode="replicate")
    shape = (padded.shape[2], padded.shape[3])
    gain = kernel_gain(strength, shape, spacing_mm, limit=config.sharpness_limit)
    spectrum = torch.fft.rfft2(padded).mul_(gain[:, None])
    filtered: Tensor = torch.fft.irfft2(spectrum, s=shape)
    return filtered[:, :, up[0] : up[0] + high, left[0] : left[0] + wide]


def kernel_gain(
    strength: Tensor, shape: tuple[int, int], spacing_mm: tuple[float, float], *, limit: float
) -> Tensor:
    """Return what each spatial frequency is multiplied with.

    Args:
        strength: From -1, as a smooth kernel does to a standard one, over 0, as nothing does, to
            1, as a sharp one does; shape ``(N,)``.
        shape: Of the plane.
        spacing_mm: Between its pixels.
        limit: Most that a frequency is amplified.

    Returns:
        Gains on the half plane of a real transform, shape ``(N, L, P // 2 + 1)``.
    """
    smooth, sharp = torch.from_numpy(kernel_ratios(shape, spacing_mm)).to(strength.device)
    along = strength[:, None, None]
    ratio = functional.relu(along) * sharp + functional.relu(-along) * smooth
    gain: Tensor = ratio.clamp_(max=math.log(limit)).exp_()
    return gain


def _margins(count: int, spacing_mm: float) -> tuple[int, int]:
    least = math.ceil(_REACH_MM / spacing_mm)
    missing = next_fast_len(count + 2 * least, real=True) - count
    return missing // 2, missing - missing // 2
