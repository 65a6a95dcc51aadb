import csv
import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from ctbone.errors import Reason
from ctbone.records import Flag, Rejection
from ctbone.screening import Ledger, screen_study

from .fakes import study

A, B = {"levels": ("L1", "a")}, {"levels": ("L2", "b")}


def rejection(uid, reason=Reason.LOCALIZER):
    return Rejection(
        study_uid=uid, patient_id="p", reason=reason, detail="d", stage="select", seconds=0.1
    )


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_exports_hold_a_row_a_study_in_order(tmp_path, make_pipeline):
    with Ledger(tmp_path / "ledger.sqlite3", options=A) as ledger:
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
    with Ledger(path, options=A) as ledger:
        ledger.append(
            screen_study(study("1.5"), pipeline=make_pipeline()), fingerprint="as-it-was"
        )
    with Ledger(path, options=A) as ledger:
        assert ledger.done() == {"1.5": "as-it-was"}
        ledger.append(rejection("1.6"))
        ledger.export(tmp_path)
    assert len(rows(tmp_path / "results.csv")) == 2


def test_studies_with_a_flag_are_counted_however_they_ended(tmp_path, make_pipeline):
    with Ledger(tmp_path / "ledger.sqlite3", options=A) as ledger:
        failed = (Flag.DELIVERY_FAILED,)
        ledger.append(replace(rejection("1.9"), flags=failed))
        ledger.append(rejection("1.8"))
        result = screen_study(study("1.5"), pipeline=make_pipeline())
        ledger.append(replace(result, flags=(*result.flags, *failed)))
        assert ledger.flagged(Flag.DELIVERY_FAILED) == 2
        ledger.export(tmp_path)
    flags = {row["study_uid"]: row["flags"] for row in rows(tmp_path / "results.csv")}
    assert (flags["1.9"], flags["1.8"]) == ("delivery_failed", "")


def test_studies_of_a_reason_can_be_left_out_of_what_is_done(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite3", options=A) as ledger:
        ledger.append(rejection("1.1", Reason.TIME_LIMIT))
        ledger.append(rejection("1.2", Reason.METAL))
        assert set(ledger.done()) == {"1.1", "1.2"}
        assert set(ledger.done(but=[Reason.TIME_LIMIT, Reason.WORKER_LOST])) == {"1.2"}


def test_another_configuration_is_noticed_by_the_options_that_differ(tmp_path):
    path = tmp_path / "ledger.sqlite3"
    before = {"levels": ("L1 L2", "a"), "export": ("CT", "b"), "rule": ("r.yaml", "c")}
    with Ledger(path, options=before) as ledger:
        ledger.append(rejection("1.1"))
    now = {"levels": ("L1", "d"), "export": ("CT", "e"), "masks": ("m.csv", "f")}
    expected = (
        "another configuration: export is another CT; levels was L1 L2, is L1; "
        "masks was not given, is m.csv; rule was r.yaml, is not given; give the same"
    )
    with pytest.raises(ValueError, match=expected):
        Ledger(path, options=now)
    with Ledger(path, options=before) as ledger:
        assert ledger.counts()["rejected"] == 1


def test_a_ledger_of_an_earlier_version_is_another_configuration(tmp_path):
    path = tmp_path / "ledger.sqlite3"
    with Ledger(path, options=A) as ledger:
        ledger.append(rejection("1.1"))
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM about WHERE name = 'options'")
    with pytest.raises(ValueError, match="another configuration: of an earlier version"):
        Ledger(path, options=A)


def test_seconds_are_summed_over_sessions(tmp_path):
    path = tmp_path / "ledger.sqlite3"
    with Ledger(path, options=A) as ledger:
        ledger.spend({"load": 1.0})
        ledger.spend({"load": 1.0, "read": 2.5})
    with Ledger(path, options=A) as ledger:
        assert ledger.seconds() == {"load": 1.0, "read": 2.5}
        ledger.spend({"load": 0.5})
    with Ledger(path, options=A) as ledger:
        assert ledger.seconds() == {"load": 1.5, "read": 2.5}


def test_a_ledger_without_studies_takes_any_configuration(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite3", options=A):
        pass
    with Ledger(tmp_path / "ledger.sqlite3", options=B) as ledger:
        ledger.append(rejection("1.1"))


def test_a_study_done_again_replaces_what_was_recorded(tmp_path, make_pipeline):
    with Ledger(tmp_path / "ledger.sqlite3", options=A) as ledger:
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
        Ledger(path, options=A),
        pytest.raises(ValueError, match="in use by another run"),
    ):
        Ledger(path, options=A)


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    (tmp_path / "ledger.sqlite3").write_text("junk" * 1000)
    with pytest.raises(ValueError, match="is no ledger"):
        Ledger(tmp_path / "ledger.sqlite3", options=A)


def test_rows_of_before_a_column_export_it_empty(tmp_path, make_pipeline):
    path = tmp_path / "ledger.sqlite3"
    with Ledger(path, options=A) as ledger:
        ledger.append(screen_study(study("1.5"), pipeline=make_pipeline()))
    with closing(sqlite3.connect(path)) as database, database:
        ((cells,),) = database.execute("SELECT cells FROM rows WHERE file = 'results.csv'")
        old = {k: v for k, v in json.loads(cells).items() if k not in ("kernel", "contrast")}
        update = "UPDATE rows SET cells = ? WHERE file = 'results.csv'"
        database.execute(update, (json.dumps(old),))
    with Ledger(path, options=A) as ledger:
        ledger.append(screen_study(study("1.6"), pipeline=make_pipeline()))
        ledger.export(tmp_path)
    found = [(r["kernel"], r["contrast"], r["kvp"]) for r in rows(tmp_path / "results.csv")]
    assert found == [("", "", "120.0"), ("B30f", "false", "120.0")]
