from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.interchange import read_tables
from ctbone.records import ContingencyTable


def counts(tp, fp, fn, tn):
    return ContingencyTable(
        true_positives=tp, false_positives=fp, false_negatives=fn, true_negatives=tn
    )


def read(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    return read_tables(path)


@pytest.mark.parametrize(
    "text",
    [
        "study,tp,fp,fn,tn\nA,1,2,3,4\n",
        "\ufeffstudy;tp;fp;fn;tn\r\nA;1;2;3;4\r\n",
        "TN\tFN\tFP\tTP\tnames\n\n4\t3\t2\t1\tA\n",
        '"Author","Year","TP","FN","FP","TN"\n"A",2020,1.0,3,2.,04\n',
        "studynames,TP,FP,TN,FN,,\n A , 1 ,2,4,3,,\n",
        "author,year,TP,FN,FP,TN,rob_PS\rA,2020,1,3,2,4,1\r",
        "sens,spec,true,n,study\n1,0,1,4,A\n0,1,4,6,A\n",
        "Study;Sens;Spec;N;True\nA;0.0;1.0;6;4\nA;1;0;4;1\n",
    ],
)
def test_the_forms_of_other_programs_are_read(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    (found,) = read_tables(path)
    assert (found.study, found.table) == ("A", counts(1, 2, 3, 4))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found an empty file"),
        (" \n\n", "found an empty file"),
        ("study,tp,fp,fn,tn\n", "at least one table below the header"),
        ("study,tp,fp,fn\nA,1,2,3\n", r"expected the columns \['tn'\]"),
        ("who,tp,fp,fn,tn\nA,1,2,3,4\n", "a column that names the study, .*, found"),
        ("study,tp,TP,fp,fn,tn\nA,1,1,2,3,4\n", r"found \['tp'\] more than once"),
        ("study,tp,fp,fn,tn\nA,1,2,3\n", "line 2: expected a cell a column, found 4 cells"),
        (
            "study,tp,fp,fn,tn\nA,-1,2,3,4\n",
            "line 2: expected a whole number .* in tp, found '-1'",
        ),
        ("study,tp,fp,fn,tn\nA,1,2.5,3,4\n", "in fp, found '2.5'"),
        ("study,tp,fp,fn,tn\nA,1,2,,4\n", "in fn, found an empty cell"),
        ("study,tp,fp,fn,tn\nA,1,2,3,many\n", "in tn, found 'many'"),
        ("study,tp,fp,fn,tn\nA,1,2,3,1e3\n", "in tn, found '1e3'"),
        ("study,tp,fp,fn,tn\nA,1,2,3,٣\n", "in tn, found '٣'"),
        ("study,tp,fp,fn,tn\nA,1,2,3," + "9" * 9000 + "\n", "in tn, found '9999"),
        ("study,tp,fp,fn,tn,n\nA,1,2,3,4,11\n", "line 2: expected the sum .*, 10, in n, found 11"),
        ("study,tp,fp,fn,tn,n\nA,1,2,3,4,ten\n", "line 2: .* in n, found 'ten'"),
        ("study,sens,spec,n,true\nA,1,0,4,1\n", "line 2: expected a row with spec 1 as well"),
        ("study,tp,fp,fn,tn\n,1,2,3,4\n", "line 2: expected the name of a study"),
        ("study,tp,fp,fn,tn\n\nA,1,2,3,4\nB,x,2,3,4\n", "line 4: .* in tp"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(tmp_path, text, message):
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        read_tables(path)
    assert str(caught.value).startswith("t.csv")
    assert "\n" not in str(caught.value)


def test_other_encodings_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("study,tp,fp,fn,tn\nM\u00fcller,1,2,3,4\n".encode("cp1252"))
    with pytest.raises(ValueError, match="expected text in UTF-8, found byte 0xfc"):
        read_tables(path)


def test_an_author_of_several_years_is_several_studies(tmp_path):
    rows = "Abel,2001,1,2,3,4\nAbel,2002,1,2,3,4\nZhao,2001,1,2,3,4\n"
    found = read(tmp_path, f"author,year,tp,fp,fn,tn\n{rows}")
    assert [table.study for table in found] == ["Abel 2001", "Abel 2002", "Zhao"]
    assert [table.covariates["year"] for table in found] == ["2001", "2002", "2001"]


def test_the_column_of_studies_is_taken_in_order(tmp_path):
    (found,) = read(tmp_path, "author,names,study_id,tp,fp,fn,tn\nx,y,7,1,2,3,4\n")
    assert found.study == "7"
    assert found.covariates == {"author": "x", "names": "y"}


def test_authors_that_number_the_studies_are_no_covariate(tmp_path):
    rows = "Abel,Abel,1,2,3,4\nAbel (2),Abel,1,2,3,4\nZhao,Zhao,1,2,3,4\n"
    found = read(tmp_path, f"author,study,tp,fp,fn,tn\n{rows}")
    assert [(table.study, table.covariates) for table in found] == [
        ("Abel", {}),
        ("Abel", {}),
        ("Zhao", {}),
    ]
    other = read(tmp_path, f"author,study,tp,fp,fn,tn\n{rows.replace('Zhao,Z', 'Kim,Z')}")
    assert [table.covariates["author"] for table in other] == ["Abel", "Abel (2)", "Kim"]


def test_targets_differ_by_more_than_case_and_space(tmp_path):
    found = read(tmp_path, 'study,tp,fp,fn,tn,target\nA,1,2,3,4,"Low \n bone"\n')
    assert found[0].target == "low bone"


def test_a_sum_that_agrees_or_is_not_given_is_taken(tmp_path):
    found = read(tmp_path, "study,tp,fp,fn,tn,n\nA,1,2,3,4,10\nB,1,2,3,4,\n")
    assert [table.covariates for table in found] == [{}, {}]


def test_data_of_stata_are_read(tmp_path):
    frame = pd.DataFrame({"StudyID": [1, 2], "TP": [1.0, 2.0], "fp": [2, 2], "fn": [3, 3]})
    frame["tn"], frame["plane"] = [4, 4], pd.Categorical(["axial", "sagittal"])
    frame.to_stata(tmp_path / "t.dta", write_index=False, version=114)
    first, second = read_tables(tmp_path / "t.dta")
    assert (first.study, first.table) == ("1", counts(1, 2, 3, 4))
    assert (second.study, second.covariates) == ("2", {"plane": "sagittal"})


def test_faults_in_data_of_stata_are_named(tmp_path):
    frame = pd.DataFrame({"study": ["A", "B"], "tp": [1, None], "fp": 2, "fn": 3, "tn": 4})
    frame.to_stata(tmp_path / "t.dta", write_index=False)
    with pytest.raises(ValueError, match=r"t.dta, line 2: expected .* in tp, found an empty cell"):
        read_tables(tmp_path / "t.dta")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_only_a_mark_says_that_text_is_wide(tmp_path, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes("study,tp,fp,fn,tn\nMüller,1,2,3,4\n".encode(encoding))
    if encoding == "utf-16-le":
        with pytest.raises(ValueError, match=r"t\.csv: expected text in UTF-8|a NUL character"):
            read_tables(path)
    else:
        assert read_tables(path)[0].study == "Müller"


cells = st.one_of(
    st.integers(-3, 10**12).map(str),
    st.floats().map(str),
    st.sampled_from(["", "NA", "1.0", "1,0", '"', "'", "\x00", "0", "-", "inf", "1_0", " 7 "]),
    st.text(max_size=6),
)
headers = st.permutations(["study", "tp", "fp", "fn", "tn"]) | st.lists(
    st.sampled_from(["study", "TP", "fp", "FN", "tn", "", "x", "tp"]), max_size=7
)


@settings(deadline=None, max_examples=400)
@given(
    header=headers,
    rows=st.lists(st.lists(cells, min_size=4, max_size=6), max_size=4),
    delimiter=st.sampled_from([",", ";", "\t", "|", " "]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_hostile_files_give_tables_or_one_sentence(
    tmp_path_factory, header, rows, delimiter, encoding
):
    path = tmp_path_factory.mktemp("hostile") / "t.csv"
    text = "\n".join(delimiter.join(line) for line in [header, *rows])
    path.write_bytes(text.encode(encoding, errors="replace"))
    answer = tables_or_sentence(path)
    assert answer
    assert not isinstance(answer, str) or answer.startswith("t.csv")


def tables_or_sentence(path):
    try:
        return read_tables(path)
    except UnicodeError:
        raise
    except ValueError as error:
        return str(error)
