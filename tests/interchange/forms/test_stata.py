from __future__ import annotations

import random
import re

import pandas as pd
import pytest

from ctbone.interchange import read_tables
from ctbone.interchange.forms import stata

from .conftest import AUDITC, to_table


def write(tmp_path, *covariates):
    """Write a table a mapping of covariates; return the data, the do-file and the notes."""
    tables = [to_table(f"S{i}", AUDITC[i], covariates=own) for i, own in enumerate(covariates)]
    written = stata.write(tmp_path, "stata", tables)
    data, script = written.paths
    return data, script.read_text(encoding="utf-8").splitlines(), written.notes


def test_commands_name_their_variables_in_order(tmp_path):
    _, lines, _ = write(tmp_path, {})
    assert [line for line in lines if line and not line.startswith("*")] == [
        'use "stata.dta", clear',
        "midas tp fp fn tn, id(study) res(all)",
        "metandi tp fp fn tn",
        "metadta tp fp fn tn, studyid(study)",
    ]


def test_whole_numbers_are_numbers_and_the_rest_is_text(tmp_path):
    data, _, _ = write(tmp_path, {"year": "2001", "code": "07"}, {"year": "", "code": "8"})
    frame = pd.read_stata(data)
    assert frame["year"].tolist()[0] == 2001
    assert frame["year"].isna().tolist() == [False, True]
    assert frame["code"].tolist() == ["07", "8"]
    assert [t.covariates for t in read_tables(data)] == [
        {"year": "2001", "code": "07"},
        {"year": "", "code": "8"},
    ]


def test_meta_regressions_are_offered_where_groups_differ(tmp_path):
    own = [
        {"year": str(2000 + i), "plane": "ab"[i % 2], "reader": f"r{i}", "site": "one"}
        for i in range(6)
    ]
    _, lines, _ = write(tmp_path, *own)
    assert [line for line in lines if "generate(" in line or "regvars(" in line] == [
        "* midas tp fp fn tn, id(study) regvars(year)",
        "* tabulate plane, generate(group2is)",
        "* midas tp fp fn tn, id(study) regvars(group2is1)",
    ]


def test_names_of_variables_suit_stata_and_their_labels_are_the_names(tmp_path):
    own = {"a_b": "1", "a-b": "2", "9x": "3", "骨": "4", "if": "5", "y" * 40: "6", "z" * 90: "7"}
    data, _, notes = write(tmp_path, own)
    names = pd.read_stata(data).columns.tolist()
    assert names[5:] == ["ab", "ab2", "v9x", "covariate", "vif", "y" * 29, "z" * 29]
    (found,) = read_tables(data)
    lost = {"z" * 29: "7"}
    assert found.covariates == {n: c for n, c in own.items() if len(n) <= 80} | lost
    assert notes == (
        "Stata holds labels of 80 characters; names of columns that are kept as short ones only:"
        " 1.",
    )


def test_names_that_stata_keeps_to_itself_are_others(tmp_path):
    from pandas.io.stata import StataParser

    words = sorted({word.lower() for word in (*StataParser().RESERVED_WORDS, "using", "str5")})
    data, _, _ = write(tmp_path, dict.fromkeys(words, "x"))
    columns = pd.read_stata(data).columns
    assert len(columns) == 5 + len(words)
    assert {"vif", "vin", "vusing", "vstr5"} <= set(columns)
    assert not {"if", "in", "using", "str5"} & set(columns)


def test_labels_of_other_files_are_no_names(tmp_path):
    frame = pd.DataFrame({"study": ["A"], "tp": [1], "fp": [2], "fn": [3], "tn": [4], "x": ["u"]})
    labels = {"tp": "True positives", "x": "Scanner"}
    frame.to_stata(tmp_path / "t.dta", write_index=False, variable_labels=labels)
    assert read_tables(tmp_path / "t.dta")[0].covariates == {"x": "u"}


def test_long_text_is_cut_between_letters_and_said(tmp_path):
    data, _, notes = write(tmp_path, {"x": "骨" * 1000})
    assert read_tables(data)[0].covariates == {"x": "骨" * 681}
    assert notes == ("Stata holds texts of 2045 bytes; cut to that: 1.",)


@pytest.mark.parametrize(
    "raw", [b"", b"study,tp,fp,fn,tn\nA,1,2,3,4\n", b"<stata_dta>", b"\x72\x01"]
)
def test_what_is_no_file_of_stata_is_said(tmp_path, raw):
    (tmp_path / "t.dta").write_bytes(raw)
    with pytest.raises(ValueError, match=r"^t\.dta: expected a Stata file, found \S.*$"):
        read_tables(tmp_path / "t.dta")


def test_broken_bytes_give_tables_or_one_sentence(tmp_path):
    data, _, _ = write(tmp_path, {"plane": "axial", "year": "2001"}, {"plane": "é", "year": "2"})
    sound, source = data.read_bytes(), random.Random(1)  # noqa: S311
    refused = 0
    for _ in range(300):
        raw = bytearray(sound)
        for _ in range(source.choice((1, 3, 30))):
            raw[source.randrange(len(raw))] = source.randrange(256)
        data.write_bytes(raw[: source.choice((len(raw), source.randrange(len(raw))))])
        said = sentence(data)
        refused += bool(said)
        assert not said or re.fullmatch(r"stata\.dta(, line \d+)?: expected .*, found .*", said)
    assert 0 < refused < 300


def sentence(path):
    try:
        read_tables(path)
    except ValueError as fault:
        return str(fault)
    return ""
