"""What can be asked for, and what cannot."""

from __future__ import annotations

import pytest

from ctbone.patches import WINDOWS, InputConfig


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (InputConfig(), (3, 1, 1)),
        (InputConfig(mask_channel=True, muscle_channel=True), (3, 1, 3)),
        (InputConfig(plane="axial", muscle_channel=True), (2, 1, 2)),
        (InputConfig(plane="orthogonal", mask_channel=True), (2, 1, 6)),
        (InputConfig(plane="orthogonal", mask_channel=True, stack="bag"), (2, 3, 2)),
        (InputConfig(plane="axial_slices", slices=5, slice_step=2), (2, 1, 5)),
        (InputConfig(plane="axial_slices", slices=5, stack="bag"), (2, 5, 1)),
    ],
)
def test_dimensions_instances_and_channels_follow(config, expected):
    assert (config.dimensions, config.instances, config.channels) == expected


def test_windows_are_named_by_level_and_width():
    def level_and_width(name):
        lower, upper = InputConfig(window_hu=name).limits_hu
        return (lower + upper) / 2.0, upper - lower

    assert level_and_width("bone") == (400.0, 1800.0)
    assert level_and_width("soft") == (50.0, 400.0)
    assert InputConfig(window_hu="full").limits_hu == WINDOWS["full"] == (-1024.0, 3071.0)
    assert InputConfig(window_hu=(-10.0, 20.0)).limits_hu == (-10.0, 20.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window_hu": (300.0, 300.0)}, "window_hu must rise"),
        ({"window_hu": "lung"}, "one of .*'bone', 'full', 'soft'.*, got 'lung'"),
        ({"plane": "axial", "slices": 3}, "slices must be 1 for plane 'axial', got 3"),
        ({"plane": "axial_slices", "slices": 0}, "slices must be positive, got 0"),
        ({"slice_step": 2}, "slice_step must be 1 for plane 'volume', got 2"),
        ({"plane": "sagittal", "stack": "bag"}, "a bag needs the plane"),
    ],
)
def test_mistakes_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        InputConfig(**options)
