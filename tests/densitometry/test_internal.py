"""Which tissues of a scan give its line, and what is said where they cannot."""

from pathlib import Path

import pytest

from ctbone.densitometry import (
    InternalReference,
    calibrate_internally,
    calibration_by_tissues,
    internal,
    load_named,
)
from ctbone.densitometry.tissue_samples import TissueSample
from ctbone.errors import CalibratorNotFound, OutOfDomain
from ctbone.records import Flag

SOFT = load_named(Path("soft_tissue"), InternalReference)
NATIVE = {"air": -998.0, "fat": -101.0, "muscle": 48.0, "blood": 44.0}


@pytest.fixture
def calibrate(monkeypatch):
    """Calibrate a scan that shows some tissues; what is None is too small by a voxel."""

    def run(contrast=None, kvp=120.0, **changes):
        samples = {
            name: TissueSample(hu, 2999.0 if hu is None else 9000.0, 3000.0)
            for name, hu in (NATIVE | changes).items()
        }
        monkeypatch.setattr(internal, "sample_tissues", lambda *_: samples)
        return calibrate_internally(None, (), SOFT, kvp=kvp, contrast=contrast)

    return run


@pytest.mark.parametrize("contrast", [False, None])
def test_all_tissues_of_a_native_scan_count(calibrate, contrast):
    found = calibrate(contrast)
    assert found.found_hu == NATIVE
    assert found.flags == ()
    assert found.line == calibration_by_tissues(NATIVE, SOFT, kvp=120.0)


@pytest.mark.parametrize(("contrast", "blood"), [(True, 60.0), (None, 150.0), (False, 75.0)])
def test_blood_of_an_enhanced_scan_is_not_used(calibrate, contrast, blood):
    found = calibrate(contrast, blood=blood)
    assert set(found.found_hu) == {"air", "fat", "muscle"}
    assert found.flags == (Flag.CONTRAST_ENHANCED, Flag.CALIBRATED_WITHOUT_BLOOD)
    expected = calibration_by_tissues(found.found_hu, SOFT, kvp=120.0, enhanced=True)
    assert found.line == expected


def test_a_scan_without_muscle_is_flagged(calibrate):
    assert calibrate(muscle=None).flags == (Flag.CALIBRATED_WITHOUT_MUSCLE,)


@pytest.mark.parametrize("tissue", ["air", "fat"])
def test_what_is_always_needed_is_named(calibrate, tissue):
    expected = f"^{tissue}: expected at least 3000 mm3 of it about T12 to L3, found 2999$"
    with pytest.raises(CalibratorNotFound, match=expected):
        calibrate(**{tissue: None})


def test_neither_muscle_nor_blood_is_too_little(calibrate):
    with pytest.raises(
        CalibratorNotFound, match=r"^muscle: .* 2999; blood: expected at least 3000"
    ):
        calibrate(muscle=None, blood=None)
    with pytest.raises(CalibratorNotFound, match="blood: not used where an agent is given"):
        calibrate(contrast=True, muscle=None)


def test_a_potential_that_is_not_known_is_out_of_the_domain(calibrate):
    with pytest.raises(OutOfDomain, match="found a series made at 80 kV"):
        calibrate(kvp=80.0)
    assert calibrate(kvp=None).line.kvp is None
