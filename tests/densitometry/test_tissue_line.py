"""Lines of scans whose tissues are known: closed forms, chance and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from ctbone.densitometry import InternalReference, calibration_by_tissues, load_named
from ctbone.errors import CalibratorNotFound

SOFT = load_named(Path("soft_tissue"), InternalReference)
TISSUES = ("air", "fat", "muscle", "blood")


def seen(kev, *, offset_hu=0.0, scale=1.0, enhanced=False, tissues=TISSUES):
    """Return what a scanner shows of the mean patient."""
    true = {one: SOFT.expected_hu(one, kev, enhanced=enhanced) for one in tissues}
    return {one: scale * (hu + 1000.0) - 1000.0 + offset_hu for one, hu in true.items()}


@pytest.mark.parametrize("kvp", [100.0, 120.0, 140.0])
@pytest.mark.parametrize(("offset_hu", "scale"), [(0.0, 1.0), (12.0, 1.0), (-9.0, 1.02)])
def test_the_mean_patient_gives_the_line_of_the_scanner(kvp, offset_hu, scale):
    kev = SOFT.beam_kev[kvp]
    line = calibration_by_tissues(seen(kev, offset_hu=offset_hu, scale=scale), SOFT, kvp=kvp)
    for density in (50.0, 120.0):
        true_hu = SOFT.slope_hu(kev) * density
        shown_hu = scale * (true_hu + 1000.0) - 1000.0 + offset_hu
        assert line.density_mg_cm3(shown_hu) == pytest.approx(density, abs=1e-3)
    assert line.kvp == kvp
    assert line.scanner == "tissues of the scan, by soft_tissue"


def test_an_enhanced_scan_is_fitted_as_one():
    kev = SOFT.beam_kev[120.0]
    found = seen(kev, enhanced=True, tissues=("air", "fat", "muscle"))
    line = calibration_by_tissues(found, SOFT, kvp=120.0, enhanced=True)
    assert line.intercept_mg_cm3 == pytest.approx(0.0, abs=1e-6)
    plain = calibration_by_tissues(found, SOFT, kvp=120.0)
    assert plain.intercept_mg_cm3 < -2.0


def test_soft_tissue_hardly_moves_the_energy():
    # Fat of a spread too dark: as far as 8 keV less would have it, were it believed.
    found = seen(SOFT.beam_kev[120.0]) | {"fat": -114.5}
    line = calibration_by_tissues(found, SOFT, kvp=120.0)
    assert 1.0 / line.slope_mg_cm3_per_hu == pytest.approx(SOFT.slope_hu(72.6), rel=0.03)


def test_the_uncertainty_is_that_of_patients_and_scanners_drawn_by_it():
    rng = np.random.default_rng(3)
    mean = calibration_by_tissues(seen(72.6), SOFT, kvp=120.0)
    errors = []
    for _ in range(400):
        kev = rng.normal(72.6, SOFT.beam_sd_kev)
        spread = SOFT.between_patients_hu
        found = {one: rng.normal(hu, spread[one]) for one, hu in seen(kev).items()}
        try:
            line = calibration_by_tissues(found, SOFT, kvp=120.0)
        except CalibratorNotFound:
            continue
        errors.append(line.density_mg_cm3(100.0 * SOFT.slope_hu(kev)) - 100.0)
    expected = mean.sd_at_mg_cm3(100.0 * SOFT.slope_hu(72.6))
    drawn = np.hypot(np.std(errors), SOFT.scatter_mg_cm3)
    assert len(errors) > 380
    assert drawn == pytest.approx(expected, rel=0.12)


def test_what_is_known_less_well_is_more_uncertain():
    found = seen(72.6)
    best = calibration_by_tissues(found, SOFT, kvp=120.0).sd_at_mg_cm3(120.0)
    without = {one: hu for one, hu in found.items() if one != "blood"}
    assert calibration_by_tissues(without, SOFT, kvp=120.0).sd_at_mg_cm3(120.0) > best + 0.3
    assert calibration_by_tissues(found, SOFT, kvp=None).sd_at_mg_cm3(120.0) > best + 1.0


def test_a_tissue_that_is_of_something_else_is_named():
    message = r"muscle: expected 20 HU beside the other tissues, within 27, found -30"
    with pytest.raises(CalibratorNotFound, match=message):
        calibration_by_tissues(seen(72.6) | {"muscle": -30.0}, SOFT, kvp=120.0)


def test_a_scanner_that_there_is_not_is_refused():
    with pytest.raises(
        CalibratorNotFound, match=r"scale of HU within 5 % .* found it \+10.0 % off"
    ):
        calibration_by_tissues(seen(72.6, scale=1.1), SOFT, kvp=120.0)
