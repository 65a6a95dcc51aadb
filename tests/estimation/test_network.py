"""A head reads patches through the one road, and gives its estimate in units."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from ctbone.anatomy import VertebralLevel
from ctbone.errors import NotEvaluable
from ctbone.estimation import HeadCalibration, NetworkEstimator
from ctbone.estimation.network import check_fit
from ctbone.networks import HeadConfig
from ctbone.patches import InputConfig, PatchGrid
from ctbone.records import Flag

L1, L2 = VertebralLevel.L1, VertebralLevel.L2


class Fixed(nn.Module):
    """Gives set outputs, the mean of its input added to the first."""

    def __init__(self, *outputs):
        super().__init__()
        self.register_buffer("outputs", torch.tensor([outputs]))

    def forward(self, inputs):
        assert not self.training
        rows = self.outputs.repeat(len(inputs), 1)
        rows[:, 0] += inputs.flatten(1).mean(dim=1)
        return rows


def estimator(network, grid, *, task="bmd", plane="volume", dimensions=3, **options):
    return NetworkEstimator(
        name="fixed",
        grid=grid,
        input_config=InputConfig(plane=plane, window_hu=(0.0, 200.0)),
        head=HeadConfig(backbone="resnet10", dimensions=dimensions, task=task),
        network=network,
        **options,
    )


def test_a_density_head_gives_mean_and_sd(make_patch, grid):
    [estimate] = estimator(Fixed(90.0, math.log(49.0)), grid)((make_patch(100.0),))
    assert estimate.bmd_mg_cm3 == pytest.approx(90.5)
    assert estimate.sd_mg_cm3 == pytest.approx(7.0)
    assert (estimate.probabilities, estimate.trabecular_hu) == (None, None)
    assert estimate.flags == (Flag.UNCERTAINTY_UNCALIBRATED,)


def test_its_calibration_widens_the_spread_and_takes_the_flag_away(make_patch, grid):
    calibration = HeadCalibration(sd_factor=1.5, sd_patients=40)
    read = estimator(Fixed(90.0, math.log(49.0)), grid, calibration=calibration)
    [estimate] = read((make_patch(100.0),))
    assert estimate.sd_mg_cm3 == pytest.approx(10.5)
    assert estimate.flags == ()


def test_a_classifier_gives_probabilities(make_patch, grid):
    network = Fixed(0.0, math.log(2.0), math.log(5.0))
    [estimate] = estimator(network, grid, task="category")((make_patch(0.0),))
    assert estimate.probabilities == pytest.approx((1 / 8, 2 / 8, 5 / 8))
    assert estimate.bmd_mg_cm3 is None


def test_the_patient_s_vertebrae_are_read_as_one_by_one(make_patch, grid):
    read = estimator(Fixed(50.0, 0.0), grid)
    patches = tuple(make_patch(80.0 * n, level=level) for n, level in enumerate((L1, L2)))
    assert read(patches) == tuple(read((patch,))[0] for patch in patches)
    assert [e.level for e in read(patches)] == [L1, L2]
    assert read(()) == ()


def test_an_ensemble_mixes_its_members_and_leaves_them_as_they_are(make_patch, grid):
    rows = ([80.0, math.log(16.0)], [92.0, math.log(36.0)])
    members = tuple({"outputs": torch.tensor([row])} for row in rows)
    read = estimator(Fixed(0.0, 0.0), grid, members=members)
    [estimate] = read((make_patch(0.0),))
    assert estimate.bmd_mg_cm3 == pytest.approx(86.0)
    assert estimate.sd_mg_cm3 == pytest.approx(math.sqrt((16 + 36) / 2 + 36.0), rel=1e-6)
    assert read((make_patch(0.0),)) == (estimate,)
    assert read.outputs((make_patch(0.0),)).shape == (2, 1, 2)


def test_a_head_that_pools_levels_sees_them_together_and_answers_for_the_patient(make_patch, grid):
    seen = []

    class Attending(nn.Module):
        def forward(self, inputs):
            seen.append(tuple(inputs.shape))
            means = inputs.flatten(1).mean(dim=1)
            return torch.stack((means, torch.zeros_like(means)), dim=1)

    head = SimpleNamespace(
        in_channels=1,
        dimensions=3,
        task="bmd",
        pooling="attention",
        positive="osteoporosis",
        core_voxels=0,
    )
    config = InputConfig(window_hu=(0.0, 200.0), unit="patient")
    read = NetworkEstimator("pooling", grid, config, head, Attending())
    found = read((make_patch(50.0, level=L1), make_patch(150.0, level=L2)))
    left, posterior, superior = grid.shape
    assert seen == [(1, 2, 1, superior, posterior, left)]
    assert [(e.level, e.bmd_mg_cm3) for e in found] == [(L1, 0.5), (L2, 0.5)]


def test_no_number_is_not_evaluable_and_names_the_level(make_patch, grid):
    read = estimator(Fixed(0.0, 0.0), grid)
    wild = make_patch(math.nan, level=L2)
    with pytest.raises(NotEvaluable, match="L2: expected finite outputs") as fault:
        read((make_patch(100.0), wild))
    assert fault.value.level is L2


def test_a_patch_of_another_grid_is_refused(make_patch, grid):
    read = estimator(Fixed(0.0, 0.0), grid)
    with pytest.raises(ValueError, match="fixed wants patches of"):
        read((make_patch(grid=PatchGrid(grid.shape, (2.0, 2.0, 2.5))),))


def test_a_head_that_does_not_fit_its_input_is_refused(grid):
    with pytest.raises(ValueError, match=r"takes \(1, 3\) channels and dimensions.*\(1, 2\)"):
        estimator(Fixed(0.0, 0.0), grid, plane="axial", dimensions=3)


@pytest.mark.parametrize(
    ("options", "pooling", "other"),
    [
        ({}, "none", "attention"),
        ({"unit": "patient"}, "attention", "none"),
        ({"plane": "axial_slices", "slices": 3, "stack": "bag"}, "attention", "none"),
    ],
)
def test_a_bag_wants_a_head_that_pools_it_and_one_image_none(options, pooling, other):
    seen = InputConfig(**options)
    head = SimpleNamespace(
        in_channels=1, dimensions=seen.dimensions, pooling=pooling, core_voxels=0
    )
    check_fit(head, seen)
    head.pooling = other
    with pytest.raises(ValueError, match=f"needs pooling '{pooling}', got '{other}'"):
        check_fit(head, seen)


def test_a_two_dimensional_head_takes_planes(make_patch, grid):
    read = estimator(Fixed(10.0, 0.0), grid, plane="axial", dimensions=2)
    [estimate] = read((make_patch(200.0),))
    assert estimate.bmd_mg_cm3 == pytest.approx(11.0)
    assert np.isfinite(estimate.sd_mg_cm3)


def test_a_core_wants_the_body_beside_attenuation():
    head = SimpleNamespace(in_channels=2, dimensions=3, pooling="none", core_voxels=2)
    check_fit(head, InputConfig(mask_channel=True))
    with pytest.raises(ValueError, match="core_voxels needs the body: set mask_channel"):
        check_fit(head, InputConfig(muscle_channel=True))
