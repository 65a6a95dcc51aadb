from __future__ import annotations

from ctbone.delimited import read_rows
from ctbone.interchange import write_rejections, write_vertebrae


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


def test_a_row_for_every_rejection_and_no_other(tmp_path, screened, rejected):
    path = write_rejections(tmp_path / "rejections.csv", [screened, rejected])
    assert [cells for _, cells in read_rows(path)] == [
        {"study_uid": "1.2.9", "reason": "not_ct", "detail": rejected.detail, "stage": "select"}
    ]
