"""The benchmark of internal calibration: errors of scanners, a site's own reference, figures."""

import pytest

from benchmarks.internal_calibration import REFERENCE, Examined, figures, own_reference, ways
from ctbone.densitometry import Calibration

SITE = Calibration(
    slope_mg_cm3_per_hu=0.8,
    intercept_mg_cm3=0.0,
    phantom="k2hpo4",
    scanner="of the site",
    kvp=120.0,
    source="test",
)
TISSUES = {"air": -1000.0, "fat": -100.0, "muscle": 47.0, "blood": 43.0}
PATIENT = Examined(120, TISSUES, bone_hu=125.0, bmd_mg_cm3=100.0)


def test_a_scanner_errs_in_the_patient_and_not_in_air():
    seen = PATIENT.seen_by(8.0, 1.02)
    assert seen.tissues_hu == {"air": -1000.0, "fat": -92.0, "muscle": 55.0, "blood": 51.0}
    assert (seen.bone_hu, seen.bmd_mg_cm3) == (135.5, 100.0)


def test_a_reference_of_the_site_has_its_tissues_and_its_slope():
    own = own_reference([PATIENT], SITE)
    assert own.mean_hu == TISSUES
    assert own.slope_hu(own.beam_kev[120.0]) == pytest.approx(1.25, abs=0.002)
    steps = [own.beam_kev[kvp] - REFERENCE.beam_kev[kvp] for kvp in (100.0, 120.0, 140.0)]
    assert steps == pytest.approx([steps[0]] * 3)


def test_the_site_is_right_until_the_scanner_moves_and_its_own_reference_stays_right():
    found = ways(SITE, own_reference([PATIENT], SITE))
    moved = PATIENT.seen_by(8.0, 1.0)
    assert found["site"](PATIENT) == (pytest.approx(100.0), None)
    assert found["site"](moved)[0] == pytest.approx(106.4)
    density, sd = found["internal, own reference"](moved)
    assert density == pytest.approx(100.0, abs=1.5)
    assert 5.0 < sd < 10.0


def test_figures_count_what_is_refused_and_what_is_covered():
    answers = iter([(104.0, 3.0), (90.0, 3.0)])

    def way(one):
        found = next(answers, None)
        if found is None:
            raise ValueError("no line")
        return found

    text = figures([PATIENT] * 3, way)
    assert text == "MAE   7.0  bias  -3.0  SD  7.0  covered  50%  refused 1"
