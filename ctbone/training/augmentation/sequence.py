"""All that a scan changes, in the order in which it happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctbone.training.augmentation.configuration import Augmentation

if TYPE_CHECKING:
    from torch import Generator, Tensor


def augment(
    hu: Tensor,
    inside: Tensor,
    *,
    config: Augmentation,
    spacing_mm: tuple[float, float, float],
    generator: Generator,
    a_scan: int = 1,
) -> tuple[Tensor, Tensor]:
    """Return patches as other scans might have shown them, each scan varied by draws of its own.

    Args:
        hu: Attenuation, Hounsfield units, any real type, shape ``(N, L, P, S)``; left as it is.
        inside: Whether a voxel belongs to the vertebral body, shape ``(N, L, P, S)``.
        config: How far each thing is varied.
        spacing_mm: Distance between voxel centres along left, posterior and superior.
        generator: Where random numbers come from: the same state gives the same batch. Best on
            the device of the patches, or else noise crosses over.
        a_scan: Neighbouring patches that are of one scan, and share all that it is.

    Returns:
        Attenuation, float32, and the body, bool, both ``(N, L, P, S)`` on the device of ``hu``.

    Raises:
        ValueError: If the two are not of one shape ``(N, L, P, S)``, or N is no multiple of
            ``a_scan``.
    """
    import torch

    from ctbone.training.augmentation import (
        attenuation,
        contrast,
        geometry,
        metal,
        noise,
        sharpness,
        slices,
    )
    from ctbone.training.augmentation.draws import Draws

    if hu.shape != inside.shape or hu.ndim != 4:
        found = f"{tuple(hu.shape)} and {tuple(inside.shape)}"
        raise ValueError(f"hu and inside must both be (N, L, P, S), got {found}")
    if a_scan < 1 or len(hu) % a_scan:
        raise ValueError(f"expected patches by the {a_scan} of a scan, got {len(hu)}")
    draws = Draws(generator, len(hu), hu.device, a_scan)
    # Axial planes lie together in memory from here on: filters work on those.
    planes, body = (
        values.permute(0, 3, 1, 2).to(torch.float32, memory_format=torch.contiguous_format)
        for values in (hu, inside)
    )
    planes, body = geometry.move(planes, body, config, spacing_mm, draws)
    planes = contrast.enhance(planes, body, config, spacing_mm, draws)
    planes = metal.implant(planes, body, config, spacing_mm, draws)
    planes = attenuation.scale_mineral(planes, body, config, draws)
    planes = slices.thicken(planes, config, spacing_mm[2], draws)
    planes = sharpness.change_kernel(planes, config, spacing_mm[:2], draws)
    planes = noise.add_noise(planes, config, spacing_mm, draws)
    planes = attenuation.offset(planes, config, draws)
    return planes.permute(0, 2, 3, 1), (body >= 0.5).permute(0, 2, 3, 1)
