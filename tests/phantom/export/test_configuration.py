from pathlib import Path

import pytest

from ctbone.phantom import SimulateConfig, SiteConfig


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"patients": 0}, "patients must be at least 1, got 0"),
        ({"matrix": 15}, r"matrix must lie in \[16, 2048\], got 15"),
        ({"matrix": 20000}, r"matrix must lie in \[16, 2048\], got 20000"),
        ({"pixel_mm": 0.01}, r"pixel_mm must lie in \[0.1, 5.0\], got 0.01"),
        ({"matrix": 512}, r"matrix times pixel_mm must lie in \[50, 1000\] mm, got 1024"),
        ({"matrix": 16}, r"matrix times pixel_mm must lie in \[50, 1000\] mm, got 32"),
        ({"pixel_mm": 6.0}, r"pixel_mm must lie in \[0.1, 5.0\], got 6.0"),
        ({"broken_fraction": 1.2}, "broken_fraction must lie"),
        ({"follow_up_fraction": -0.1}, "follow_up_fraction must lie"),
        ({"internal_fractions": (0.5, 0.5, 0.5)}, "internal_fractions must sum to 1"),
        ({"sites": ()}, "must not be empty"),
        (
            {"sites": (SiteConfig("north", "ge"), SiteConfig("North", "canon"))},
            "sites must have different names, got 'north' more than once",
        ),
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
        ({"weight": float("inf")}, "weight of a site must be positive and finite"),
        ({"thick_mm": 0.0}, "thick_mm of a site must be positive"),
        # What would fail only at the first patient who is scanned like that.
        ({"slice_thicknesses_mm": (2.5, 0.0)}, "slice_thickness_mm must be positive, got 0.0"),
        ({"noise_hu": -1.0}, "noise_hu must not be negative"),
        ({"iterative": 2.0}, "iterative must lie in"),
    ],
)
def test_impossible_sites_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        SiteConfig("north", "ge", **changed)


def test_a_fitted_field_has_no_widest():
    assert SimulateConfig(out=Path("unused"), matrix=512, pixel_mm=5.0, fit_field=True)


@pytest.mark.parametrize("name", ["", "../../elsewhere", "a/b", ".hidden", "北京", "n" * 65])
def test_a_site_has_a_name_that_headers_and_folders_take(name):
    with pytest.raises(ValueError, match="name of a site must be 1 to 64 letters"):
        SiteConfig(name, "ge")
