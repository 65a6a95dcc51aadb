import pytest

from ctbone.phantom import PatientConfig, sample_patient


@pytest.fixture(scope="session")
def patients():
    return [sample_patient(PatientConfig(), seed=seed) for seed in range(120)]
