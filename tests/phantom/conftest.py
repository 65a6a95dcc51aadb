import numpy as np
import pytest

from ctbone.phantom import PatientConfig, ScanConfig, render, sample_patient
from ctbone.phantom.anatomy.disease import DiseaseConfig
from ctbone.volume import Grid


def upright_grid(shape, spacing_mm, centre_mm=(0.0, -20.0, 0.0)):
    """Voxels along the patient's axes round a centre."""
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = np.array(centre_mm) - 0.5 * (np.array(shape) - 1) * np.array(spacing_mm)
    return Grid(shape, affine)


HEALTHY = PatientConfig(
    t13_fraction=0, l6_fraction=0, four_lumbar_fraction=0, disease=DiseaseConfig(prevalence=0.0)
)
QUIET = ScanConfig(noise_hu=0.0, integer=False)


@pytest.fixture(scope="session")
def patient():
    return sample_patient(HEALTHY, seed=7)


@pytest.fixture(scope="session")
def rendering(patient):
    """A quiet 4-mm scan from the lower chest to the pelvis."""
    return render(patient, grid=upright_grid((100, 80, 96), (4.0, 4.3, 4.7)), scan=QUIET, seed=0)


@pytest.fixture(scope="session")
def crowd():
    """Two hundred patients, for what is true of people rather than of one."""
    return [sample_patient(PatientConfig(), seed=seed) for seed in range(200)]
