"""lines.csv: which studies stand in it, and with what."""

from dataclasses import replace

from ctbone.interchange import OUTCOME_FILES, line_cells
from ctbone.records import ScanLine

LINE = ScanLine(
    calibration="tissues of the scan, by soft_tissue",
    phantom="k2hpo4",
    slope_mg_cm3_per_hu=0.77794,
    intercept_mg_cm3=-1.50001,
    slope_se=0.0389,
    intercept_se_mg_cm3=3.83,
    tissues_hu={"air": -1000.2, "fat": -104.0, "muscle": 48.0},
)


def test_a_scan_with_a_line_of_its_own_has_a_row(screened):
    (row,) = line_cells(replace(screened, line=LINE))
    assert tuple(row) == OUTCOME_FILES["lines.csv"]
    assert row["study_uid"] == screened.study_uid
    assert (row["slope_mg_cm3_per_hu"], row["intercept_mg_cm3"]) == (0.7779, -1.5)
    assert (row["fat_hu"], row["blood_hu"]) == (-104.0, None)


def test_a_line_by_a_phantom_has_no_tissues(screened):
    plain = replace(LINE, slope_se=None, intercept_se_mg_cm3=None, tissues_hu={})
    (row,) = line_cells(replace(screened, line=plain))
    assert [row[name] for name in ("slope_se", "air_hu", "blood_hu")] == [None, None, None]


def test_what_has_no_line_has_no_row(screened, rejected):
    assert list(line_cells(screened)) == list(line_cells(rejected)) == []
