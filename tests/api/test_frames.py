"""Frames are the tables of a run: what one reads, the other writes."""

from datetime import date

import pandas as pd
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.api.frames import as_file, read_frame, to_frame
from ctbone.delimited import write_rows
from ctbone.errors import Reason
from ctbone.interchange import read_results, result_cells
from ctbone.interchange.results import RESULT_COLUMNS
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
