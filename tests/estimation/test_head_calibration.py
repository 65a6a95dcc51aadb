"""A calibration that makes no sense is refused in a sentence."""

import pytest

from ctbone.estimation import HeadCalibration


def test_by_default_nothing_is_corrected():
    plain = HeadCalibration()
    assert (plain.sd_factor, plain.temperature, plain.threshold) == (1.0, 1.0, 0.5)
    assert (plain.sd_patients, plain.temperature_patients) == (0, 0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"sd_factor": 0.0}, "sd_factor must be positive, got 0"),
        ({"sd_factor": float("nan")}, "sd_factor must be positive, got nan"),
        ({"temperature": float("inf")}, "temperature must be positive, got inf"),
        ({"sd_patients": -1}, "sd_patients must not be negative, got -1"),
        ({"threshold": 1.0}, "threshold must lie between 0 and 1, got 1"),
        ({"threshold": float("nan")}, "threshold must lie between 0 and 1, got nan"),
    ],
)
def test_what_makes_no_sense_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        HeadCalibration(**given)
