"""A line of one scanner is not passed off as that of another."""

import pytest

from ctbone.densitometry import Calibration, calibration_fits
from ctbone.records import SeriesRecord


def make_line(scanner, kvp=None):
    return Calibration(
        slope_mg_cm3_per_hu=0.8,
        intercept_mg_cm3=0.0,
        phantom="k2hpo4",
        scanner=scanner,
        kvp=kvp,
        source="test",
    )


def make_series(manufacturer="SIEMENS", model="SOMATOM Definition AS+", kvp=120.0):
    return SeriesRecord(
        series_uid="1.2",
        modality="CT",
        sop_class_uid="",
        description="",
        kernel="B30f",
        kvp=kvp,
        contrast=None,
        body_part="",
        manufacturer=manufacturer,
        model=model,
        slices=(),
    )


@pytest.mark.parametrize(
    ("scanner", "manufacturer", "model"),
    [
        ("Siemens SOMATOM Definition AS", "SIEMENS", "SOMATOM Definition AS+"),
        ("definition AS", "SIEMENS", "SOMATOM Definition AS+"),
        ("Siemens, room 2", "Siemens Healthineers", "SOMATOM Force"),
        ("Siemens SOMATOM Force, room 2", "Siemens Healthineers", "SOMATOM Force"),
        ("GE LightSpeed16", "GE MEDICAL SYSTEMS", "LightSpeed 16"),
        ("Canon Aquilion ONE", "TOSHIBA", "Aquilion ONE"),
        ("GE LightSpeed VCT", "GEMS", "LightSpeed VCT"),
        ("GE, room 1", "GEMS", ""),
        ("Hitachi Scenaria", "FUJIFILM Corporation", "Scenaria View"),
        ("north", "GE MEDICAL SYSTEMS", "LightSpeed VCT"),
        ("Siemens SOMATOM Force", "", ""),
        ("Siemens SOMATOM Force", "SIEMENS", ""),
    ],
)
def test_the_same_scanner_fits_and_so_does_one_not_named(scanner, manufacturer, model):
    assert calibration_fits(make_line(scanner), make_series(manufacturer, model)) is None


@pytest.mark.parametrize(
    ("scanner", "manufacturer", "model"),
    [
        ("Siemens", "GE MEDICAL SYSTEMS", "LightSpeed VCT"),
        ("Siemens", "NeuroLogica", ""),
        ("SOMATOM Force", "Philips", ""),
        ("Siemens SOMATOM Force", "SIEMENS", "SOMATOM Definition AS+"),
        ("GE LightSpeed 16", "GE MEDICAL SYSTEMS", "LightSpeed VCT"),
    ],
)
def test_another_scanner_is_named_beside_the_calibrated_one(scanner, manufacturer, model):
    reason = calibration_fits(make_line(scanner), make_series(manufacturer, model))
    found = f"{manufacturer} {model}".strip()
    assert reason == f"the calibration is for {scanner}, the series was made by {found}"


def test_another_tube_potential_does_not_fit():
    reason = calibration_fits(make_line("Siemens", 120.0), make_series(kvp=100.0))
    assert reason == "the calibration is for 120 kV, the series was made at 100 kV"


@pytest.mark.parametrize(("fitted", "used"), [(120.0, 120.4), (None, 100.0), (120.0, None)])
def test_equal_and_unknown_tube_potentials_fit(fitted, used):
    assert calibration_fits(make_line("Siemens", fitted), make_series(kvp=used)) is None
