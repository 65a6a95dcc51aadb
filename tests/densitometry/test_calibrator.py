from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ctbone.densitometry import Calibrator, calibration_by_rods, load_named, named_path

MINDWAYS = load_named(Path("mindways_k2hpo4"), Calibrator)
APATITE = load_named(Path("hydroxyapatite"), Calibrator)


@pytest.mark.parametrize(("slope", "offset"), [(1.467, -1000.0), (1.62, -995.0), (1.2, -1004.0)])
def test_the_equations_of_the_phantom_are_solved(slope, offset):
    rods_hu = MINDWAYS.water + slope * MINDWAYS.salt + offset
    line = calibration_by_rods(rods_hu, MINDWAYS, kvp=120.0)
    bone_hu = 100.0 * (slope - 0.2174) + (offset + 999.6)
    assert line.density_mg_cm3(bone_hu) == pytest.approx(100.0)
    assert (line.kvp, line.phantom, line.sd_mg_cm3) == (120.0, "k2hpo4", None)
    assert line.scanner == "phantom mindways_k2hpo4 in the scan"


def test_rods_of_hydroxyapatite_come_with_their_displacement():
    line = calibration_by_rods(1.05 * APATITE.salt + 3.0, APATITE, kvp=None)
    assert line.slope_mg_cm3_per_hu == pytest.approx(1.0 / 1.05)
    assert line.intercept_mg_cm3 == pytest.approx(-3.0 / 1.05)
    assert line.phantom == "hydroxyapatite"


def test_rods_that_fall_with_density_are_no_line():
    with pytest.raises(ValueError, match=r"must rise with density, got -1 HU"):
        calibration_by_rods(-1.0 * APATITE.salt, APATITE, kvp=None)


def test_a_slope_that_no_scanner_has_is_refused():
    with pytest.raises(ValueError, match=r"slope_mg_cm3_per_hu .* must lie"):
        calibration_by_rods(9.0 * APATITE.salt, APATITE, kvp=None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"water_mg_cm3": {"0": 1000.0}}, "must name the same rods"),
        (
            {"mg_cm3": {"a": 1.0, "b": 1.0}, "water_mg_cm3": {"a": 1.0, "b": 1.0}},
            "a line needs 3 densities",
        ),
        ({"least_pitch_mm": 10.0}, "rods must lie beside each other"),
        ({"most_pitch_mm": float("nan")}, "rods must lie beside each other"),
    ],
)
def test_phantoms_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(APATITE, **change)


def test_a_phantom_is_a_file_or_the_name_of_one_that_ships(tmp_path):
    assert named_path(tmp_path / "own.yaml", Calibrator) == tmp_path / "own.yaml"
    with pytest.raises(ValueError, match=r"ships; calibrators/ holds .*mindways"):
        named_path(Path("other"), Calibrator)


def test_rods_keep_the_order_of_the_file():
    assert np.array_equal(APATITE.salt, [0.0, 75.0, 150.0, 200.0])
