"""Strengths are never negative, and shares at most all."""

from __future__ import annotations

import pytest

from ctbone.training.augmentation import Augmentation


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shift_mm": -1.0}, "shift_mm must be 0 or more, got -1.0"),
        ({"noise_hu": float("nan")}, "noise_hu must be 0 or more, got nan"),
        ({"contrast_share": 1.5}, "contrast_share must be at most 1, got 1.5"),
        ({"potential_ratio": (1.1, 1.0)}, "potential_ratio must rise"),
        ({"potential_ratio": (0.0, 1.0)}, "potential_ratio must rise"),
        ({"sharpness_limit": 0.5}, "sharpness_limit must be 1 or more"),
        ({"noise_kernels": ()}, "must name a kernel"),
    ],
)
def test_mistakes_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Augmentation(**options)


def test_the_tube_potential_is_left_alone_unless_asked_for():
    assert Augmentation().potential_ratio == (1.0, 1.0)
