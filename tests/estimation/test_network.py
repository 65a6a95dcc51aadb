"""A head reads patches through the one road, and gives its estimate in units."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from ctbone.anatomy import VertebralLevel
from ctbone.estimation import NetworkEstimator
from ctbone.networks import HeadConfig
from ctbone.patches import InputConfig, PatchGrid


class Fixed(nn.Module):
    """Gives set outputs, the mean of its input added to the first."""

    def __init__(self, *outputs):
        super().__init__()
        self.outputs = torch.tensor([outputs])

    def forward(self, inputs):
        assert not self.training
        rows = self.outputs.repeat(len(inputs), 1)
        rows[:, 0] += inputs.flatten(1).mean(dim=1)
        return rows


def estimator(network, grid, *, task="bmd", plane="volume", dimensions=3):
    return NetworkEstimator(
        name="fixed",
        grid=grid,
        input_config=InputConfig(plane=plane, window_hu=(0.0, 200.0)),
        head=HeadConfig(backbone="resnet10", dimensions=dimensions, task=task),
        network=network,
    )


def test_a_density_head_gives_mean_and_sd(make_patch, grid):
    estimate = estimator(Fixed(90.0, math.log(49.0)), grid)(make_patch(100.0))
    assert estimate.bmd_mg_cm3 == pytest.approx(90.5)
    assert estimate.sd_mg_cm3 == pytest.approx(7.0)
    assert (estimate.probabilities, estimate.trabecular_hu) == (None, None)


def test_a_classifier_gives_probabilities(make_patch, grid):
    network = Fixed(0.0, math.log(2.0), math.log(5.0))
    estimate = estimator(network, grid, task="category")(make_patch(0.0))
    assert estimate.probabilities == pytest.approx((1 / 8, 2 / 8, 5 / 8))
    assert estimate.bmd_mg_cm3 is None


def test_huge_logits_stay_finite(make_patch, grid):
    estimate = estimator(Fixed(2000.0, 0.0, -2000.0), grid, task="category")(make_patch(0.0))
    assert estimate.probabilities == pytest.approx((1.0, 0.0, 0.0))


def test_a_batch_is_its_patches_one_by_one(make_patch, grid):
    read = estimator(Fixed(50.0, 0.0), grid)
    levels = (VertebralLevel.L1, VertebralLevel.L2)
    patches = tuple(make_patch(80.0 * n, level=level) for n, level in enumerate(levels))
    assert read.batch(patches) == tuple(read(patch) for patch in patches)
    assert [e.level for e in read.batch(patches)] == list(levels)
    assert read.batch(()) == ()


def test_a_patch_of_another_grid_is_refused(make_patch, grid):
    read = estimator(Fixed(0.0, 0.0), grid)
    with pytest.raises(ValueError, match="fixed wants patches of"):
        read(make_patch(grid=PatchGrid(grid.shape, (2.0, 2.0, 2.5))))


def test_a_head_that_does_not_fit_its_input_is_refused(grid):
    with pytest.raises(ValueError, match=r"takes \(1, 3\) channels and dimensions.*\(1, 2\)"):
        estimator(Fixed(0.0, 0.0), grid, plane="axial", dimensions=3)


def test_a_two_dimensional_head_takes_planes(make_patch, grid):
    read = estimator(Fixed(10.0, 0.0), grid, plane="axial", dimensions=2)
    assert read(make_patch(200.0)).bmd_mg_cm3 == pytest.approx(11.0)
    assert np.isfinite(read(make_patch(200.0)).sd_mg_cm3)
