"""Mineral is scaled, soft tissue is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from ctbone.training.augmentation.attenuation import SOFT_HU, mineral, offset, scale_mineral

from .conftest import STILL, make_draws


def test_mineral_is_all_of_the_body_and_what_is_bright_outside():
    hu = torch.tensor([-100.0, 55.0, 150.0, 400.0]).reshape(1, 4, 1, 1)
    outside = mineral(hu, torch.zeros_like(hu)).flatten()
    assert outside.tolist() == [0.0, 0.0, 150.0 - SOFT_HU, 400.0 - SOFT_HU]
    assert torch.equal(mineral(hu, torch.ones_like(hu)), hu)


@pytest.mark.parametrize(("low", "high"), [(0.927, 0.927), (1.053, 1.053), (0.95, 1.079)])
def test_trabecular_means_go_with_the_tube_potential(low, high):
    """148.1 HU at 100 kV are 137.3 at 120 kV; muscle and fat stay."""
    hu = torch.tensor([148.1, 55.0, -100.0]).reshape(1, 3, 1, 1).repeat(50, 1, 1, 1)
    body = torch.tensor([1.0, 0.0, 0.0]).reshape(1, 3, 1, 1).expand_as(hu)
    config = replace(STILL, potential_ratio=(low, high))
    found = scale_mineral(hu, body, config, make_draws(50))
    assert torch.equal(found[:, 1:], hu[:, 1:])
    ratios = (found[:, 0] / hu[:, 0]).flatten()
    assert ratios.min() >= low - 1e-6
    assert ratios.max() <= high + 1e-6
    if low == 0.927:
        assert ratios.mean() * 148.1 == pytest.approx(137.3, abs=0.05)
    if low < high:
        assert ratios.std() == pytest.approx((high - low) / 12**0.5, rel=0.25)


def test_noise_in_the_body_is_not_bent():
    """Scaling is linear there, so that a mean is scaled as every voxel is."""
    noisy = 20.0 + 60.0 * torch.randn(1, 30, 30, 30, generator=torch.Generator().manual_seed(0))
    config = replace(STILL, potential_ratio=(1.05, 1.05))
    found = scale_mineral(noisy, torch.ones_like(noisy), config, make_draws(1))
    assert found.mean() == pytest.approx(1.05 * float(noisy.mean()), rel=1e-4)


def test_the_slope_stays_within_its_range():
    hu = torch.full((400, 1, 1, 1), 100.0)
    config = replace(STILL, bone_slope=0.02)
    found = scale_mineral(hu, torch.ones_like(hu), config, make_draws(400))
    assert 98.0 <= found.min() < 98.2
    assert 101.8 < found.max() <= 102.0


def test_an_offset_is_one_number_a_patch():
    planes = torch.randn(300, 2, 3, 4, generator=torch.Generator().manual_seed(0))
    added = offset(planes, replace(STILL, offset_hu=2.0), make_draws(300)) - planes
    assert added.flatten(1).std(dim=1).max() < 1e-5
    assert -2.0 <= added.min() < -1.9
    assert 1.9 < added.max() <= 2.0
