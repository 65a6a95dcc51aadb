"""The head of every preset goes through its model folder: it is read as it was written."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ctbone.anatomy import VertebralLevel
from ctbone.estimation import NetworkEstimator, read_model
from ctbone.estimation.model_folder import write_model
from ctbone.estimation.trained_head import TrainedHead, TrainingRecord
from ctbone.evaluation.description import describe_model
from ctbone.networks import build_head
from ctbone.patches import VertebraPatch
from ctbone.presets import read_presets
from tests.presets.test_configurations import parse


def patches(head):
    """Return a patch of noise for each level, half of it inside the body."""
    drawn = np.random.default_rng(3).normal(100.0, 80.0, (len(head.levels), *head.grid.shape))
    affine = np.diag((*head.grid.spacing_mm, 1.0))
    return tuple(
        VertebraPatch(
            VertebralLevel[level],
            hu.astype(np.float32),
            hu > 100.0,
            affine,
            offset_mm=head.grid.offset_mm,
        )
        for level, hu in zip(head.levels, drawn, strict=True)
    )


@pytest.mark.parametrize("name", [preset.id for preset in read_presets()])
def test_what_is_read_estimates_as_what_was_written(name, tmp_path):
    head = parse(name).head
    narrow = replace(head.network, width=0.125)
    torch.manual_seed(1)
    network = build_head(narrow)
    given = NetworkEstimator("given", head.grid, head.input, narrow, network)
    record = TrainedHead(
        network_config=narrow,
        input_config=head.input,
        grid=head.grid,
        networks=(network,),
        validation={},
        training=TrainingRecord(seed=1),
    )
    write_model(tmp_path, record)
    seen = patches(head)
    found = read_model(tmp_path)
    assert found(seen) == given(seen)
    assert (found.head, found.input_config, found.grid) == (narrow, head.input, head.grid)
    assert describe_model(tmp_path)["window"] == "bone"
