from __future__ import annotations

from dataclasses import replace

import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.delimited import read_rows
from ctbone.interchange import write_rejections, write_vertebrae
from ctbone.records import BodyMask


def test_a_row_for_every_level_localised_or_measured(tmp_path, screened, rejected):
    path = write_vertebrae(tmp_path / "vertebrae.csv", [screened, rejected])
    first, second = (cells for _, cells in read_rows(path))
    assert (first["level"], first["centroid_z_mm"], first["confidence"]) == ("L1", "3.5", "0.9")
    assert (first["trabecular_hu"], first["bmd_mg_cm3"], first["sd_mg_cm3"]) == (
        "120.0",
        "100.0",
        "",
    )
    assert (second["level"], second["centroid_x_mm"]) == ("L2", "")


def test_a_row_gives_the_spread_of_attenuation_and_the_volume(tmp_path, screened):
    spread = {"median": 101.5, "sd": 31.25, "p10": 60.0, "p90": 140.0}
    figures = {f"trabecular_{name}_hu": value for name, value in spread.items()}
    figures["trabecular_volume_mm3"] = 2500.0
    first = replace(screened.estimates[0], **figures)
    path = write_vertebrae(tmp_path / "v.csv", [replace(screened, estimates=(first,))])
    ((_, cells),) = read_rows(path)
    assert {name: float(cells[name]) for name in figures} == figures


def test_a_row_says_whether_a_level_was_measured_as_far_as_a_result_knows(tmp_path, screened):
    (whole,) = screened.vertebrae
    body = BodyMask(np.ones((2, 3, 4), np.bool_), np.diag([1.0, 1.0, 2.0, 1.0]))
    cut = replace(whole, level=VertebralLevel.T12, is_whole=False, body=body)
    passed_over = replace(whole, level=VertebralLevel.L3)
    vertebrae = (cut, whole, passed_over)
    path = write_vertebrae(tmp_path / "v.csv", [replace(screened, vertebrae=vertebrae)])
    found = {cells["level"]: cells for _, cells in read_rows(path)}
    assert {name: (row["evaluable"], row["reason"]) for name, row in found.items()} == {
        "T12": ("false", "level_not_in_field"),
        "L1": ("true", ""),
        "L2": ("true", ""),
        "L3": ("", ""),
    }
    assert (found["T12"]["body_volume_mm3"], found["L1"]["body_volume_mm3"]) == ("48.0", "")
    assert found["L1"]["trabecular_sd_hu"] == ""


def test_a_row_for_every_rejection_and_no_other(tmp_path, screened, rejected):
    path = write_rejections(tmp_path / "rejections.csv", [screened, rejected])
    assert [cells for _, cells in read_rows(path)] == [
        {"study_uid": "1.2.9", "reason": "not_ct", "detail": rejected.detail, "stage": "select"}
    ]
