"""The command with internal calibration, on a small simulated export."""

import csv
import json
from pathlib import Path

import pytest

from ctbone.phantom import SimulateConfig, SiteConfig, simulate
from ctbone.screening import ScreenConfig, screen

#: A scanner that reads all of the patient this much too high.
OFFSET_HU = 15.0


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "made"
    site = SiteConfig(
        "north", "siemens", offset_hu=OFFSET_HU, enhanced_fraction=0.0, potentials_kv=(120,)
    )
    simulate(
        SimulateConfig(
            out=folder,
            patients=2,
            seed=11,
            sites=(site,),
            matrix=128,
            pixel_mm=3.5,
            regions=("abdomen",),
            second_series_fraction=0.0,
        )
    )
    return folder


@pytest.fixture(scope="module")
def screened(made, tmp_path_factory):
    out = tmp_path_factory.mktemp("screened")
    config = {"export": made / "export", "masks": made / "masks.csv", "workers": 0}
    calibration = Path("soft_tissue")
    screen(ScreenConfig(out=out, internal_calibration=calibration, pictures=False, **config))
    return out


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_the_error_of_a_scanner_is_taken_off_and_the_truth_lies_in_the_limits(made, screened):
    truth = {r["study_uid"]: float(r["bmd_mg_cm3"]) for r in rows(made / "cohort.csv")}
    found = [r for r in rows(screened / "results.csv") if r["status"] == "screened"]
    assert found
    for row in found:
        limits = float(row["bmd_lower_mg_cm3"]), float(row["bmd_upper_mg_cm3"])
        assert limits[0] <= truth[row["study_uid"]] <= limits[1]
        assert 12.0 < limits[1] - limits[0] < 45.0
        assert row["model"] == "hu_line (tissues of the scan, by soft_tissue)"


@pytest.mark.slow
def test_the_line_of_each_scan_and_its_tissues_are_on_record(screened):
    results = {r["study_uid"]: r for r in rows(screened / "results.csv") if r["bmd_mg_cm3"]}
    lines = rows(screened / "lines.csv")
    assert {line["study_uid"] for line in lines} == results.keys()
    for line in lines:
        # The error of the simulated scanner is of the patient, not of air.
        assert float(line["air_hu"]) == pytest.approx(-1000.0, abs=3.0)
        zero_hu = -float(line["intercept_mg_cm3"]) / float(line["slope_mg_cm3_per_hu"])
        assert zero_hu == pytest.approx(OFFSET_HU, abs=12.0)
        found = results[line["study_uid"]]
        expected = float(line["slope_mg_cm3_per_hu"]) * float(found["trabecular_hu"])
        expected += float(line["intercept_mg_cm3"])
        assert float(found["bmd_mg_cm3"]) == pytest.approx(expected, abs=0.2)


@pytest.mark.slow
def test_the_run_says_what_calibrated_it(screened):
    run = json.loads((screened / "run.json").read_text())
    assert run["weights"].keys() >= {"internal calibration soft_tissue, version 1"}
    assert any("calibrated by tissues of its patient" in text for text in run["warnings"])


@pytest.mark.slow
def test_without_it_no_line_is_written(made, tmp_path):
    screen(
        ScreenConfig(
            export=made / "export",
            masks=made / "masks.csv",
            out=tmp_path,
            pictures=False,
            workers=0,
        )
    )
    assert not (tmp_path / "lines.csv").exists()
