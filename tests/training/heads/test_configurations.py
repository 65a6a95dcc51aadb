"""What ships for training heads is what ctbone train takes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from ctbone.cli import _configuration
from ctbone.networks import HeadConfig, build_head
from ctbone.networks.backbones import least_side
from ctbone.patches import InputConfig, PatchGrid, to_inputs
from ctbone.resources import config_path
from ctbone.training import train
from ctbone.training.heads.configuration import HeadTraining

SHIPPED = sorted(config_path("train/head-densenet121-3d.yaml").parent.glob("*head*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_each_configuration_of_a_head_builds_with_export_and_cohort_alone(path):
    given = ["--head.export", "export", "--head.cohort", "cohort.csv", "--out", "out"]
    config = _configuration("train", train, ["--config", str(path), *given])
    assert config.head.export == Path("export")
    assert config.head.input.channels == config.head.network.in_channels
    build_head(config.head.network)


def test_a_demo_and_three_recipes_ship():
    assert len(SHIPPED) == 4


def training(shape, *, backbone="densenet121", **seen):
    config = InputConfig(**seen)
    return HeadTraining(
        export=Path("export"),
        cohort=Path("cohort.csv"),
        network=HeadConfig(
            backbone=backbone,
            dimensions=config.dimensions,
            in_channels=config.channels,
            pooling="attention" if config.is_bag else "none",
        ),
        input=config,
        grid=PatchGrid(shape, (1.0, 1.0, 1.0)),
    )


@pytest.mark.parametrize(
    ("seen", "small", "enough"),
    [
        ({"plane": "volume"}, (29, 29, 28), (29, 29, 29)),
        ({"plane": "axial"}, (29, 28, 9), (29, 29, 9)),
        ({"plane": "sagittal"}, (9, 29, 28), (9, 29, 29)),
        ({"plane": "coronal"}, (28, 9, 29), (29, 9, 29)),
        ({"plane": "orthogonal"}, (28, 28, 28), (9, 9, 29)),
        ({"plane": "axial_slices", "slices": 3, "stack": "bag"}, (28, 29, 9), (29, 29, 9)),
    ],
)
def test_a_field_that_the_network_cannot_take_is_refused_at_once(seen, small, enough):
    config = training(enough, **seen)
    shown = to_inputs(torch.zeros(1, *enough), torch.ones(1, *enough), config=config.input)
    assert sorted(shown.shape[-config.input.dimensions :]) == sorted(config.input.sides(enough))
    assert min(config.input.sides(enough)) == least_side("densenet121")
    told = " x ".join(map(str, small))
    message = rf"densenet121 takes .* at least 29 .*plane {seen['plane']} .*grid.shape is {told}; "
    with pytest.raises(ValueError, match=message):
        training(small, **seen)
    training(small, backbone="resnet18", **seen)


def test_more_slices_than_there_are_planes_are_refused_at_once():
    seen = {"plane": "axial_slices", "slices": 5, "slice_step": 3}
    training((40, 40, 13), **seen)
    message = r"input.slices 5 with input.slice_step 3 reach over 13 .* of 12: grid.shape is 40 x"
    with pytest.raises(ValueError, match=message):
        training((40, 40, 12), **seen)
