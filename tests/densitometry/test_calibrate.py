"""A table of pairs becomes a line a scanner, or a plain refusal."""

import json
from pathlib import Path

import numpy as np
import pytest

from ctbone.densitometry import CalibrateConfig, calibrate, load_calibration
from ctbone.errors import NothingUsable

from .test_pairing import Run


def write_pairs(path, scanners, *, header="scanner,kvp,hu,bmd_mg_cm3"):
    rng = np.random.default_rng(2)
    lines = [header]
    for name, kvp, slope, intercept, count in scanners:
        for hu in rng.uniform(40.0, 220.0, count):
            bmd = slope * hu + intercept + rng.normal(0.0, 3.0)
            lines.append(f"{name},{kvp},{hu:.3f},{bmd:.3f}")
    path.write_text("\n".join(lines) + "\n")
    return path


def test_each_scanner_and_tube_potential_gets_its_line(tmp_path):
    scanners = [
        ("Scan/A 1", "120", 0.8, 2.0, 40),
        ("Scan/A 1", "100", 0.7, -4.0, 40),
        ("B", "", 0.9, 0.0, 5),
    ]
    pairs = write_pairs(tmp_path / "pairs.csv", scanners)
    calibrate(CalibrateConfig(pairs=pairs, out=tmp_path / "out", source="paired QCT"))
    assert {p.name for p in (tmp_path / "out").glob("*.yaml")} == {
        "scan_a_1_120kv.yaml",
        "scan_a_1_100kv.yaml",
    }
    line = load_calibration(tmp_path / "out" / "scan_a_1_120kv.yaml")
    assert line.slope_mg_cm3_per_hu == pytest.approx(0.8, abs=4 * line.slope_se)
    assert (line.scanner, line.kvp, line.source) == ("Scan/A 1", 120.0, "paired QCT")
    assert (line.pairs, line.bodies) == (40, 1)
    counts = json.loads((tmp_path / "out" / "run.json").read_text())["counts"]
    assert counts == {"scanners": 3, "calibrated": 2, "too_few_pairs": 1}


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_pairs_are_read_as_spreadsheets_write_them(tmp_path, delimiter):
    pairs = write_pairs(tmp_path / "pairs.csv", [("A", "120", 0.8, 0.0, 12)])
    pairs.write_text("\ufeff" + pairs.read_text().replace(",", delimiter), encoding="utf-8")
    calibrate(CalibrateConfig(pairs=pairs, out=tmp_path / "out", source="QCT"))
    assert load_calibration(tmp_path / "out" / "a_120kv.yaml").pairs == 12


def test_too_few_pairs_are_nothing_usable(tmp_path):
    pairs = write_pairs(tmp_path / "pairs.csv", [("A", "120", 0.8, 0.0, 9)])
    with pytest.raises(
        NothingUsable, match="with 10 pairs of different HU, found 9 pairs at most"
    ):
        calibrate(CalibrateConfig(pairs=pairs, out=tmp_path / "out", source="QCT"))


def test_scanners_that_share_a_file_name_are_refused(tmp_path):
    scanners = [("A-1", "120", 0.8, 0.0, 12), ("a 1", "120", 0.8, 0.0, 12)]
    pairs = write_pairs(tmp_path / "pairs.csv", scanners)
    with pytest.raises(ValueError, match="a_1_120kv"):
        calibrate(CalibrateConfig(pairs=pairs, out=tmp_path / "out", source="QCT"))


def test_a_scanner_without_latin_letters_and_digits_is_refused(tmp_path):
    pairs = write_pairs(tmp_path / "pairs.csv", [("\u6771\u829d", "", 0.8, 0.0, 12)])
    with pytest.raises(ValueError, match="by the Latin letters and digits of its scanner, got"):
        calibrate(CalibrateConfig(pairs=pairs, out=tmp_path / "out", source="QCT"))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["run.json"]


def test_a_run_leaves_no_line_of_an_earlier_one(tmp_path):
    for name in ("A", "B"):
        pairs = write_pairs(tmp_path / "pairs.csv", [(name, "120", 0.8, 0.0, 12)])
        calibrate(CalibrateConfig(pairs=pairs, out=tmp_path / "out", source="QCT"))
    assert [path.name for path in (tmp_path / "out").glob("*.yaml")] == ["b_120kv.yaml"]


def test_a_slope_that_no_scanner_has_names_the_scanner(tmp_path):
    scanners = [("A", "120", 0.8, 0.0, 40), ("Room 2", "100", -0.8, 200.0, 40)]
    pairs = write_pairs(tmp_path / "pairs.csv", scanners)
    with pytest.raises(ValueError, match=r"of Room 2 at 100 kV must lie .*, got -0\.8"):
        calibrate(CalibrateConfig(pairs=pairs, out=tmp_path / "out", source="QCT"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scanner,hu\nA,100\n", r"expected the columns \['bmd_mg_cm3'\]"),
        (
            "scanner,hu,bmd_mg_cm3\nA,100,high\n",
            "line 2: bmd_mg_cm3 must be a number with a decimal point, got 'high'",
        ),
        ("scanner,hu,bmd_mg_cm3\nA,nan,80\n", "line 2: hu must be a number"),
        (
            "scanner,kvp,hu,bmd_mg_cm3\nA,120,100,80\nA,120000,100,80\n",
            "line 3: kvp must lie between 40 and 200 kilovolts, got 120000",
        ),
        ("scanner,hu,bmd_mg_cm3\n,100,80\n", "line 2: expected the name of a scanner"),
        ("scanner,hu,bmd_mg_cm3\nA,100\n", "line 2: expected a cell a column"),
        (
            "scanner,hu,bmd_mg_cm3\nA,100,\n",
            "line 2: bmd_mg_cm3 must be a number with a decimal point, got ''",
        ),
    ],
)
def test_unsound_tables_are_refused(tmp_path, text, message):
    (tmp_path / "pairs.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        calibrate(CalibrateConfig(pairs=tmp_path / "pairs.csv", out=tmp_path, source="QCT"))


def test_a_line_of_few_pairs_says_that_it_gives_no_interval(tmp_path, capsys):
    table = "scanner,hu,bmd_mg_cm3\nA,100,80\nA,150,120\nA,200,160\n"
    (tmp_path / "pairs.csv").write_text(table)
    given = {"pairs": tmp_path / "pairs.csv", "out": tmp_path / "out", "source": "QCT"}
    calibrate(CalibrateConfig(**given, least_pairs=3))
    assert load_calibration(tmp_path / "out" / "a.yaml").sd_mg_cm3 is None
    (warning,) = json.loads((tmp_path / "out" / "run.json").read_text())["warnings"]
    expected = "a.yaml carry no interval: the SD about the line needs 10 pairs, found 3"
    assert warning.endswith(expected)
    assert "no interval" in capsys.readouterr().out


def test_the_source_is_asked_for_before_the_data(tmp_path):
    with pytest.raises(ValueError, match="source must say where"):
        CalibrateConfig(pairs=tmp_path / "nowhere.csv", out=tmp_path, source=" ")


def test_rows_that_are_means_of_bodies_are_said_to_be(tmp_path):
    pairs = write_pairs(tmp_path / "pairs.csv", [("A", "120", 0.8, 0.0, 12)])
    calibrate(CalibrateConfig(pairs=pairs, out=tmp_path / "out", source="QCT", bodies=3))
    assert load_calibration(tmp_path / "out" / "a_120kv.yaml").bodies == 3
    with pytest.raises(ValueError, match="bodies must be 1 or more, got 0"):
        CalibrateConfig(pairs=pairs, out=tmp_path / "out", source="QCT", bodies=0)


def test_a_line_needs_three_pairs(tmp_path):
    with pytest.raises(ValueError, match="least_pairs must be at least 3, got 2"):
        CalibrateConfig(pairs=tmp_path, out=tmp_path, source="QCT", least_pairs=2)


def test_a_line_comes_straight_from_a_screened_cohort(tmp_path):
    run = Run(tmp_path)
    noise = np.random.default_rng(3).normal(0.0, 2.0, 30)
    for number, scatter in enumerate(noise):
        hu = 60.0 + 5.0 * number
        run.add(hu={"L1": hu - 4.0, "L2": hu + 4.0}, bmd_mg_cm3=float(0.8 * hu + 3.0 + scatter))
    run.add(cells={"contrast": "true"})
    run.add(patient_id="p1.2.1", hu={"L1": 61.0, "L2": 61.0})
    run.pair()
    paths = {"vertebrae": tmp_path / "vertebrae.csv", "cohort": tmp_path / "cohort.csv"}
    calibrate(CalibrateConfig(**paths, out=tmp_path / "out", source="simulated"))
    line = load_calibration(tmp_path / "out" / "siemens_north_120kv.yaml")
    assert line.slope_mg_cm3_per_hu == pytest.approx(0.8, abs=4 * line.slope_se)
    assert (line.pairs, line.kvp, line.bodies) == (30, 120.0, 2)
    counts = json.loads((tmp_path / "out" / "run.json").read_text())["counts"]
    assert counts == {
        "paired": 30,
        "contrast_enhanced": 1,
        "another_of_the_patient": 1,
        "scanners": 1,
        "calibrated": 1,
        "too_few_pairs": 0,
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "give either pairs, or vertebrae and cohort"),
        ({"pairs": Path("a"), "vertebrae": Path("b"), "cohort": Path("c")}, "give either pairs"),
        ({"vertebrae": Path("b")}, "vertebrae and cohort belong together"),
        ({"pairs": Path("a"), "splits": ()}, "splits must name a split"),
        (
            {"vertebrae": Path("b"), "cohort": Path("c"), "bodies": 2},
            "bodies says what a row of pairs is of: give pairs with it",
        ),
    ],
)
def test_pairs_come_from_one_place(given, message):
    with pytest.raises(ValueError, match=message):
        CalibrateConfig(out=Path("out"), source="QCT", **given)


def test_scanners_and_folders_are_shown_as_they_are_called(tmp_path, capsys):
    pairs = write_pairs(tmp_path / "pairs.csv", [("[/b] A", "120", 0.8, 2.0, 12)])
    out = tmp_path / "[" / "a]"
    calibrate(CalibrateConfig(pairs=pairs, out=out, source="QCT"))
    said = capsys.readouterr().out
    assert "[/b] A" in said
    assert said.endswith(f"Calibrations: {out}\n")
