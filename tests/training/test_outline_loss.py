"""What the outliner's training minimises."""

from __future__ import annotations

import pytest
import torch

from ctbone.networks.blocks import fold
from ctbone.training.outline_loss import outliner_loss


def shares():
    torch.manual_seed(0)
    targets = torch.zeros(2, 3, 8, 8, 8)
    targets[:, 0, 2:6, 2:6, 2:6] = 1.0
    targets[:, 0, 6, 2:6, 2:6] = 0.3
    targets[:, 1, :, :, 7] = 1.0
    targets[1, 2, 0] = 0.6
    return targets


def logits(values):
    return fold(torch.logit(values.clamp(1e-6, 1.0 - 1e-6)))


def test_nothing_is_better_than_the_shares_themselves():
    targets = shares()
    best, figures = outliner_loss(logits(targets), targets)
    assert figures["body_dice"] == 1.0
    assert figures["body_excess"] == 0.0
    for other in (0.9 * targets, (1.1 * targets).clamp(max=1.0), (targets >= 0.5).float()):
        assert outliner_loss(logits(other), targets)[0] > best


def test_the_gradient_vanishes_at_the_shares():
    targets = shares()
    outputs = logits(targets).requires_grad_()
    outliner_loss(outputs, targets)[0].backward()
    assert outputs.grad.abs().max() < 1e-4


def test_dice_and_excess_of_a_body_too_large():
    targets = torch.zeros(1, 3, 8, 8, 8)
    targets[:, 0, 2:6, 2:6, 2:6] = 1.0
    found = torch.zeros_like(targets)
    found[:, 0, 2:6, 2:6, 2:7] = 1.0
    _, figures = outliner_loss(logits(found), targets)
    assert figures["body_excess"] == pytest.approx(0.25)
    assert figures["body_dice"] == pytest.approx(2 * 64 / (64 + 80))


def test_a_part_that_is_nowhere_costs_nothing_where_none_is_found():
    targets = torch.zeros(1, 3, 8, 8, 8)
    loss, _ = outliner_loss(logits(targets), targets)
    assert loss < 0.01
