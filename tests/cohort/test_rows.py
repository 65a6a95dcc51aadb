from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ctbone.cohort import CohortRow, read_cohort, write_cohort
from ctbone.cohort.rows import COLUMNS
from ctbone.records import BoneCategory

ROW = CohortRow(
    patient_id="P1",
    study_uid="2.25.1",
    path="export/a",
    study_date=date(2024, 2, 29),
    sex="F",
    age_years=71.0,
    site="north",
    split="train",
    reference_standard="QCT",
    reference_date=date(2024, 3, 1),
    bmd_mg_cm3=79.5,
    t_score=None,
    category=BoneCategory.OSTEOPOROSIS,
)


def test_columns_are_those_that_others_read():
    expected = (
        "patient_id study_uid path study_date sex age_years site split"
        " reference_standard reference_date bmd_mg_cm3 t_score category"
    )
    assert expected.split() == list(COLUMNS)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    age=st.none() | st.floats(0, 120),
    bmd=st.none() | st.floats(-50, 500),
    day=st.none() | st.dates(),
    category=st.sampled_from(BoneCategory),
    site=st.text("abc,\"' é", max_size=8).map(str.strip),
)
def test_what_is_written_is_read_back(tmp_path, age, bmd, day, category, site):
    row = replace(ROW, age_years=age, bmd_mg_cm3=bmd, study_date=day, category=category, site=site)
    path = tmp_path / "cohort.csv"
    write_cohort(path, (row,))
    assert read_cohort(path) == (row,)


def test_a_patient_in_two_splits_is_named(tmp_path):
    rows = (ROW, replace(ROW, study_uid="2.25.2", split="external_test"))
    with pytest.raises(ValueError, match="patient P1 is in train and in external_test"):
        write_cohort(tmp_path / "cohort.csv", rows)
    with pytest.raises(ValueError, match="P1"):
        read_cohort(_file(tmp_path, rows))


def test_two_studies_of_a_patient_in_one_split_are_fine(tmp_path):
    rows = (ROW, replace(ROW, study_uid="2.25.2"))
    write_cohort(tmp_path / "cohort.csv", rows)
    assert len(read_cohort(tmp_path / "cohort.csv")) == 2


def test_a_study_must_stand_once(tmp_path):
    with pytest.raises(ValueError, match=r"study 2\.25\.1 stands twice"):
        write_cohort(tmp_path / "cohort.csv", (ROW, ROW))


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("split", "test", r"line 2: split must be one of .*external_test.*, got 'test'"),
        ("reference_standard", "MRI", "line 2: reference_standard must be one of"),
        ("bmd_mg_cm3", "low", "line 2: bmd_mg_cm3 cannot be read from 'low'"),
        ("bmd_mg_cm3", "nan", "line 2: bmd_mg_cm3 must be finite"),
        ("study_date", "29.02.2024", "line 2: study_date cannot be read"),
        ("category", "frail", "line 2: category cannot be read from 'frail'"),
        ("study_uid", "", "line 2: patient_id and study_uid must not be empty"),
    ],
)
def test_a_bad_value_is_named_with_its_line(tmp_path, column, value, message):
    path = _file(tmp_path, (ROW,), **{column: value})
    with pytest.raises(ValueError, match=message):
        read_cohort(path)


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "cohort.csv"
    path.write_text("patient_id,study_uid\nP1,2.25.1\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"expected the columns \['path', 'study_date'"):
        read_cohort(path)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_are_read(tmp_path, delimiter):
    path = _file(tmp_path, (ROW,))
    path.write_text(path.read_text(encoding="utf-8").replace(",", delimiter), encoding="utf-8")
    assert read_cohort(path) == (ROW,)


@pytest.mark.parametrize(
    ("standard", "bmd", "t_score", "category"),
    [
        ("DXA", "", -2.5, "osteoporosis"),
        ("DXA", "", -2.4, "osteopenia"),
        ("DXA", "", -1.0, "normal"),
        ("DXA", 60.0, 0.3, "normal"),
        ("DXA", 60.0, "", None),
        ("QCT", 79.9, "", "osteoporosis"),
        ("QCT", 80.0, "", "osteopenia"),
        ("simulated", 120.1, "", "normal"),
        ("QCT", 130.0, -2.6, "normal"),
        ("QCT", "", -2.6, None),
    ],
)
def test_a_category_that_is_not_stated_is_measured(tmp_path, standard, bmd, t_score, category):
    cells = {"bmd_mg_cm3": bmd, "t_score": t_score, "category": ""}
    path = _file(tmp_path, (ROW,), reference_standard=standard, **cells)
    assert read_cohort(path)[0].category == category


def test_a_stated_category_stands_where_other_cut_offs_were_used(tmp_path):
    path = _file(tmp_path, (ROW,), bmd_mg_cm3=60.0, category="osteopenia")
    assert read_cohort(path)[0].category is BoneCategory.OSTEOPENIA


def test_a_category_against_its_t_score_is_refused_with_its_line(tmp_path):
    cells = {"reference_standard": "DXA", "t_score": -3.0, "category": "normal"}
    message = (
        "line 2: that T-score of DXA means osteoporosis, got category normal with t_score -3$"
    )
    with pytest.raises(ValueError, match=message):
        read_cohort(_file(tmp_path, (ROW,), **cells))


def test_further_columns_and_a_byte_order_mark_are_read_past(tmp_path):
    write_cohort(tmp_path / "cohort.csv", (ROW,))
    head, line = (tmp_path / "cohort.csv").read_text(encoding="utf-8").splitlines()
    marked = tmp_path / "marked.csv"
    marked.write_text(f"\ufeff{head},remark\n{line},none\n", encoding="utf-8")
    assert read_cohort(marked) == (ROW,)


def _file(tmp_path, rows, **changed):
    """Write rows without any check, with some cells of the first replaced."""
    path = tmp_path / "unchecked.csv"
    cells = [{name: getattr(row, name) for name in COLUMNS} for row in rows]
    cells[0] |= changed
    lines = [",".join("" if row[n] is None else str(row[n]) for n in COLUMNS) for row in cells]
    path.write_text("\n".join([",".join(COLUMNS), *lines]) + "\n", encoding="utf-8")
    return path
