"""The mean of the inside of a body, which no normalisation takes away."""

from __future__ import annotations

import itertools

import pytest
import torch

from ctbone.networks import HeadConfig, build_head, load_weights, save_weights
from ctbone.networks.core import CoreMean, grown


@pytest.mark.parametrize("shape", [(9, 8, 7), (9, 8)])
def test_what_grows_reaches_as_far_along_each_axis(shape):
    values = torch.rand(2, 1, *shape, generator=torch.Generator().manual_seed(1))
    found = grown(values, 2)
    for place in itertools.product(*(range(side) for side in shape)):
        window = tuple(slice(max(k - 2, 0), k + 3) for k in place)
        assert torch.equal(found[:, 0][:, *place], values[:, 0][:, *window].flatten(1).amax(dim=1))


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_surface_of_a_body_does_not_count(dimensions):
    body = torch.zeros(1, 1, *(12,) * dimensions)
    body[..., *(slice(2, 9),) * dimensions] = 1.0
    inside = torch.zeros_like(body)
    inside[..., *(slice(4, 7),) * dimensions] = 1.0
    image = torch.where(inside > 0.0, 0.6, 0.9)
    found = CoreMean(2)(torch.cat((image, body), dim=1))
    assert found.shape == (1, 1)
    even = CoreMean(2)(torch.cat((torch.full_like(image, 0.6), body), dim=1))
    torch.testing.assert_close(found, even)
    shallow = CoreMean(1)(torch.cat((image, body), dim=1))
    assert shallow.item() > found.item() + 0.1


def test_without_a_deep_voxel_all_of_the_body_counts_and_without_a_body_nothing():
    body = torch.zeros(2, 1, 8, 8, 8)
    body[0, :, 3:5, 3:5, 3:5] = 1.0
    image = torch.full_like(body, 0.2)
    image[body > 0.0] = 0.7
    found = CoreMean(3)(torch.cat((image, body), dim=1))
    whole = CoreMean(0)(torch.cat((image, body), dim=1))
    assert torch.equal(found, whole)
    assert found[0].item() > 0.0
    assert found[1].item() == 0.0


def test_a_head_with_it_tells_levels_apart_that_are_all_the_same_to_its_normalisation():
    """Two bodies that differ in nothing but a level, in one batch each: batch norm hides it."""
    torch.manual_seed(2)
    pattern = torch.rand(1, 1, 32, 32).expand(2, -1, -1, -1)
    body = torch.ones_like(pattern)

    def answers(core_voxels):
        torch.manual_seed(3)
        network = build_head(
            HeadConfig(
                backbone="resnet10", dimensions=2, width=0.125, in_channels=2,
                core_voxels=core_voxels, dropout=0.0,
            )
        ).train()  # fmt: skip
        return [
            network(torch.cat((0.5 * pattern + level, body), dim=1))[:, 0].detach()
            for level in (0.1, 0.4)
        ]

    low, high = answers(0)
    torch.testing.assert_close(low, high, atol=1e-3, rtol=1e-3)
    low, high = answers(2)
    assert (low - high).abs().min() > 0.05


def test_it_is_part_of_bags_and_of_saved_weights(tmp_path):
    config = HeadConfig(
        backbone="resnet10", width=0.125, in_channels=2, core_voxels=2, pooling="attention"
    )
    network = build_head(config).eval()
    bags = torch.rand(2, 3, 2, 16, 16, 16)
    present = torch.tensor([[True, True, False], [True, True, True]])
    first = network(bags, present)
    bags[0, 2] = 9.0
    assert torch.equal(network(bags, present), first)
    save_weights(network, tmp_path / "w.safetensors")
    other = build_head(config).eval()
    load_weights(other, tmp_path / "w.safetensors")
    assert torch.equal(other(bags, present), first)


@pytest.mark.parametrize(("channels", "depth"), [(1, 2), (3, 2), (2, -1)])
def test_it_needs_attenuation_and_body(channels, depth):
    with pytest.raises(ValueError, match="core_voxels must be 0 or more, and in_channels 2"):
        HeadConfig(in_channels=channels, core_voxels=depth)
