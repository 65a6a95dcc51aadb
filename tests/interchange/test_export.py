from __future__ import annotations

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


@pytest.mark.parametrize("form", FORMS[1:])
def test_what_was_written_is_read_again(tables, tmp_path, form):
    out = run(tables, form, tmp_path)
    found = read_tables(out / f"{form}_osteoporosis.csv")
    assert sorted(t.table.true_positives for t in found) == [1, 8, 9]
    assert {(t.table.false_positives, t.table.true_negatives) for t in found} == {(2, 4)}
    assert [t.table.true_positives for t in read_tables(out / f"{form}_normal.csv")] == [7]
    assert (out / "run.json").is_file()


@pytest.mark.parametrize(
    ("form", "header"),
    [
        ("mada", "names,TP,FN,FP,TN,target,backbone,my_own"),
        ("meta4diag", "studynames,TP,FP,TN,FN,target,backbone,my_own"),
        ("revman", "Study,TP,FP,FN,TN,target,backbone,my_own"),
        ("metadta", "author,year,TP,FN,FP,TN,study,target,backbone,my_own"),
    ],
)
def test_headers_are_those_that_the_programs_read(tables, tmp_path, form, header):
    out = run(tables, form, tmp_path)
    assert (out / f"{form}_osteoporosis.csv").read_text().splitlines()[0] == header


def test_metadta_is_sorted_with_each_author_once(tables, tmp_path):
    frame = pd.read_csv(run(tables, "metadta", tmp_path) / "metadta_osteoporosis.csv")
    assert frame["author"].tolist() == ["Abel 1999", "Abel 1999 (2)", "Zhao 2021"]
    assert frame["year"].tolist() == [1999, 1999, 2021]


def test_stata_reads_whole_numbers_and_names_it_allows(tables, tmp_path):
    out = run(tables, "stata", tmp_path)
    frame = pd.read_stata(out / "stata_osteoporosis.dta")
    assert frame.columns.tolist() == [
        "study",
        "tp",
        "fp",
        "fn",
        "tn",
        "target",
        "backbone",
        "myown",
    ]
    assert frame["tp"].tolist() == [1, 9, 8]
    script = (out / "stata_osteoporosis.do").read_text()
    assert 'use "stata_osteoporosis.dta", clear' in script
    assert "midas tp fp fn tn, id(study) res(all)" in script
    assert "metandi tp fp fn tn" in script


def test_covariates_whose_names_collide_stay_apart(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("study,tp,fp,fn,tn,a_b,a-b,TP_,9x\nA,1,2,3,4,p,q,r,s\n")
    frame = pd.read_stata(run(path, "stata", tmp_path) / "stata.dta")
    assert frame.columns.tolist() == ["study", "tp", "fp", "fn", "tn", "ab", "ab2", "tp2", "v9x"]


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


def test_names_that_stata_keeps_to_itself_are_others(tmp_path):
    from pandas.io.stata import StataParser

    words = [*StataParser().RESERVED_WORDS, "using", "str5"]
    words = sorted({word.lower() for word in words})
    path = tmp_path / "t.csv"
    path.write_text(
        f"study,tp,fp,fn,tn,{','.join(words)}\nA,1,2,3,4{',x' * len(words)}\n", encoding="utf-8"
    )
    columns = pd.read_stata(run(path, "stata", tmp_path) / "stata.dta").columns
    assert len(columns) == 5 + len(words)
    assert {"vif", "vin", "vusing", "vstr5", "n"} <= set(columns)
    assert not {"if", "in", "using", "str5"} & set(columns)


def test_long_text_of_another_script_fits_into_stata(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(f"study,tp,fp,fn,tn\n{'骨' * 1000},1,2,3,4\n", encoding="utf-8")
    frame = pd.read_stata(run(path, "stata", tmp_path) / "stata.dta")
    assert frame["study"].tolist() == ["骨" * 681]


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
