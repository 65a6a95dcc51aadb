from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.interchange import AccuracyTable, duplicated_studies, read_tables, write_tables
from ctbone.interchange.tables import TABLE_COLUMNS
from ctbone.records import ContingencyTable


def counts(tp, fp, fn, tn):
    return ContingencyTable(
        true_positives=tp, false_positives=fp, false_negatives=fn, true_negatives=tn
    )


TABLE = AccuracyTable(
    study="Ward, 2020",
    cohort="a",
    model="densenet121",
    target="osteoporosis",
    table=counts(1, 2, 3, 4),
    n_nonevaluable=5,
    covariates={"validation": "external", "scanner": "A; B"},
)


def test_columns_are_those_that_are_promised():
    assert " ".join(TABLE_COLUMNS) == (
        "study cohort model target tp fp fn tn n n_nonevaluable unit validation backbone"
        " dimensionality plane input window reference_standard"
    )


def test_tables_survive_the_file(tmp_path):
    (found,) = read_tables(write_tables(tmp_path / "confusion_matrices.csv", [TABLE]))
    assert found.table == TABLE.table
    assert (found.study, found.cohort, found.target) == ("Ward, 2020", "a", "osteoporosis")
    assert found.n_nonevaluable == 5
    assert found.covariates["scanner"] == "A; B"
    assert found.covariates["backbone"] == ""


@pytest.mark.parametrize(
    "text",
    [
        "study,tp,fp,fn,tn\nA,1,2,3,4\n",
        "\ufeffstudy;tp;fp;fn;tn\r\nA;1;2;3;4\r\n",
        "TN\tFN\tFP\tTP\tnames\n\n4\t3\t2\t1\tA\n",
        '"Author","Year","TP","FN","FP","TN"\n"A",2020,1.0,3,2.,04\n',
        "studynames,TP,FP,TN,FN,,\n A , 1 ,2,4,3,,\n",
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


def test_duplicated_studies_are_said():
    other = AccuracyTable(study=TABLE.study, target="normal", table=TABLE.table)
    assert duplicated_studies([TABLE, other]) == ()
    assert duplicated_studies([TABLE, TABLE, other]) == ("Ward, 2020",)


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
