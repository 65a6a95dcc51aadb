"""The mean of the weights is what its definition says, and is what is kept."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ctbone.training.averaging import WeightMean


@pytest.fixture
def network():
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))


def step(network, mean, value):
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(value)
        network[1].num_batches_tracked += 1
    mean.on_train_batch_end()


def test_the_mean_forgets_the_beginning_and_then_moves_slowly(network):
    mean = WeightMean(network, keep=0.5)
    values, expected = np.arange(1.0, 9.0), float(network[0].weight.detach()[0, 0])
    for n, value in enumerate(values, start=1):
        step(network, mean, value)
        keep = min(0.5, (1 + n) / (10 + n))
        expected = keep * expected + (1 - keep) * value
    found = mean.state_dict()["mean"]
    assert float(found["0.weight"][0, 0]) == pytest.approx(expected, rel=1e-6)
    assert int(found["1.num_batches_tracked"]) == 8
    # The network goes on from its own.
    assert float(network[0].weight.detach()[0, 0]) == 8.0


def test_validation_sees_the_mean_and_training_its_own_weights(network):
    mean = WeightMean(network, keep=0.9)
    step(network, mean, 3.0)
    kept = mean.state_dict()["mean"]["0.weight"].clone()
    mean.on_validation_epoch_start(None, None)
    assert torch.equal(network[0].weight.detach(), kept)
    mean.on_validation_epoch_end(None, None)
    assert (network[0].weight.detach() == 3.0).all()


def test_a_mean_that_is_taken_up_goes_on_alike(network):
    mean = WeightMean(network, keep=0.9)
    step(network, mean, 3.0)
    taken = WeightMean(network, keep=0.9)
    taken.load_state_dict(mean.state_dict())
    step(network, mean, 5.0)
    taken.on_train_batch_end()
    pairs = zip(*(one.state_dict()["mean"].values() for one in (mean, taken)), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
