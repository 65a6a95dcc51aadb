"""Losses are least at the truth."""

from __future__ import annotations

import math

import pytest
import torch

from ctbone.training.losses import category_loss, density_loss, localiser_loss


def density(mean, sd, truth):
    outputs = torch.tensor([[mean, 2.0 * math.log(sd)]])
    return density_loss(outputs, torch.tensor([[truth]]))


def test_density_loss_is_the_gaussian_likelihood():
    loss, parts = density(100.0, 10.0, 120.0)
    assert float(loss) == pytest.approx(math.log(10.0) + 0.5 * 4.0)
    assert float(parts["mae_mg_cm3"]) == pytest.approx(20.0)


@pytest.mark.parametrize("sd", [5.0, 40.0])
def test_the_variance_that_fits_the_error_is_best(sd):
    assert float(density(100.0, 20.0, 120.0)[0]) < float(density(100.0, sd, 120.0)[0])


def test_sure_and_doubtful_patients_pull_on_the_mean_alike_in_size():
    outputs = torch.tensor([[0.0, 2.0 * math.log(2.0)], [0.0, 2.0 * math.log(20.0)]])
    outputs.requires_grad_()
    density_loss(outputs, torch.tensor([[1.0], [1.0]]))[0].backward()
    ratio = float(outputs.grad[0, 0] / outputs.grad[1, 0])
    # Beta-NLL with beta 0.5: by the standard deviation, not by the variance.
    assert ratio == pytest.approx(10.0, rel=1e-4)


def test_category_loss_counts_what_is_right():
    outputs = torch.tensor([[5.0, 0.0, 0.0], [0.0, 0.0, 5.0]])
    loss, parts = category_loss(outputs, torch.tensor([[0.0], [1.0]]))
    assert float(parts["accuracy"]) == 0.5
    assert float(loss) > float(category_loss(outputs, torch.tensor([[0.0], [2.0]]))[0])


def localiser_targets(levels=3, context=2):
    targets = torch.zeros(1, 3 + context, 4, 4, 4)
    targets[:, 0, 1, 1, 1] = 1.0
    targets[:, 1, :2] = 1.0
    targets[:, 2, :2] = 2.0
    targets[:, 2, 3] = 3.0
    targets[:, 3, 3] = 1.0
    outputs = torch.full((1, 2 + levels + context, 4, 4, 4), -9.0)
    outputs[:, 0, 1, 1, 1] = 9.0
    outputs[:, 1, :2] = 9.0
    outputs[:, 2 + 1, :2] = 9.0
    outputs[:, 2 + 2, 3] = 9.0
    outputs[:, 2 + levels, 3] = 9.0
    return outputs, targets


def test_localiser_loss_is_least_at_the_truth():
    outputs, targets = localiser_targets()
    loss, parts = localiser_loss(outputs, targets)
    assert float(loss) < 0.01
    assert set(parts) == {"heat", "body", "context", "level"}
    for channel in range(outputs.shape[1]):
        wrong = outputs.clone()
        wrong[:, channel] *= -1.0
        assert float(localiser_loss(wrong, targets)[0]) > float(loss) + 0.1


def test_levels_count_in_vertebrae_and_ribs_alone():
    outputs, targets = localiser_targets()
    outside = outputs.clone()
    outside[:, 2:5, 2] = torch.randn(1, 3, 4, 4) * 9.0
    assert float(localiser_loss(outside, targets)[1]["level"]) == pytest.approx(
        float(localiser_loss(outputs, targets)[1]["level"])
    )
    targets[:, 1:3] = 0.0
    assert float(localiser_loss(outputs, targets)[1]["level"]) == 0.0
