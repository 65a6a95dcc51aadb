"""Slices are averaged as a detector row averages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ctbone.training.augmentation.slices import along_slices, box_weights, thicken

from .conftest import STILL, make_draws


def test_weights_are_shares_of_voxels():
    weights = box_weights(torch.tensor([0.5, 2.0, 4.0, 3.0]), 9, 1.0)
    middle = weights[:, 4].numpy()
    one, half, quarter, third = 1.0, 0.5, 0.25, 1.0 / 3.0
    np.testing.assert_allclose(middle[0], [0, 0, 0, 0, one, 0, 0, 0, 0])
    np.testing.assert_allclose(middle[1], [0, 0, 0, quarter, half, quarter, 0, 0, 0])
    eighth = 0.125
    np.testing.assert_allclose(middle[2], [0, 0, eighth, *(quarter,) * 3, eighth, 0, 0], atol=1e-7)
    np.testing.assert_allclose(middle[3], [0, 0, 0, *(third,) * 3, 0, 0, 0], atol=1e-7)
    np.testing.assert_allclose(weights.sum(dim=2), np.ones((4, 9)), atol=1e-6)
    # Beyond the patch there is nothing: at its end half a voxel and one.
    np.testing.assert_allclose(weights[1, 0, :2], [2.0 / 3.0, 1.0 / 3.0], atol=1e-6)


@pytest.mark.parametrize("thickness", [1.7, 3.3, 5.0])
@pytest.mark.parametrize("spacing", [0.8, 1.5])
def test_weights_equal_a_fine_average(thickness, spacing):
    fine = 2000
    values = np.random.default_rng(0).normal(size=21)
    lattice = np.repeat(values, fine)
    reach = round(thickness / spacing * fine / 2)
    middle = 10 * fine + fine // 2
    expected = lattice[middle - reach : middle + reach].mean()
    weights = box_weights(torch.tensor([thickness]), 21, spacing)
    planes = torch.from_numpy(values).float().reshape(1, 21, 1, 1)
    found = along_slices(planes, weights)[0, 10, 0, 0]
    assert found == pytest.approx(expected, abs=2e-3)


def test_each_patch_has_a_thickness_of_its_own_and_keeps_its_mean():
    planes = torch.zeros(200, 31, 1, 2)
    planes[:, 15] = 1.0
    found = thicken(planes, replace(STILL, thickness_mm=6.0), 1.0, make_draws(200))
    peaks = found[:, 15, 0, 0]
    # One over the thickness, from nothing done to 6 mm.
    assert peaks.max() == 1.0
    assert 1.0 / 6.0 <= peaks.min() < 1.0 / 5.7
    torch.testing.assert_close(found.sum(dim=1), torch.ones(200, 1, 2))
    # Up to a millimetre one in six, from there on evenly: (1 + (36 - 1) / 2) / 6.
    assert (1.0 / peaks).mean() == pytest.approx(18.5 / 6.0, rel=0.1)


def test_slices_thinner_than_planes_change_nothing():
    planes = torch.randn(2, 5, 3, 3)
    assert thicken(planes, replace(STILL, thickness_mm=2.0), 2.0, make_draws(2)) is planes
