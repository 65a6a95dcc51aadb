from __future__ import annotations

import json

import pandas as pd
import pytest

from ctbone.interchange import AccuracyTable, ExportConfig, export, read_tables, write_tables
from ctbone.records import ContingencyTable

FORMS = ("stata", "mada", "meta4diag", "lme4", "revman", "metadta")


@pytest.fixture
def tables(tmp_path):
    def table(study, target, tp, **covariates):
        return AccuracyTable(
            study=study,
            target=target,
            covariates=covariates,
            table=ContingencyTable(
                true_positives=tp, false_positives=2, false_negatives=3, true_negatives=4
            ),
        )

    rows = [
        table("Zhao 2021", "osteoporosis", 1, backbone="resnet", my_own="x"),
        table("Abel 1999", "osteoporosis", 9, backbone="densenet"),
        table("Abel 1999", "osteoporosis", 8, backbone="densenet"),
        table("Zhao 2021", "normal", 7, backbone="resnet"),
    ]
    return write_tables(tmp_path / "confusion_matrices.csv", rows)


def run(tables, form, tmp_path):
    out = tmp_path / form
    export(ExportConfig(tables=tables, to=form, out=out))
    return out


@pytest.mark.parametrize("form", FORMS)
def test_what_was_written_is_read_again(tables, tmp_path, form):
    out = run(tables, form, tmp_path)
    ending = "dta" if form == "stata" else "csv"
    found = read_tables(out / f"{form}_osteoporosis.{ending}")
    assert sorted(t.table.true_positives for t in found) == [1, 8, 9]
    assert {(t.table.false_positives, t.table.true_negatives) for t in found} == {(2, 4)}
    assert [t.table.true_positives for t in read_tables(out / f"{form}_normal.{ending}")] == [7]
    assert (out / "run.json").is_file()


@pytest.mark.parametrize(
    ("form", "header"),
    [
        ("mada", "names,TP,FN,FP,TN,target,backbone,my_own"),
        ("meta4diag", "studynames,TP,FP,TN,FN,target,backbone,my_own"),
        ("lme4", "study,sens,spec,n,true,table,target,backbone,my_own"),
        ("revman", "Study,TP,FP,FN,TN,target,backbone,my_own"),
        ("metadta", "author,year,TP,FN,FP,TN,study,target,backbone,my_own"),
    ],
)
def test_headers_are_those_that_the_programs_read(tables, tmp_path, form, header):
    out = run(tables, form, tmp_path)
    assert (out / f"{form}_osteoporosis.csv").read_text().splitlines()[0] == header


def test_every_target_has_files_of_its_own(tmp_path):
    targets = ("骨质疏松", "骨量减少", "a b", "a-b", "Osteoporosis", "osteoporosis")
    rows = "".join(f'S,{n},2,3,4,"{target}"\n' for n, target in enumerate(targets))
    path = tmp_path / "t.csv"
    path.write_text(f"study,tp,fp,fn,tn,target\n{rows}", encoding="utf-8")
    files = sorted(run(path, "revman", tmp_path).glob("*.csv"))
    assert len(files) == 5
    found = [t.table.true_positives for file in files for t in read_tables(file)]
    assert sorted(found) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("form", FORMS)
def test_no_header_stands_twice(tmp_path, form):
    path = tmp_path / "t.csv"
    names = "study,names,studynames,author,year"
    path.write_text(f"{names},tp,fp,fn,tn\nA,b,c,d,1999,1,2,3,4\n")
    out = run(path, form, tmp_path)
    if form == "stata":
        frame = pd.read_stata(out / "stata.dta")
    else:
        frame = pd.read_csv(out / f"{form}.csv")
        header = (out / f"{form}.csv").read_text().splitlines()[0].lower().split(",")
        assert len(header) == len(set(header))
    assert {"b", "c", "d"} <= set(frame.iloc[0])


def test_a_second_export_leaves_nothing_of_the_first(tables, tmp_path):
    run(tables, "mada", tmp_path)
    rows = [t for t in read_tables(tables) if t.target == "normal"]
    again = write_tables(tmp_path / "again.csv", rows)
    out = run(again, "mada", tmp_path)
    export(ExportConfig(tables=again, to="revman", out=out))
    names = {path.name for path in out.iterdir()}
    assert names == {"mada_normal.csv", "mada_normal.R", "revman_normal.csv", "run.json"}


def test_an_export_does_not_write_over_what_it_reads(tables, tmp_path):
    out = run(tables, "mada", tmp_path)
    with pytest.raises(ValueError, match="which this run reads"):
        export(ExportConfig(tables=out / "mada_normal.csv", to="mada", out=out))
    assert (out / "mada_normal.csv").is_file()


def test_what_a_reader_has_to_know_is_printed_once(tables, tmp_path, capsys):
    out = run(tables, "revman", tmp_path)
    shown = " ".join(capsys.readouterr().out.split())
    assert shown.count("RevMan publishes no header for this file") == 1
    record = json.loads((out / "run.json").read_text())
    assert len(record["warnings"]) == 1


def test_a_table_that_stands_twice_is_said_and_written(tmp_path, capsys):
    path = tmp_path / "t.csv"
    path.write_text("study,tp,fp,fn,tn\nA,1,2,3,4\nA,1,2,3,4\n")
    out = run(path, "mada", tmp_path)
    assert len(read_tables(out / "mada.csv")) == 2
    assert "'A': 2 tables agree in every cell" in capsys.readouterr().out


def test_files_are_shown_as_they_are_called(tables, tmp_path, capsys):
    out = tmp_path / ":warning:" / ("long" * 20)
    export(ExportConfig(tables=tables, to="mada", out=out))
    assert f"{out / 'mada_osteoporosis.csv'}\n" in capsys.readouterr().out
