"""Answers in the reference's unit, and cuts in their order."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from ctbone.networks.answers import MultitaskAnswer, OrdinalAnswer, ScaledAnswer, build_answer
from ctbone.networks.tasks import OUTPUTS


@pytest.mark.parametrize(("task", "outputs"), OUTPUTS.items())
def test_every_answer_has_its_columns(task, outputs):
    assert build_answer(task, 7)(torch.rand(3, 7)).shape == (3, outputs)


def test_a_scaled_answer_is_linear_in_the_unit_of_the_reference():
    answer = ScaledAnswer(4)
    features = torch.randn(5, 4)
    mean, log_variance = answer(features).unbind(dim=1)
    answer.set_scale(centre=130.0, scale=40.0)
    scaled_mean, scaled_log_variance = answer(features).unbind(dim=1)
    torch.testing.assert_close(scaled_mean, 130.0 + 40.0 * mean)
    torch.testing.assert_close(scaled_log_variance.exp(), 1600.0 * log_variance.exp())


def test_the_mean_is_the_first_row_of_the_layer():
    answer = ScaledAnswer(4)
    features = torch.randn(5, 4)
    expected = features @ answer.linear.weight[0] + answer.linear.bias[0]
    torch.testing.assert_close(answer(features)[:, 0], expected)


def test_variance_has_a_least_and_a_most():
    answer = ScaledAnswer(4)
    wild = answer.to_units(torch.tensor([[0.0, 1e9], [0.0, -1e9], [0.0, 0.0]]))[:, 1]
    # A sum of the claimed variance and the least, 0.05 squared, of the cohort's.
    expected = torch.tensor([math.exp(6.0), 0.0, 1.0]) + 0.05**2
    torch.testing.assert_close(wild.exp(), expected)


@pytest.mark.parametrize(
    ("centre", "scale", "message"),
    [
        (1.0, 0.0, "scale must be positive, got 0.0"),
        (1.0, math.nan, "scale must be positive, got nan"),
        (1.0, math.inf, "scale must be positive, got inf"),
        (math.nan, 1.0, "centre must be finite, got nan"),
    ],
)
def test_no_scale_of_nothing(centre, scale, message):
    with pytest.raises(ValueError, match=message):
        MultitaskAnswer(2).set_scale(centre=centre, scale=scale)


@pytest.mark.parametrize("step", [-50.0, -1.0, 0.0, 3.0])
def test_osteoporosis_is_never_likelier_than_at_least_osteopenia(step):
    answer = OrdinalAnswer(6)
    answer.step.data.fill_(step)
    upper, lower = (10.0 * answer(torch.randn(200, 6))).unbind(dim=1)
    assert (lower <= upper).all()


def test_the_cuts_share_one_score():
    answer = OrdinalAnswer(6)
    upper, lower = answer(torch.randn(50, 6)).unbind(dim=1)
    torch.testing.assert_close(upper - lower, torch.ones(50))


def test_the_step_between_the_cuts_learns():
    answer = OrdinalAnswer(3)
    answer(torch.randn(4, 3))[:, 1].sum().backward()
    assert answer.step.grad.abs() > 0.0


def test_a_multitask_answer_is_a_density_and_a_category():
    answer = MultitaskAnswer(6)
    answer.set_scale(centre=120.0, scale=30.0)
    features = torch.randn(4, 6)
    given = answer(features)
    torch.testing.assert_close(given[:, :2], answer.density(features))
    torch.testing.assert_close(given[:, 2:], answer.category(features))


def test_logits_come_from_one_layer():
    assert isinstance(build_answer("category", 4), nn.Linear)
    assert isinstance(build_answer("binary", 4), nn.Linear)
