from pathlib import Path

import pytest

from ctbone.phantom import SimulateConfig, SiteConfig


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"patients": 0}, "patients must be at least 1, got 0"),
        ({"matrix": 15}, "matrix must be at least 16, got 15"),
        ({"pixel_mm": 0.0}, "pixel_mm must be positive"),
        ({"broken_fraction": 1.2}, "broken_fraction must lie"),
        ({"follow_up_fraction": -0.1}, "follow_up_fraction must lie"),
        ({"internal_fractions": (0.5, 0.5, 0.5)}, "internal_fractions must sum to 1"),
        ({"sites": ()}, "must not be empty"),
        ({"compressions": ()}, "must not be empty"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"temporal_from": "June"}, "temporal_from must be a date as in 2022-01-31"),
        ({"dxa_cv": -0.01}, "must not be negative"),
    ],
)
def test_impossible_configurations_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        SimulateConfig(out=Path("unused"), **changed)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kernels": ()}, "must not be empty"),
        ({"weight": 0.0}, "weight of a site must be positive"),
        ({"enhanced_fraction": 2.0}, "enhanced_fraction must lie"),
        ({"thick_mm": 0.0}, "thick_mm of a site must be positive"),
    ],
)
def test_impossible_sites_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        SiteConfig("north", "ge", **changed)
