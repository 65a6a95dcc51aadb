"""Blocks of voxels as channels, and back.

Folding keeps every voxel and spares a network its layers at full resolution, which would be most
of its time: they move much memory for little arithmetic.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

#: Voxels along each side of a block.
BLOCK = 2


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
