import csv

import pytest

from ctbone.errors import Reason
from ctbone.records import Rejection
from ctbone.screening import Ledger, screen_study

from .conftest import study


def rejection(uid, reason=Reason.LOCALIZER):
    return Rejection(
        study_uid=uid, patient_id="p", reason=reason, detail="d", stage="select", seconds=0.1
    )


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_exports_hold_a_row_a_study_in_order(tmp_path, make_pipeline):
    with Ledger(tmp_path / "ledger.sqlite3", config_digest="a") as ledger:
        ledger.append(rejection("1.9"))
        ledger.append(screen_study(study("1.5"), pipeline=make_pipeline()))
        ledger.append(rejection("1.1", Reason.NOT_CT))
        ledger.export(tmp_path)
        assert ledger.counts() == {"screened": 1, "rejected": 2, "localizer": 1, "not_ct": 1}
    results = rows(tmp_path / "results.csv")
    assert [(r["study_uid"], r["status"]) for r in results] == [
        ("1.1", "rejected"),
        ("1.5", "screened"),
        ("1.9", "rejected"),
    ]
    assert [r["level"] for r in rows(tmp_path / "vertebrae.csv")] == ["L1", "L2"]
    assert [r["reason"] for r in rows(tmp_path / "rejections.csv")] == ["not_ct", "localizer"]


def test_a_killed_run_goes_on_from_what_was_recorded(tmp_path, make_pipeline):
    path = tmp_path / "ledger.sqlite3"
    with Ledger(path, config_digest="a") as ledger:
        ledger.append(
            screen_study(study("1.5"), pipeline=make_pipeline()), fingerprint="as-it-was"
        )
    with Ledger(path, config_digest="a") as ledger:
        assert ledger.done() == {"1.5": "as-it-was"}
        ledger.append(rejection("1.6"))
        ledger.export(tmp_path)
    assert len(rows(tmp_path / "results.csv")) == 2


def test_another_configuration_is_noticed(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite3", config_digest="a" * 64) as ledger:
        ledger.append(rejection("1.1"))
    with pytest.raises(ValueError, match="another configuration"):
        Ledger(tmp_path / "ledger.sqlite3", config_digest="b" * 64)


def test_a_ledger_without_studies_takes_any_configuration(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite3", config_digest="a"):
        pass
    with Ledger(tmp_path / "ledger.sqlite3", config_digest="b") as ledger:
        ledger.append(rejection("1.1"))


def test_a_study_done_again_replaces_what_was_recorded(tmp_path, make_pipeline):
    with Ledger(tmp_path / "ledger.sqlite3", config_digest="a") as ledger:
        ledger.append(rejection("1.5"), fingerprint="half")
        ledger.append(screen_study(study("1.5"), pipeline=make_pipeline()), fingerprint="whole")
        ledger.export(tmp_path)
        assert ledger.counts() == {"screened": 1, "rejected": 0}
        assert ledger.done() == {"1.5": "whole"}
    assert [r["status"] for r in rows(tmp_path / "results.csv")] == ["screened"]
    assert rows(tmp_path / "rejections.csv") == []


def test_a_ledger_belongs_to_one_run_at_a_time(tmp_path):
    path = tmp_path / "ledger.sqlite3"
    with (
        Ledger(path, config_digest="a"),
        pytest.raises(ValueError, match="in use by another run"),
    ):
        Ledger(path, config_digest="a")


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    (tmp_path / "ledger.sqlite3").write_text("junk" * 1000)
    with pytest.raises(ValueError, match="is no ledger"):
        Ledger(tmp_path / "ledger.sqlite3", config_digest="a")
