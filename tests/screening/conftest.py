import pytest

from ctbone.screening import Pipeline

from .fakes import fake_steps


@pytest.fixture
def make_pipeline():
    def make(**changes):
        return Pipeline(**(fake_steps() | changes))

    return make
