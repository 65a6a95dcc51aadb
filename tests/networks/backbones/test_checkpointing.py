"""Computed again or kept: the same answer, gradients and statistics."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from ctbone.networks import HeadConfig, build_head
from ctbone.networks.backbones.checkpointing import run_stage


@pytest.mark.parametrize("backbone", ["densenet121", "resnet18", "vgg16", "vit_cnn", "joint"])
def test_gradients_and_statistics_are_equal(backbone):
    shape = {"backbone": backbone, "dimensions": 2, "width": 0.125, "task": "multitask"}
    plain = build_head(HeadConfig(**shape)).train()
    again = build_head(HeadConfig(**shape, checkpointing=True)).train()
    again.load_state_dict(plain.state_dict())
    inputs = torch.rand(2, 1, 32, 32)
    for network in (plain, again):
        network(inputs).square().sum().backward()
    for (name, one), other in zip(plain.named_parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad, msg=name)
    for (name, one), other in zip(plain.named_buffers(), again.buffers(), strict=True):
        torch.testing.assert_close(one, other, msg=name, atol=0, rtol=0)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
def test_a_compiled_network_leaves_stages_to_themselves():
    shape = {"backbone": "resnet10", "dimensions": 2, "width": 0.125}
    plain = build_head(HeadConfig(**shape)).train()
    again = build_head(HeadConfig(**shape, checkpointing=True)).train()
    again.load_state_dict(plain.state_dict())
    again.compile(backend="eager")
    inputs = torch.rand(2, 1, 32, 32)
    for network in (plain, again):
        network(inputs).square().sum().backward()
    for one, other in zip(plain.parameters(), again.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)
    for one, other in zip(plain.buffers(), again.buffers(), strict=True):
        torch.testing.assert_close(one, other, atol=0, rtol=0)


def test_a_stage_runs_twice_only_for_a_gradient():
    runs = []

    class Counted(nn.Linear):
        def forward(self, inputs):
            runs.append(inputs)
            return super().forward(inputs)

    stage = Counted(3, 3)
    with torch.no_grad():
        run_stage(stage, torch.rand(2, 3), checkpointing=True)
    assert len(runs) == 1
    run_stage(stage, torch.rand(2, 3), checkpointing=True).sum().backward()
    assert len(runs) == 3
    run_stage(stage, torch.rand(2, 3), checkpointing=False).sum().backward()
    assert len(runs) == 4


def test_in_evaluation_the_running_statistics_are_used_again():
    stage = nn.Sequential(nn.BatchNorm1d(3), nn.Tanh())
    stage[0].running_mean.fill_(0.5)
    plain = copy.deepcopy(stage).eval()
    inputs = torch.rand(4, 3, requires_grad=True)
    run_stage(stage.eval(), inputs, checkpointing=True).square().sum().backward()
    found, inputs.grad = inputs.grad, None
    plain(inputs).square().sum().backward()
    torch.testing.assert_close(found, inputs.grad)
    assert stage[0].track_running_stats
