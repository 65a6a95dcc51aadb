"""What ships for training heads is what ctbone train takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctbone.cli import _configuration
from ctbone.networks import build_head
from ctbone.resources import config_path
from ctbone.training import train

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
