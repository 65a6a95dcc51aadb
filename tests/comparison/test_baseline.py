import pytest

from ctbone.comparison.baseline import fit_line
from ctbone.comparison.execution import Narrator, StepFailed
from ctbone.delimited import read_rows, write_rows
from ctbone.densitometry import load_calibration
from tests.comparison.test_material import cohort_of

COLUMNS = ("study_uid", "level", "trabecular_hu")
ACQUIRED = ("study_uid", "manufacturer", "kvp", "contrast", "flags")


def write_screening(folder, count):
    """Attenuation on a line of slope 0.8 and intercept 5, of scanners of two makers."""
    studies = [(f"1.{n}", 100.0 + 10.0 * n) for n in range(count)]
    write_rows(
        folder / "vertebrae.csv",
        COLUMNS,
        [
            {"study_uid": uid, "level": level, "trabecular_hu": hu + shift}
            for uid, hu in studies
            for level, shift in (("L1", -3.0), ("L2", 3.0))
        ],
    )
    makers = (
        {"study_uid": uid, "manufacturer": f"m{i % 2}"} for i, (uid, _) in enumerate(studies)
    )
    write_rows(folder / "results.csv", ACQUIRED, makers)
    return cohort_of(folder, [(uid, 0.8 * hu + 5.0, "train") for uid, hu in studies])


def test_one_line_is_fitted_to_all_scanners(tmp_path):
    cohort = write_screening(tmp_path, 12)
    path = fit_line(
        tmp_path / "results.csv", cohort, out=tmp_path / "hu_line", narrator=Narrator()
    )
    line = load_calibration(path)
    assert (line.slope_mg_cm3_per_hu, line.intercept_mg_cm3) == pytest.approx((0.8, 5.0), abs=1e-3)
    assert line.bodies == 2
    assert len(read_rows(tmp_path / "hu_line" / "pairs.csv")) == 12


def test_too_few_pairs_are_told(tmp_path):
    cohort = write_screening(tmp_path, 3)
    results, out = tmp_path / "results.csv", tmp_path / "hu_line"
    with pytest.raises(StepFailed, match="calibrate: expected a scanner with 10 pairs"):
        fit_line(results, cohort, out=out, narrator=Narrator())
    write_rows(tmp_path / "vertebrae.csv", COLUMNS, [])
    with pytest.raises(StepFailed, match="no training patient has attenuation"):
        fit_line(results, cohort, out=out, narrator=Narrator())
