from __future__ import annotations

from dataclasses import replace

import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.delimited import read_rows
from ctbone.errors import Reason
from ctbone.interchange import OUTCOME_FILES, write_rejections, write_vertebrae
from ctbone.records import BinaryAnswer, BodyMask, Flag, Morphometry


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


def test_a_row_gives_t_score_and_probabilities_as_far_as_the_test_goes(tmp_path, screened):
    first, second = screened.estimates
    answer = BinaryAnswer(target="low_bone_mass", probability=0.875)
    estimates = (
        replace(first, t_score=-1.5, t_score_sd=0.25, binary=answer),
        replace(second, probabilities=(0.5, 0.375, 0.125)),
    )
    path = write_vertebrae(tmp_path / "v.csv", [replace(screened, estimates=estimates)])
    names = ("t_score", "t_score_sd", "p_normal", "p_osteopenia", "p_osteoporosis")
    found = [tuple(cells[name] for name in names) for _, cells in read_rows(path)]
    assert found == [("-1.5", "0.25", "0.125", "", ""), ("", "", "0.5", "0.375", "0.125")]


def test_a_row_says_whether_a_level_was_measured_as_far_as_a_result_knows(tmp_path, screened):
    (whole,) = screened.vertebrae
    body = BodyMask(np.ones((2, 3, 4), np.bool_), np.diag([1.0, 1.0, 2.0, 1.0]))
    cut = replace(whole, level=VertebralLevel.T12, is_whole=False, body=body)
    passed_over = replace(whole, level=VertebralLevel.L3)
    vertebrae = (cut, whole, passed_over)
    path = write_vertebrae(tmp_path / "v.csv", [replace(screened, vertebrae=vertebrae)])
    found = {cells["level"]: cells for _, cells in read_rows(path)}
    assert {name: (row["evaluable"], row["reason"]) for name, row in found.items()} == {
        "T12": ("false", "truncated"),
        "L1": ("true", ""),
        "L2": ("true", ""),
        "L3": ("", ""),
    }
    assert (found["T12"]["body_volume_mm3"], found["L1"]["body_volume_mm3"]) == ("48.0", "")
    assert found["L1"]["trabecular_sd_hu"] == ""


def test_a_row_has_the_columns_of_the_format_first_and_in_order():
    first = [
        "study_uid",
        "series_uid",
        "level",
        "centroid_x_mm",
        "centroid_y_mm",
        "centroid_z_mm",
        "confidence",
        "runner_up",
        "evaluable",
        "reason",
        "trabecular_hu",
        "trabecular_volume_mm3",
        "body_volume_mm3",
        "height_anterior_mm",
        "height_middle_mm",
        "height_posterior_mm",
    ]
    assert list(OUTCOME_FILES["vertebrae.csv"][: len(first)]) == first


def test_a_row_says_why_a_level_is_not_measured_and_what_it_else_would_be(tmp_path, screened):
    (whole,) = screened.vertebrae
    heights = Morphometry(height_anterior_mm=18.0, height_middle_mm=20.5, height_posterior_mm=25.0)
    broken = replace(
        whole,
        level=VertebralLevel.L3,
        runner_up=VertebralLevel.L4,
        morphometry=heights,
        reason=Reason.FRACTURE,
        detail="expected at most 20 %,\nfound 28 %",
        flags=(Flag.BORDERLINE_HEIGHT,),
    )
    level = VertebralLevel.T12
    outcome = replace(screened, vertebrae=(whole, broken), missing=(level,))
    path = write_vertebrae(tmp_path / "v.csv", [outcome])
    found = {cells["level"]: cells for _, cells in read_rows(path)}
    row = found["L3"]
    assert (row["evaluable"], row["reason"], row["runner_up"]) == ("false", "fracture", "L4")
    assert row["detail"] == "expected at most 20 %, found 28 %"
    assert [row[f"height_{name}_mm"] for name in ("anterior", "middle", "posterior")] == [
        "18.0",
        "20.5",
        "25.0",
    ]
    assert row["flags"] == "borderline_height"
    assert (found["T12"]["reason"], found["T12"]["centroid_x_mm"]) == ("level_not_in_field", "")


def test_flags_of_a_vertebra_and_of_its_measurement_stand_together(tmp_path, screened):
    (whole,) = screened.vertebrae
    marked = replace(whole, flags=(Flag.METAL_NEARBY,))
    first = replace(screened.estimates[0], flags=(Flag.UNCALIBRATED,))
    path = write_vertebrae(
        tmp_path / "v.csv", [replace(screened, vertebrae=(marked,), estimates=(first,))]
    )
    ((_, cells),) = read_rows(path)
    assert cells["flags"] == "uncalibrated;metal_nearby"


def test_a_rejected_study_keeps_what_was_located_in_it(tmp_path, screened, rejected):
    (whole,) = screened.vertebrae
    refused = replace(whole, reason=Reason.METAL, detail="found metal")
    located = replace(rejected, vertebrae=(refused,), series_uid="1.2.3.4")
    path = write_vertebrae(tmp_path / "v.csv", [located])
    ((_, cells),) = read_rows(path)
    named = ("study_uid", "series_uid", "level", "evaluable", "reason")
    assert [cells[name] for name in named] == ["1.2.9", "1.2.3.4", "L1", "false", "metal"]


def test_a_row_for_every_rejection_and_no_other(tmp_path, screened, rejected):
    path = write_rejections(tmp_path / "rejections.csv", [screened, rejected])
    assert [cells for _, cells in read_rows(path)] == [
        {"study_uid": "1.2.9", "reason": "not_ct", "detail": rejected.detail, "stage": "select"}
    ]
