"""What a model folder is written from is sound once it is there."""

import pytest
from torch import nn

from ctbone.estimation import TrainedHead, TrainingRecord
from ctbone.networks import HeadConfig
from ctbone.patches import InputConfig


def head(grid, **changes):
    known = {
        "network_config": HeadConfig(),
        "input_config": InputConfig(),
        "grid": grid,
        "networks": (nn.Identity(),),
        "validation": {},
        "training": TrainingRecord(seed=1),
    }
    return TrainedHead(**(known | changes))


def test_a_head_that_does_not_take_the_input_is_refused(grid):
    with pytest.raises(ValueError, match="channels and dimensions"):
        head(grid, input_config=InputConfig(plane="axial"))


def test_a_head_without_a_network_is_refused(grid):
    with pytest.raises(ValueError, match="networks must be one or several, got none"):
        head(grid, networks=())


def test_details_stand_beside_the_rest():
    record = TrainingRecord(seed=3, sites=("A", "B"), details={"fit": {"epochs": 2}})
    assert record.to_mapping() == {
        "seed": 3,
        "patients": {},
        "sites": ["A", "B"],
        "reference_standard": "",
        "cohort_sha256": "",
        "patches_sha256": "",
        "validation_chose_epoch": True,
        "fit": {"epochs": 2},
    }


def test_details_that_would_hide_a_field_are_refused():
    with pytest.raises(ValueError, match=r"a field of its own, got \['seed'\]"):
        TrainingRecord(seed=3, details={"seed": 4})
