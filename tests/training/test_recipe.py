"""What the localiser is trained on is checked where it is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ctbone.networks import LocaliserConfig
from ctbone.training import LabelledData, LocaliserTraining

CONFIG = LocaliserConfig(channels=(4, 4, 8))
RECIPE = LocaliserTraining(network=CONFIG, shape=(24, 24, 48))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"shape": (24, 24, 46)}, "shape must be multiples of 4"),
        ({"shape": (0, 24, 48)}, "shape must be multiples of 4"),
        ({"test_patients": -1}, "test_patients must not be negative, got -1"),
        ({"patients": 0}, "patients must be positive, got 0"),
        ({"renderers": 0}, "renderers must be positive, got 0"),
        ({"fresh": 2}, "fresh needs source stream, got cache"),
        ({"fresh": 361, "source": "stream"}, "fresh must be from 0 to patients, got 361"),
    ],
)
def test_what_cannot_be_is_refused(wrong, words):
    with pytest.raises(ValueError, match=words):
        replace(RECIPE, **wrong)


@pytest.mark.parametrize("name", ["share", "held_out"])
def test_a_share_of_labelled_data_lies_between_none_and_all(name):
    with pytest.raises(ValueError, match=f"{name} must be between 0 and 1, got 1.0"):
        LabelledData(path=Path("a"), layout="verse", **{name: 1.0})


def test_labelled_data_leave_room_for_simulated_patients():
    half = LabelledData(path=Path("a"), layout="verse", share=0.5)
    with pytest.raises(ValueError, match="must leave room for simulated patients"):
        replace(RECIPE, labelled=(half, half))
