import pytest

from ctbone.phantom import PatientConfig, sample_patient
from ctbone.phantom.anatomy.disease import DiseaseConfig


@pytest.fixture(scope="session")
def patients():
    """Return patients without disease, which would move what is measured here."""
    config = PatientConfig(disease=DiseaseConfig(prevalence=0.0))
    return [sample_patient(config, seed=seed) for seed in range(120)]
