"""Simulated patients, small enough for every test to use."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from ctbone.networks import LocaliserConfig
from ctbone.phantom import (
    PatientConfig,
    ScanConfig,
    SimulateConfig,
    render,
    sample_patient,
    simulate,
)
from ctbone.phantom.export.configuration import DEFAULT_SITES
from ctbone.training import LocaliserTraining
from ctbone.training.simulated import prepare_case
from ctbone.volume import Grid

#: Coarse enough to render a patient in a second.
COARSE = LocaliserConfig(spacing_mm=12.0, channels=(4, 4, 8))


@pytest.fixture(autouse=True)
def threads():
    """Training sets the threads of torch."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


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


@pytest.fixture(scope="session")
def recipe():
    """A localiser so small that an epoch takes no time."""
    return LocaliserTraining(
        network=COARSE,
        patients=2,
        validation_patients=1,
        validation_draws=1,
        draws=1,
        shape=(16, 16, 16),
        test_patients=1,
    )


@pytest.fixture(scope="session")
def rendered(tmp_path_factory):
    """The patients that runs of ``recipe`` with seed 3 look at, to link into their folders."""
    folder = tmp_path_factory.mktemp("rendered")
    for first, count in ((30_000_000, 4), (31_000_000, 1)):
        for seed in range(first, first + count):
            prepare_case(folder, seed, spacing_mm=12.0)
    return folder


@pytest.fixture(scope="session")
def scanned():
    """A scan from T11 to the sacrum and its truth, of a patient with five lumbar vertebrae."""
    affine = np.diag([-3.0, 3.0, 4.0, 1.0])
    affine[:3, 3] = (120.0, -105.0, -170.0)
    grid = Grid((80, 60, 62), affine)
    config = PatientConfig(t13_fraction=0.0, l6_fraction=0.0, four_lumbar_fraction=0.0)
    scan = ScanConfig(noise_hu=10.0)
    return render(sample_patient(config, seed=4), grid=grid, scan=scan, seed=4)
