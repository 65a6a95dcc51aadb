import pytest

from ctbone.phantom import PatientConfig, sample_patient
from ctbone.phantom.anatomy.disease import DiseaseConfig


@pytest.fixture(scope="session")
def patients(crowd):
    return crowd[:100]


@pytest.fixture(scope="session")
def healthy():
    """Patients without disease or surgery, whose bones are where they grew."""
    config = PatientConfig(disease=DiseaseConfig(prevalence=0.0))
    return [sample_patient(config, seed=seed) for seed in range(60)]
