"""Blocks of voxels as channels, and back; networks made ready to run fast.

Folding keeps every voxel and spares a network its layers at full resolution, which would be most
of its time: they move much memory for little arithmetic.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

#: Voxels along each side of a block.
BLOCK = 2

_CONVOLUTIONS, _NORMS = (
    (nn.Conv2d, nn.Conv3d, nn.ConvTranspose3d),
    (nn.BatchNorm2d, nn.BatchNorm3d),
)


def fold(voxels: Tensor) -> Tensor:
    """Turn blocks into channels: ``(N, C, L, P, S)`` to ``(N, 8 C, L / 2, P / 2, S / 2)``."""
    n, c, i, j, k = voxels.shape
    b = BLOCK
    blocks = voxels.reshape(n, c, i // b, b, j // b, b, k // b, b)
    return blocks.permute(0, 1, 3, 5, 7, 2, 4, 6).reshape(n, c * b**3, i // b, j // b, k // b)


def unfold(blocks: Tensor) -> Tensor:
    """Turn channels into blocks again: the inverse of ``fold``."""
    n, c, i, j, k = blocks.shape
    b = BLOCK
    voxels = blocks.reshape(n, c // b**3, b, b, b, i, j, k)
    return voxels.permute(0, 1, 5, 2, 6, 3, 7, 4).reshape(n, c // b**3, i * b, j * b, k * b)


def channels_last(network: nn.Module) -> nn.Module:
    """Lay 3D kernels out with channels last, which oneDNN and cuDNN run faster; in place."""
    for module in network.modules():
        if isinstance(module, nn.Conv3d):
            kernel = module.weight.data
            module.weight.data = kernel.contiguous(memory_format=torch.channels_last_3d)
    return network


def for_inference(network: nn.Module) -> nn.Module:
    """Make a network ready to answer, and no longer to learn; in place.

    Convolutions take the normalisation after them into kernel and bias, which saves a pass over
    memory a layer, and 3D kernels are laid out as ``channels_last`` does.
    """
    network.eval()
    for module in network.modules():
        if isinstance(module, nn.Sequential):
            _take_norms_in(module)
    return channels_last(network)


def _take_norms_in(layers: nn.Sequential) -> None:
    for (name, layer), (after, following) in pairwise(list(layers.named_children())):
        holder, place, norm = layers, after, following
        if isinstance(following, nn.Sequential) and len(following):
            # MONAI keeps normalisation, dropout and activation together, in this order.
            holder, (place, norm) = following, next(following.named_children())
        if isinstance(layer, _CONVOLUTIONS) and isinstance(norm, _NORMS):
            transposed = isinstance(layer, nn.ConvTranspose3d)
            setattr(layers, name, fuse_conv_bn_eval(layer, norm, transpose=transposed))
            setattr(holder, place, nn.Identity())
