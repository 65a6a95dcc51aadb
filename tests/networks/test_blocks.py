"""Blocks of voxels as channels."""

from __future__ import annotations

import torch

from ctbone.networks.blocks import fold, unfold


def test_unfolding_undoes_folding():
    voxels = torch.rand(2, 3, 4, 6, 8)
    blocks = fold(voxels)
    assert blocks.shape == (2, 24, 2, 3, 4)
    assert torch.equal(unfold(blocks), voxels)


def test_a_block_holds_its_own_voxels():
    voxels = torch.arange(4 * 4 * 2, dtype=torch.float32).reshape(1, 1, 4, 4, 2)
    block = fold(voxels)[0, :, 1, 0, 0]
    assert sorted(block.tolist()) == sorted(voxels[0, 0, 2:4, 0:2, 0:2].flatten().tolist())
