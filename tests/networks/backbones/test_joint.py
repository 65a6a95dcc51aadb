"""Outlines at the size of the input, which say where to look."""

from __future__ import annotations

import pytest
import torch

from ctbone.networks import HeadConfig, build_head
from ctbone.networks.backbones.joint import _weighted_mean


def build(dimensions=2, **options):
    return build_head(HeadConfig(backbone="joint", dimensions=dimensions, width=0.125, **options))


@pytest.mark.parametrize("shape", [(33, 40), (16, 24, 20)])
def test_outlines_have_the_size_of_the_input(shape):
    head = build(len(shape)).eval()
    inputs = torch.rand(2, 1, *shape)
    answer, extras = head.with_extras(inputs)
    assert head.extras == tuple(extras) == ("body", "boundary")
    assert all(x.shape == (2, 1, *shape) for x in extras.values())
    torch.testing.assert_close(answer, head(inputs))


def test_outlines_of_a_bag_are_zero_where_absent():
    head = build(pooling="attention").eval()
    present = torch.tensor([[True, False], [True, True]])
    body = head.with_extras(torch.rand(2, 2, 1, 32, 32), present)[1]["body"]
    assert body.shape == (2, 2, 1, 32, 32)
    assert torch.equal(body.abs().sum(dim=(2, 3, 4)) > 0, present)


def test_both_outlines_and_the_domain_can_be_learned_from():
    head = build(domains=2)
    extras = head.with_extras(torch.rand(2, 1, 32, 32))[1]
    for name in head.extras:
        head.zero_grad()
        extras[name].square().sum().backward(retain_graph=True)
        assert head.backbone.encoder.stages.stem.conv1.weight.grad.abs().sum() > 0


def test_the_answer_follows_the_outlines():
    head = build().eval()
    inputs = torch.rand(1, 1, 32, 32)
    before = head.backbone(inputs)
    head.backbone.outlines.weight.data.mul_(-20.0)
    after = head.backbone(inputs)
    count = head.backbone.encoder.features
    torch.testing.assert_close(before[:, :count], after[:, :count])
    assert not torch.allclose(before[:, count:], after[:, count:], rtol=1e-3)


def test_a_weighted_mean_by_hand():
    maps = torch.arange(8.0).reshape(1, 2, 2, 2)
    weights = torch.tensor([[1.0, 0.0], [0.0, 3.0]]).reshape(1, 1, 2, 2)
    expected = torch.tensor([[9.0 / 4.0, (4.0 + 3.0 * 7.0) / 4.0]])
    torch.testing.assert_close(_weighted_mean(maps, weights), expected)
    assert torch.equal(_weighted_mean(maps, 0.0 * weights), torch.zeros(1, 2))
