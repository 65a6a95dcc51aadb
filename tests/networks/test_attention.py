"""Weights that sum to one, and nothing from what is not there."""

from __future__ import annotations

import pytest
import torch

from ctbone.networks import HeadConfig, build_head
from ctbone.networks.attention import GatedAttention

PRESENT = torch.tensor([[True, True, False], [True, False, False], [True, True, True]])


def build(**options):
    config = {"backbone": "cnn", "dimensions": 2, "width": 0.125, "pooling": "attention"}
    return build_head(HeadConfig(**(config | options)))


def test_weights_follow_the_formula():
    pool = GatedAttention(4)
    instances = torch.randn(1, 3, 4)
    score = [
        pool.score(torch.tanh(pool.content(h)) * torch.sigmoid(pool.gate(h))) for h in instances[0]
    ]
    expected = torch.cat(score).exp() / torch.cat(score).exp().sum()
    everything = torch.ones(1, 3, dtype=torch.bool)
    torch.testing.assert_close(pool.weights(instances, everything)[0], expected)
    pooled = sum(w * h for w, h in zip(expected, instances[0], strict=True))
    torch.testing.assert_close(pool(instances, everything)[0], pooled)


def test_weights_sum_to_one_over_what_is_there():
    pool = GatedAttention(5)
    weights = pool.weights(torch.randn(3, 3, 5), PRESENT)
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(3))
    assert (weights[~PRESENT] == 0.0).all()
    assert (weights[PRESENT] > 0.0).all()


def test_an_absent_instance_does_not_matter():
    head = build().eval()
    inputs = torch.rand(3, 3, 1, 16, 16)
    other = inputs.clone()
    other[~PRESENT] = 1e6
    torch.testing.assert_close(head(inputs, PRESENT), head(other, PRESENT), atol=0, rtol=0)
    assert not torch.allclose(head(inputs, PRESENT), head(inputs))


def test_an_absent_instance_is_not_in_the_running_statistics():
    inputs = torch.rand(3, 3, 1, 16, 16)
    head = build().train()
    other = build().train()
    other.load_state_dict(head.state_dict())
    head(inputs, PRESENT)
    other.backbone(inputs[PRESENT])
    for (name, value), found in zip(
        head.state_dict().items(), other.state_dict().values(), strict=True
    ):
        torch.testing.assert_close(value, found, msg=name)


def test_all_are_present_by_default():
    head = build().eval()
    inputs = torch.rand(2, 3, 1, 16, 16)
    everything = torch.ones(2, 3, dtype=torch.bool)
    torch.testing.assert_close(head(inputs), head(inputs, everything))


def test_the_order_of_a_bag_does_not_matter():
    head = build().eval()
    inputs = torch.rand(2, 4, 1, 16, 16)
    torch.testing.assert_close(head(inputs), head(inputs.flip(1)))


def test_a_bag_of_one_is_its_instance():
    bag, single = build().eval(), build(pooling="none").eval()
    single.load_state_dict(
        {k: v for k, v in bag.state_dict().items() if not k.startswith("attention")}
    )
    inputs = torch.rand(3, 1, 16, 16)
    torch.testing.assert_close(bag(inputs[:, None]), single(inputs))


def test_gradient_reaches_attention_and_only_the_present():
    head = build(task="category")
    inputs = torch.rand(3, 3, 1, 16, 16, requires_grad=True)
    head(inputs, PRESENT).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in head.parameters())
    touched = inputs.grad.abs().sum(dim=(2, 3, 4)) > 0
    assert torch.equal(touched, PRESENT)


@pytest.mark.parametrize(
    ("present", "message"),
    [
        (torch.zeros(2, 3, dtype=torch.bool), "found a bag of none"),
        (torch.ones(3, 2, dtype=torch.bool), r"expected a mask bool \(2, 3\), found torch.bool"),
        (torch.ones(2, 3), r"expected a mask bool \(2, 3\), found torch.float32 \(2, 3\)"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(present, message):
    with pytest.raises(ValueError, match=message):
        build()(torch.rand(2, 3, 1, 16, 16), present)


def test_a_mask_without_attention_is_refused():
    with pytest.raises(ValueError, match="expected no mask of instances without pooling"):
        build(pooling="none")(torch.rand(2, 1, 16, 16), torch.ones(2, 1, dtype=torch.bool))
