"""Frames are the tables of a run: what one reads, the other writes."""

from dataclasses import fields
from datetime import date

import numpy as np
import pandas as pd
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.api.frames import as_file, read_frame, to_frame
from ctbone.delimited import write_rows
from ctbone.errors import Reason
from ctbone.evaluation.files.accuracy_tables import ACCURACY_COLUMNS
from ctbone.interchange import ResultRow, read_results, result_cells
from ctbone.interchange.outcomes import REJECTION_COLUMNS, RESULT_COLUMNS, VERTEBRA_COLUMNS
from ctbone.interchange.tables import TABLE_COLUMNS
from ctbone.pooling.document import SUBGROUP_COLUMNS, SUMMARY_COLUMNS
from ctbone.records import BoneCategory, Flag
from tests.evaluation.conftest import make_result

#: A UID and a pseudonym that look like numbers.
ROWS = (
    make_result("20", 91.5, patient_id="123e45", flags=(Flag.AGE_UNKNOWN, Flag.SEX_UNKNOWN)),
    make_result("3", None, reason=Reason.METAL, detail='two, "quoted"; words'),
    make_result("4", 70.0, indeterminate=True, levels=(VertebralLevel.L1, VertebralLevel.L2)),
)


@pytest.fixture
def results(tmp_path):
    return write_rows(tmp_path / "results.csv", RESULT_COLUMNS, map(result_cells, ROWS))


def test_results_come_back_as_they_were(results):
    frame = read_frame(results)
    assert list(frame.columns) == list(RESULT_COLUMNS)
    with as_file(frame, "results") as path:
        assert read_results(path) == ROWS
        assert path.read_bytes() == results.read_bytes().replace(b"70.0", b"70")
    assert not path.exists()


def test_columns_have_their_kinds_whatever_they_hold(results):
    frame = read_frame(results)
    assert list(frame.study_uid) == ["1.20", "1.3", "1.4"]
    assert frame.patient_id[0] == "123e45"
    assert frame.bmd_mg_cm3.dtype == "float64"
    # Every cell of these is empty.
    assert frame.kvp.dtype == "float64"
    assert frame.kernel.isna().all()
    assert frame.indeterminate.dtype == "boolean"
    assert list(frame.reason.dropna()) == ["metal"]


def test_rows_become_the_frame_that_a_file_would(results):
    made = to_frame([result_cells(row) for row in ROWS], RESULT_COLUMNS)
    pd.testing.assert_frame_equal(made, read_frame(results))


def test_a_named_index_is_a_column_and_cells_are_as_files_have_them(tmp_path):
    frame = pd.DataFrame(
        {
            "tp": [3, None],
            "day": [pd.Timestamp("2024-02-29"), date(2024, 3, 1)],
            "is_so": pd.array([True, None], dtype="boolean"),
            "several": [("L1", "L2"), ()],
            "category": [BoneCategory.NORMAL, None],
        },
        index=pd.Index(["a", "b"], name="study"),
    )
    with as_file(frame, "table") as path:
        assert path.read_text().splitlines() == [
            "study,tp,day,is_so,several,category",
            "a,3,2024-02-29,true,L1;L2,normal",
            "b,,2024-03-01,,,",
        ]


#: The columns of all that commands write and the functions read as frames.
WRITTEN = tuple(
    dict.fromkeys(
        (
            *RESULT_COLUMNS, *VERTEBRA_COLUMNS, *REJECTION_COLUMNS, *TABLE_COLUMNS,
            *ACCURACY_COLUMNS, *SUMMARY_COLUMNS, *SUBGROUP_COLUMNS,
        )
    )
)  # fmt: skip


def frame_of(tmp_path, **cells):
    return read_frame(write_rows(tmp_path / "table.csv", tuple(cells), [cells]))


@pytest.mark.parametrize("cell", ["01", "true", "1.0", "nan", "NA"])
@pytest.mark.parametrize("column", ["study_uid", "subgroup", "covariate", "of_my_own"])
def test_text_stays_text_whatever_it_looks_like(cell, column, tmp_path):
    assert list(frame_of(tmp_path, **{column: cell})[column]) == [cell]


def test_kinds_do_not_change_with_what_a_table_holds(tmp_path):
    full = frame_of(tmp_path, **dict.fromkeys(WRITTEN, "1") | {"contrast": "true"})
    empty = frame_of(tmp_path, **dict.fromkeys(WRITTEN, None))
    assert full.dtypes.to_dict() == empty.dtypes.to_dict()
    none = read_frame(write_rows(tmp_path / "none.csv", WRITTEN, []))
    assert full.dtypes.to_dict() == none.dtypes.to_dict()


def test_numbers_of_every_table_are_numbers(tmp_path):
    kinds = frame_of(tmp_path, **dict.fromkeys(WRITTEN, "1")).dtypes.astype(str)
    of_results = {
        item.name for item in fields(ResultRow) if item.type in ("float", "float | None")
    }
    assert {name for name in RESULT_COLUMNS if kinds[name] == "float64"} == of_results
    counted = {"tp", "fp", "fn", "tn", "n", "n_nonevaluable", "k", "tables", "patients", "df"}
    assert {name for name in WRITTEN if kinds[name] == "Int64"} == counted
    units = ("_hu", "_mm", "_mm3", "_cm3", "_score", "_lower", "_upper", "_sd", "confidence")
    assert {name for name in WRITTEN if name.endswith(units)} <= set(
        kinds[kinds == "float64"].index
    )


def test_an_index_that_is_a_column_too_stands_once(tmp_path):
    frame = pd.DataFrame({"study": ["a"], "tp": [3]}).set_index("study", drop=False)
    with as_file(frame, "table") as path:
        assert path.read_text().splitlines() == ["study,tp", "a,3"]
    frame.index = pd.MultiIndex.from_arrays([["b"], ["c"]], names=["study", "target"])
    with as_file(frame, "table") as path:
        assert path.read_text().splitlines() == ["target,study,tp", "c,a,3"]


def test_a_column_that_stands_twice_is_refused():
    frame = pd.DataFrame([[1, 2]], columns=["tp", "tp"])
    refused = pytest.raises(ValueError, match=r"table: expected each column once, found \['tp'\]")
    with refused, as_file(frame, "table"):
        pass


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"study_uid;category\n1;normal\n", "one column, 'study_uid;category'"),
        ("study_uid,category\n1,normal\n".encode("utf-16"), "'utf-8' codec"),
        (b'study_uid,kvp\n1,"120,5"\n', "could not convert"),
    ],
)
def test_a_table_that_another_program_saved_is_refused(content, found, tmp_path):
    path = tmp_path / "results.csv"
    path.write_bytes(content)
    expected = "results.csv: expected the table as ctbone writes it, comma separated and in UTF-8"
    with pytest.raises(ValueError, match=rf"\A{expected}, found .*{found}"):
        read_frame(path)


@pytest.mark.parametrize(
    "several", [np.array(["L1", "L2"]), (VertebralLevel.L1, VertebralLevel.L2), ["L1", "L2"]]
)
def test_a_cell_of_several_is_taken_in_any_form(several):
    frame = pd.DataFrame({"study_uid": ["1"], "levels": [several]})
    with as_file(frame, "table") as path:
        assert path.read_text().splitlines() == ["study_uid,levels", "1,L1;L2"]
