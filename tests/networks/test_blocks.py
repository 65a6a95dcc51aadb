"""Blocks of voxels as channels."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from ctbone.networks import (
    LocaliserConfig,
    OutlinerConfig,
    build_localiser,
    build_outliner,
    for_inference,
)
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


def trained(network):
    """Give every normalisation statistics and weights as if it had seen data."""
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm3d):
            for part in (module.weight, module.running_var):
                part.data.copy_(torch.rand(part.shape, generator=generator) + 0.5)
            for part in (module.bias, module.running_mean):
                part.data.copy_(torch.randn(part.shape, generator=generator))
    return network.eval()


@pytest.mark.parametrize(
    "build",
    [
        lambda: build_localiser(LocaliserConfig(channels=(4, 8, 8))),
        lambda: build_outliner(OutlinerConfig(shape=(16, 16, 16), features=4, channels=(8, 8))),
    ],
)
def test_a_network_for_inference_answers_the_same_without_normalisation(build):
    network = trained(build())
    quick = for_inference(copy.deepcopy(network))
    assert not any(isinstance(module, nn.BatchNorm3d) for module in quick.modules())
    assert not quick.training
    inputs = torch.rand(1, 2, 16, 16, 16)
    with torch.inference_mode():
        torch.testing.assert_close(quick(inputs), network(inputs), rtol=1e-4, atol=1e-4)
