"""Batches reach the network laid out as it computes fastest, and answers do not hang on it."""

from __future__ import annotations

import pytest
import torch

from ctbone.networks import HeadConfig, build_head
from ctbone.training.heads.comparing import answers_of
from ctbone.training.heads.preparing import HeadExample

SHAPES = {2: (24, 20), 3: (20, 18, 16)}


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("is_bag", [False, True])
def test_volumes_have_their_channels_last_in_bags_too(dimensions, is_bag):
    network = build_head(
        HeadConfig(
            backbone="resnet10", dimensions=dimensions, width=0.125, in_channels=2,
            pooling="attention" if is_bag else "none",
        )
    ).eval()  # fmt: skip
    shape = ((2, 3) if is_bag else (4,)) + (2, *SHAPES[dimensions])
    inputs = torch.rand(shape, generator=torch.Generator().manual_seed(1))
    present = torch.tensor([[True, False, True], [True, True, True]]) if is_bag else None
    seen = []
    encode = network.backbone.encode
    network.backbone.encode = lambda images: (seen.append(images), encode(images))[1]
    with torch.no_grad():
        found, _ = answers_of(network, HeadExample(inputs, present, torch.zeros(4, 4), None))
        plain = network(inputs, present)
    torch.testing.assert_close(found, plain, rtol=1e-4, atol=1e-4)
    if dimensions == 3:
        assert seen[0].is_contiguous(memory_format=torch.channels_last_3d)
