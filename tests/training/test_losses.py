"""Losses are least at the truth."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from ctbone.networks import LocaliserConfig
from ctbone.networks.localiser import BLOCK, KINDS, fold
from ctbone.training.losses import UNKNOWN_SHARE, LocaliserLoss

CONFIG = LocaliserConfig(channels=(4, 4), levels=("L1", "L2", "L3"), context=("ribs", "discs"))
LOSS = LocaliserLoss(CONFIG)


def one_hot(index, count):
    return torch.stack([torch.where(index == k + 1, 9.0, -9.0) for k in range(count)], dim=1)


@pytest.fixture
def truth():
    """A body of L2 in one half, a rib of L3 in the other, and the outputs that say so."""
    targets = torch.zeros(1, 6, 4, 4, 4)
    targets[:, 0, 1, 1, 1] = 1.0
    targets[:, 1, :2] = 1.0
    targets[:, 2, :2], targets[:, 3, :2] = 2.0, 1.0 + KINDS.index("lumbar")
    targets[:, 2, 2:], targets[:, 3, 2:] = 3.0, 1.0 + KINDS.index("rib")
    targets[:, 4, 2:] = 1.0
    places = torch.where(targets[:, [0, 1, 4, 5]] > 0.5, 9.0, -9.0)
    index = targets[:, 2:4, ::BLOCK, ::BLOCK, ::BLOCK]
    parts = [fold(places), one_hot(index[:, 0], 3), one_hot(index[:, 1], len(KINDS))]
    return torch.cat(parts, dim=1), targets


def test_localiser_loss_is_least_at_the_truth(truth):
    outputs, targets = truth
    loss, parts = LOSS(outputs, targets)
    assert float(loss) < 0.01
    assert set(parts) == {"heat", "body", "context", "level", "kind"}
    ends = [0, 8, 16, 24, 32, 35, 35 + len(KINDS)]
    for first, last in pairwise(ends):
        wrong = outputs.clone()
        wrong[:, first:last] *= -1.0
        assert float(LOSS(wrong, targets)[0]) > float(loss) + 0.1


def test_levels_count_in_vertebrae_and_ribs_alone(truth):
    outputs, targets = truth
    targets[:, 1:4, :2] = 0.0
    other = outputs.clone()
    other[:, 32:, 0] = torch.randn(1, 3 + len(KINDS), 2, 2) * 9.0
    for part in ("level", "kind"):
        found, changed = (float(LOSS(one, targets)[1][part]) for one in (outputs, other))
        assert found == pytest.approx(changed)
    targets[:, 1:4] = 0.0
    assert float(LOSS(outputs, targets)[1]["level"]) == 0.0


def test_what_nobody_knows_pulls_at_nothing(truth):
    outputs, targets = truth
    targets[:, [0, 1, 4], 2:] = UNKNOWN_SHARE
    targets[:, 5] = UNKNOWN_SHARE
    targets[:, 2, 2:], targets[:, 3] = 0.0, 0.0
    outputs = torch.randn_like(outputs).requires_grad_()
    LOSS(outputs, targets)[0].backward()
    pulled = outputs.grad[0]
    assert (pulled[:24, 1] == 0.0).all()
    assert (pulled[24:32] == 0.0).all()
    assert (pulled[32:35, 1] == 0.0).all()
    assert (pulled[35:] == 0.0).all()
    assert (pulled[:24, 0] != 0.0).all()


def test_the_mean_is_over_what_is_known(truth):
    outputs, targets = truth
    outputs = torch.randn_like(outputs)
    half = targets.clone()
    half[:, [0, 1, 4, 5], 2:] = UNKNOWN_SHARE
    found = LOSS(outputs, half)[1]
    alone = LOSS(outputs[:, :, :1], targets[:, :, :2])[1]
    for part in ("heat", "body", "context"):
        assert float(found[part]) == pytest.approx(float(alone[part]), rel=1e-5)
