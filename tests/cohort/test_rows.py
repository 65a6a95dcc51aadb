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
        " reference_standard reference_date bmd_mg_cm3 t_score category density_rule"
    )
    assert expected.split() == list(COLUMNS)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    age=st.none() | st.floats(0, 130),
    bmd=st.none() | st.floats(-100, -5) | st.floats(5, 500),
    day=st.none() | st.dates(),
    category=st.sampled_from(BoneCategory),
    site=st.text("abc,\"' é", max_size=8).map(str.strip),
)
def test_what_is_written_is_read_back(tmp_path, age, bmd, day, category, site):
    row = replace(
        ROW, age_years=age, bmd_mg_cm3=bmd, study_date=day, category=category, site=site,
        reference_standard="HU",
    )  # fmt: skip
    path = tmp_path / "cohort.csv"
    write_cohort(path, (row,))
    assert read_cohort(path) == (row,)


def test_a_patient_in_two_splits_is_named_by_lines_and_never_by_name(tmp_path):
    rows = (
        replace(ROW, patient_id="P2"),
        replace(ROW, study_uid="2.25.2"),
        replace(ROW, study_uid="2.25.3", split="external_test"),
    )
    with pytest.raises(ValueError, match="row 2 says train and row 3 says external_test") as fault:
        write_cohort(tmp_path / "cohort.csv", rows)
    assert "P1" not in str(fault.value)
    with pytest.raises(
        ValueError, match=r"^unchecked.csv: .*line 3 says train and line 4"
    ) as fault:
        read_cohort(_file(tmp_path, rows))
    assert "P1" not in str(fault.value)


def test_two_studies_of_a_patient_in_one_split_are_fine(tmp_path):
    rows = (ROW, replace(ROW, study_uid="2.25.2"))
    write_cohort(tmp_path / "cohort.csv", rows)
    assert len(read_cohort(tmp_path / "cohort.csv")) == 2


def test_a_study_must_stand_once(tmp_path):
    with pytest.raises(ValueError, match="stand once, row 1 and row 2 are of one"):
        write_cohort(tmp_path / "cohort.csv", (ROW, ROW))


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("split", "test", r"line 2: split must be one of .*external_test.*, got 'test'"),
        ("reference_standard", "MRI", "line 2: reference_standard must be one of"),
        ("bmd_mg_cm3", "low", "line 2: bmd_mg_cm3 must be a number with .*, got 'low'"),
        ("bmd_mg_cm3", "nan", "unchecked.csv, line 2: bmd_mg_cm3 must be a number"),
        ("age_years", "inf", "unchecked.csv, line 2: age_years must be a number"),
        (
            "study_date",
            "29.02.2024",
            r"line 2: study_date must be a date as in 2025-06-21 .*, got '29.02",
        ),
        ("category", "frail", r"line 2: category must be one of \['normal', .*\], got 'frail'"),
        ("bmd_mg_cm3", "7950", r"line 2: bmd_mg_cm3 must lie between -100 and 500 mg/cm3, got 79"),
        ("t_score", "-25", "line 2: t_score must lie between -9.9 and 15, got -25"),
        # A decimal comma that was lost, of -1,5.
        ("t_score", "-15", "line 2: t_score must lie between -9.9 and 15, got -15"),
        ("age_years", "710", "line 2: age_years must lie between 0 and 130 years, got 710"),
        ("age_years", "-1", "line 2: age_years must lie between 0 and 130 years, got -1"),
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


@pytest.mark.parametrize(
    ("bmd", "category"), [(60.0, "osteopenia"), (60.0, "normal"), (80.6, "osteoporosis")]
)
def test_a_category_against_its_density_is_refused_with_its_line(tmp_path, bmd, category):
    path = _file(tmp_path, (ROW,), bmd_mg_cm3=bmd, category=category)
    message = f"line 2: that bmd_mg_cm3 of QCT means .*, got category {category} with bmd_mg_cm3"
    with pytest.raises(ValueError, match=message):
        read_cohort(path)


@pytest.mark.parametrize(
    "cells",
    [
        {"bmd_mg_cm3": 60.0, "category": "osteopenia", "density_rule": "east_asian_qct"},
        {"bmd_mg_cm3": 60.0, "category": "osteopenia", "reference_standard": "HU"},
        {"bmd_mg_cm3": 60.0, "category": "osteopenia", "reference_standard": "DXA"},
        {"bmd_mg_cm3": 79.5, "category": "osteopenia"},
    ],
)
def test_a_stated_category_stands_where_the_row_says_why_or_rounding_can(tmp_path, cells):
    (row,) = read_cohort(_file(tmp_path, (ROW,), **cells))
    assert row.category is BoneCategory.OSTEOPENIA


def test_a_category_that_is_not_stated_follows_the_named_cut_offs(tmp_path):
    cells = {"bmd_mg_cm3": 60.0, "category": "", "density_rule": "east_asian_qct"}
    (row,) = read_cohort(_file(tmp_path, (ROW,), **cells))
    assert row.category is BoneCategory.OSTEOPENIA
    with pytest.raises(ValueError, match="line 2: density_rule must be one of"):
        read_cohort(_file(tmp_path, (ROW,), density_rule="hu_l1"))


def test_a_density_beside_attenuation_gives_no_category(tmp_path):
    cells = {"bmd_mg_cm3": 60.0, "category": "", "reference_standard": "HU"}
    (row,) = read_cohort(_file(tmp_path, (ROW,), **cells))
    assert row.category is None


def test_a_file_of_a_spreadsheet_with_decimal_commas_is_read(tmp_path):
    path = _file(tmp_path, (ROW,))
    head, line = path.read_text(encoding="utf-8").splitlines()
    swapped = line.replace(",", ";").replace("79.5", "79,5").replace("71.0", "71,0")
    text = f"\ufeff{head.replace(',', ';').upper()}\r\n{swapped}\r\n"
    path.write_text(text, encoding="utf-8")
    assert read_cohort(path) == (ROW,)


def test_a_category_against_its_t_score_is_refused_with_its_line(tmp_path):
    cells = {"reference_standard": "DXA", "t_score": -3.0, "category": "normal"}
    message = (
        "line 2: that t_score of DXA means osteoporosis, got category normal with t_score -3$"
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


def test_densities_in_grams_are_taken_for_what_they_are(tmp_path):
    rows = tuple(replace(ROW, study_uid=f"2.25.{n}", bmd_mg_cm3=None) for n in (1, 2))
    path = _file(tmp_path, rows, bmd_mg_cm3=0.15, category="normal")
    lines = path.read_text(encoding="utf-8").splitlines()
    other = lines[2].replace(",QCT,2024-03-01,,", ",QCT,2024-03-01,0.21,")
    path.write_text("\n".join([*lines[:2], other]) + "\n", encoding="utf-8")
    expected = "unchecked.csv: bmd_mg_cm3: expected mg/cm3, found values of 0.15 to 0.21: g/cm3"
    with pytest.raises(ValueError, match=expected):
        read_cohort(path)


def test_one_patient_with_hardly_any_mineral_is_no_other_unit(tmp_path):
    rows = (ROW, replace(ROW, study_uid="2.25.2", bmd_mg_cm3=-2.0))
    write_cohort(tmp_path / "cohort.csv", rows)
    assert read_cohort(tmp_path / "cohort.csv") == rows
