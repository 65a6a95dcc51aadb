"""From patches to the input of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctbone.errors import NotEvaluable, Reason
from ctbone.patches.configuration import MUSCLE_HU, InputConfig
from ctbone.patches.patch import VertebraPatch

if TYPE_CHECKING:
    from torch import Tensor


def to_input(patch: VertebraPatch, *, config: InputConfig) -> NDArray[np.float32]:
    """Turn a patch into a network input, bit for bit as ``to_inputs`` turns a batch.

    Returns:
        Float32, shape ``(C, H, W)``, ``(C, D, H, W)``, or ``(V, C, H, W)`` for a bag.

    Raises:
        NotEvaluable: If only the body is to be seen, and the patch has no body mask.
    """
    import torch

    if config.only_body and not patch.inside.any():
        wanted = "expected a body mask, since the head sees only the body, found none"
        reason = Reason.MASK_MISSING
        raise NotEvaluable(f"{patch.level.name}: {wanted}", reason=reason, level=patch.level)
    # Copied, since torch takes no arrays that may not be written.
    hu, inside = (torch.from_numpy(values[None].copy()) for values in (patch.hu, patch.inside))
    return np.asarray(to_inputs(hu, inside, config=config)[0].numpy())


def to_inputs(hu: Tensor, inside: Tensor, *, config: InputConfig) -> Tensor:
    """Turn a batch of patches into network inputs, on the device that they are on.

    The window is part of the configuration and never taken from the image: the absolute value of
    a Hounsfield unit is what density is read from. Every value hangs on its own voxel alone, so
    that neither the batch nor what else is in it changes a bit.

    Args:
        hu: Attenuation, Hounsfield units, shape ``(N, L, P, S)``.
        inside: Whether a voxel belongs to the vertebral body, bool, or its share from 0 to 1,
            shape ``(N, L, P, S)``; a patch without mask is nowhere inside, and seen by
            ``only_body`` as empty.
        config: What the network sees.

    Returns:
        Float32, shape ``(N, C, H, W)``, ``(N, C, D, H, W)``, or ``(N, V, C, H, W)`` for a bag.

    Raises:
        ValueError: If the patches have fewer axial planes than are asked for, or the two differ
            in shape.
    """
    import torch

    if hu.shape != inside.shape or hu.ndim != 4:
        found = f"{tuple(hu.shape)} and {tuple(inside.shape)}"
        raise ValueError(f"hu and inside must both be (N, L, P, S), got {found}")
    parts = zip(_planes(hu, config), _planes(inside, config), strict=True)
    seen = [_pad(_quantities(*part, config), hu.shape[1:], config) for part in parts]
    bag = torch.cat(seen, dim=1)
    if config.stack == "bag":
        return bag.contiguous()
    return bag.transpose(1, 2).flatten(1, 2).contiguous()


def to_bags(inputs: Tensor, present: Tensor, *, config: InputConfig) -> tuple[Tensor, Tensor]:
    """Lay the instances of every bag side by side: its vertebrae, and the planes of each.

    Args:
        inputs: Of all vertebrae, as ``to_inputs`` gives them, ``N * V`` of them.
        present: Which vertebrae are there, shape ``(N, V)``, bool.
        config: What the network sees.

    Returns:
        Inputs of shape ``(N, V * K, C, [D,] H, W)``, K planes a vertebra, and which are there,
        shape ``(N, V * K)``.
    """
    planes = config.instances
    image = inputs.shape[2:] if config.stack == "bag" else inputs.shape[1:]
    bags = inputs.reshape(len(present), present.shape[1] * planes, *image)
    return bags, present.repeat_interleave(planes, dim=1)


def _quantities(hu: Tensor, inside: Tensor, config: InputConfig) -> Tensor:
    """Return windowed attenuation, body and muscle, as asked for: planes, then quantities."""
    import torch

    lower, upper = config.limits_hu
    body = inside >= 0.5 if inside.is_floating_point() else inside.bool()
    # A product rounds alike on every device; a quotient by a number does not.
    scaled = (hu.float() - lower).mul_(1.0 / (upper - lower)).clamp_(0.0, 1.0)
    found = [scaled * body if config.only_body else scaled]
    if config.mask_channel:
        found.append(body.float())
    if config.muscle_channel:
        muscle = (hu >= MUSCLE_HU[0]) & (hu <= MUSCLE_HU[1]) & ~body
        found.append(muscle.float())
    return torch.stack(found, dim=2)


def _planes(values: Tensor, config: InputConfig) -> list[Tensor]:
    """Return what is seen of a batch, upright, each ``(N, planes, ...)`` and of one size."""
    upright = values.flip(3).permute(0, 3, 2, 1)
    _, deep, high, wide = upright.shape
    axial, sagittal, coronal = (
        upright[:, deep // 2, None],
        upright[:, :, :, wide // 2].unsqueeze(1),
        upright[:, :, high // 2].unsqueeze(1),
    )
    if config.plane == "volume":
        return [upright.unsqueeze(1)]
    if config.plane == "axial_slices":
        return [_middle_slices(upright, config)]
    if config.plane == "orthogonal":
        return [axial, sagittal, coronal]
    return [{"axial": axial, "sagittal": sagittal, "coronal": coronal}[config.plane]]


def _middle_slices(upright: Tensor, config: InputConfig) -> Tensor:
    count, step, extent = upright.shape[1], config.slice_step, config.axial_extent
    if extent > count:
        asked = f"{config.slices}" + (f" with a step of {step}" if step > 1 else "")
        raise ValueError(f"slices must be at most the patch's {count}, got {asked}")
    start = (count - extent + 1) // 2
    return upright[:, start : start + extent : step]


def _pad(planes: Tensor, shape: tuple[int, ...], config: InputConfig) -> Tensor:
    """Pad planes about their middle with what air maps to, so that unlike ones stack."""
    from torch.nn import functional

    if config.plane != "orthogonal":
        return planes
    missing = [max(shape) - n for n in (planes.shape[-1], planes.shape[-2])]
    return functional.pad(planes, [side for m in missing for side in (m // 2, m - m // 2)])
