import csv
import importlib
import json
import sqlite3

import pytest

from ctbone.cli import main
from ctbone.errors import NothingUsable
from ctbone.ingest import IndexConfig, index, select_series
from tests.ingest.conftest import STUDY_UID, write_series, write_slice

CANARY = "Canary"


def table(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def canary_export(root):
    """An export whose every free text, path and identifier carries a name."""
    words = ("PatientName", "PatientID", "SeriesDescription", "StudyDescription", "ProtocolName",
             "BodyPartExamined", "AccessionNumber", "InstitutionName", "ConvolutionKernel",
             "ContrastBolusAgent", "PatientComments", "Manufacturer")  # fmt: skip
    tags = {**dict.fromkeys(words, CANARY), "BodyPartExamined": CANARY.upper()}
    write_series(root / CANARY, count=30, **tags)
    tags["BodyPartExamined"] = f"HEAD {CANARY.upper()}"
    uids = {"StudyInstanceUID": "1.7", "SeriesInstanceUID": "1.7.1"}
    write_series(root / f"{CANARY}2", count=30, **{**tags, **uids})
    uids = {"StudyInstanceUID": "1.8", "SeriesInstanceUID": "1.8.1"}
    picture = {"Modality": CANARY.upper(), "ImageType": [CANARY.upper(), "PRIMARY", "MIP"]}
    write_slice(root / f"{CANARY}3", **{**tags, **uids, **picture})
    (root / f"{CANARY}.txt").write_text(CANARY)
    whole = write_slice(root / f"{CANARY}4", **{**tags, **uids}).read_bytes()
    (root / f"{CANARY}5").write_bytes(whole[:-8])
    return root


def test_no_free_text_leaves_the_catalogue(tmp_path, capsys):
    out = tmp_path / "out"
    root = canary_export(tmp_path / "export")
    index(IndexConfig(export=root, out=out))
    for name in ("studies.csv", "series.csv", "run.json"):
        assert CANARY.lower() not in (out / name).read_text(encoding="utf-8").lower()
    assert CANARY.lower() not in capsys.readouterr().out.lower()
    database = sqlite3.connect(out / "catalogue.sqlite3")
    assert database.execute("SELECT count(*) FROM files").fetchone() == (64,)
    assert database.execute("SELECT value FROM about WHERE name = 'notice'").fetchone()
    database.close()


def test_tables_account_for_every_study(tmp_path):
    out = tmp_path / "out"
    write_series(tmp_path / "export" / "a", count=30)
    uids = {"StudyInstanceUID": "1.7", "SeriesInstanceUID": "1.7.1"}
    write_series(tmp_path / "export" / "b", count=3, **uids)
    index(IndexConfig(export=tmp_path / "export", out=out))
    studies = {row["study_uid"]: row for row in table(out / "studies.csv")}
    assert studies[STUDY_UID]["series_uid"]
    assert studies[STUDY_UID]["reason"] == ""
    assert studies["1.7"]["reason"] == "too_few_slices"
    series = table(out / "series.csv")
    assert [(row["study_uid"], row["is_chosen"]) for row in series] == [
        (STUDY_UID, "true"),
        ("1.7", "false"),
    ]
    run = json.loads((out / "run.json").read_text())
    assert run["counts"] == {"studies": 2, "readable": 1, "too_few_slices": 1}
    assert run["exit_code"] == 0


@pytest.mark.parametrize(("content", "message"), [(None, "must be a file"), (b" ", "is empty")])
def test_a_key_that_is_none_leaves_nothing_behind(tmp_path, content, message):
    write_series(tmp_path / "export", count=3)
    key = tmp_path / "key"
    if content:
        key.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        index(IndexConfig(export=tmp_path / "export", out=tmp_path / "out", site_key=key))
    assert not (tmp_path / "out").exists()


def test_several_flags_share_a_cell_with_semicolons(tmp_path):
    out = tmp_path / "out"
    write_series(tmp_path / "export", count=30, step_mm=4.0, KVP="80")
    index(IndexConfig(export=tmp_path / "export", out=out))
    (study,) = table(out / "studies.csv")
    assert study["flags"] == "contrast_unknown;thick_slices;kvp_not_120"


def test_series_rule_has_the_name_that_other_commands_give_it(tmp_path):
    write_series(tmp_path / "export", count=30)
    folders = ["--export", str(tmp_path / "export"), "--out", str(tmp_path / "out")]
    main(["index", *folders, "--series.minimum_slices", "31"])
    (study,) = table(tmp_path / "out" / "studies.csv")
    assert study["reason"] == "too_few_slices"


def test_help_says_what_the_command_does(capsys):
    with pytest.raises(SystemExit):
        main(["index", "--help"])
    assert "List what an export holds" in capsys.readouterr().out
    assert "``" not in IndexConfig.__doc__


def test_pseudonyms_are_stable_in_one_folder_and_follow_a_site_key(tmp_path):
    write_slice(tmp_path / "export" / "1")
    site_key = tmp_path / "key"
    site_key.write_bytes(b"secret\n")

    def pseudonym(out, **options):
        index(IndexConfig(export=tmp_path / "export", out=tmp_path / out, **options))
        return table(tmp_path / out / "studies.csv")[0]["patient_id"]

    first = pseudonym("a")
    assert pseudonym("a") == first
    assert pseudonym("b") != first
    assert pseudonym("c", site_key=site_key) == pseudonym("d", site_key=site_key)
    site_key.write_bytes(b" ")
    with pytest.raises(ValueError, match="site key is empty"):
        pseudonym("e", site_key=site_key)


def test_export_without_a_study_is_nothing_usable(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "note").write_text("nothing")
    with pytest.raises(NothingUsable, match="found none"):
        index(IndexConfig(export=tmp_path / "export", out=tmp_path / "out"))
    assert json.loads((tmp_path / "out" / "run.json").read_text())["exit_code"] == 3


def test_what_a_run_writes_lies_outside_its_export(tmp_path):
    for out in (tmp_path, tmp_path / "out"):
        with pytest.raises(ValueError, match="must lie outside the export"):
            index(IndexConfig(export=tmp_path, out=out))
    assert not list(tmp_path.iterdir())


def test_a_bug_costs_one_study(tmp_path, monkeypatch):
    write_series(tmp_path / "export" / "a", count=30)
    uids = {"StudyInstanceUID": "9.7", "SeriesInstanceUID": "9.7.1"}
    write_series(tmp_path / "export" / "b", count=30, **uids)
    calls = []

    def select(study, *, rule):
        calls.append(study)
        return select_series(study, rule=rule) if len(calls) > 1 else 1 / 0

    module = importlib.import_module("ctbone.ingest.command")
    monkeypatch.setattr(module, "select_series", select)
    index(IndexConfig(export=tmp_path / "export", out=tmp_path / "out"))
    first, second = table(tmp_path / "out" / "studies.csv")
    assert (first["reason"], second["reason"]) == ("unexpected", "")
    assert "ZeroDivisionError at " in first["detail"]


def test_a_run_that_is_stopped_leaves_no_part_of_a_table(tmp_path, monkeypatch):
    write_series(tmp_path / "export", count=30)

    def stop(*_, **__):
        raise KeyboardInterrupt

    module = importlib.import_module("ctbone.ingest.command")
    monkeypatch.setattr(module, "review_series", stop)
    with pytest.raises(KeyboardInterrupt):
        index(IndexConfig(export=tmp_path / "export", out=tmp_path / "out"))
    assert not list((tmp_path / "out").glob("*.csv"))


def test_a_folder_of_another_command_is_refused(tmp_path):
    write_series(tmp_path / "export", count=30)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text('{"command": "screen"}')
    with pytest.raises(ValueError, match="holds a run of ctbone screen"):
        index(IndexConfig(export=tmp_path / "export", out=tmp_path / "out"))
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["run.json"]
