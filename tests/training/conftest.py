"""A simulated export, small enough for every test to use."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ctbone.phantom import SimulateConfig, simulate
from ctbone.phantom.export.configuration import DEFAULT_SITES


@pytest.fixture(scope="session")
def small_export(tmp_path_factory):
    """Six patients of one site, three or so to train on and one or two to validate with."""
    out = tmp_path_factory.mktemp("simulated") / "cohort"
    site = replace(DEFAULT_SITES[0], slice_thicknesses_mm=(4.0,))
    simulate(
        SimulateConfig(
            out=out,
            patients=6,
            seed=5,
            sites=(site,),
            matrix=80,
            pixel_mm=4.0,
            regions=("lumbar",),
            internal_fractions=(0.5, 0.3, 0.2),
            second_series_fraction=0.0,
        )
    )
    return out
