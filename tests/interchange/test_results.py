from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.anatomy import VertebralLevel
from ctbone.delimited import write_rows
from ctbone.errors import Reason
from ctbone.interchange import ResultRow, read_results, result_cells, to_row
from ctbone.interchange.results import RESULT_COLUMNS
from ctbone.records import Acquisition, BinaryAnswer, BoneCategory, CoarseCategory, Flag, QctScores


def write_results(path, rows):
    return write_rows(path, RESULT_COLUMNS, map(result_cells, rows))


def test_columns_are_those_that_are_promised():
    assert " ".join(RESULT_COLUMNS) == (
        "study_uid patient_id status reason detail series_uid levels bmd_mg_cm3 bmd_lower_mg_cm3"
        " bmd_upper_mg_cm3 t_score t_score_lower t_score_upper"
        " category p_normal p_osteopenia p_osteoporosis indeterminate flags"
        " model seconds trabecular_hu quantity"
        " manufacturer kvp kernel slice_thickness_mm contrast"
        " qct_t_score qct_z_score study_month scanner"
    )


def test_rows_survive_the_file(tmp_path, screened, rejected):
    rows = (to_row(screened), to_row(rejected))
    path = write_results(tmp_path / "results.csv", rows)
    assert read_results(path) == rows
    assert [p.name for p in tmp_path.iterdir()] == ["results.csv"]


def test_a_result_becomes_its_row(screened):
    row = to_row(screened)
    assert (row.status, row.reason, row.category) == ("screened", None, BoneCategory.OSTEOPENIA)
    assert row.levels == (VertebralLevel.L1, VertebralLevel.L2)
    assert row.trabecular_hu == 125.0
    assert row.seconds == 1.2346


ACQUIRED = Acquisition(
    manufacturer="SIEMENS",
    kvp=120.0,
    kernel="Br38f",
    slice_thickness_mm=1.25,
    contrast=False,
    study_month="2024-02",
    scanner="siemens-3f2a9c",
)


def test_the_acquisition_of_results_and_rejections_survives_the_file(tmp_path, screened, rejected):
    outcomes = [replace(screened, acquisition=ACQUIRED), replace(rejected, acquisition=ACQUIRED)]
    rows = tuple(map(to_row, outcomes))
    assert {(r.manufacturer, r.kvp, r.kernel, r.slice_thickness_mm, r.contrast) for r in rows} == {
        ("SIEMENS", 120.0, "Br38f", 1.25, False)
    }
    assert {(r.study_month, r.scanner) for r in rows} == {("2024-02", "siemens-3f2a9c")}
    assert read_results(write_results(tmp_path / "results.csv", rows)) == rows


def test_a_file_of_before_the_acquisition_is_read(tmp_path, screened):
    path = tmp_path / "results.csv"
    row = to_row(replace(screened, acquisition=ACQUIRED))
    write_rows(path, RESULT_COLUMNS[: RESULT_COLUMNS.index("manufacturer")], [result_cells(row)])
    assert read_results(path) == (to_row(screened),)


def test_a_file_of_before_month_and_scanner_is_read(tmp_path, screened):
    path, row = tmp_path / "results.csv", to_row(replace(screened, acquisition=ACQUIRED))
    write_rows(path, RESULT_COLUMNS[: RESULT_COLUMNS.index("study_month")], [result_cells(row)])
    assert read_results(path) == (replace(row, study_month="", scanner=""),)


@pytest.mark.parametrize(("contrast", "cell"), [(True, "true"), (False, "false"), (None, "")])
def test_contrast_is_yes_no_or_silent(tmp_path, screened, contrast, cell):
    given = replace(screened, acquisition=Acquisition(contrast=contrast))
    path = write_results(tmp_path / "results.csv", [to_row(given)])
    line = path.read_text().splitlines()[1].split(",")
    assert line[RESULT_COLUMNS.index("contrast")] == cell
    assert read_results(path)[0].contrast is contrast


def test_where_attenuation_decided_the_row_shows_the_deciding_number(screened):
    chosen = replace(
        screened.decision,
        quantity="trabecular_hu",
        value=99.0,
        bmd_mg_cm3=None,
        probabilities=None,
    )
    row = to_row(replace(screened, decision=chosen))
    assert (row.trabecular_hu, row.bmd_mg_cm3, row.p_normal) == (99.0, None, None)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("category", "thin"),
        ("levels", "L9"),
        ("flags", "odd"),
        ("reason", "bored"),
    ],
)
def test_a_cell_of_the_wrong_kind_is_named(tmp_path, screened, column, cell):
    path = write_results(tmp_path / "results.csv", [to_row(screened)])
    header, line = path.read_text().splitlines()
    cells = line.split(",")
    cells[header.split(",").index(column)] = f'"{cell}"'
    path.write_text(f"{header}\n{','.join(cells)}\n")
    with pytest.raises(ValueError, match=rf"results.csv, line 2: '{cell}' .* {column}"):
        read_results(path)


@pytest.mark.parametrize("cell", ["nan", "inf", "-Infinity", "1e999", "1,500", "low", "1_0"])
def test_what_is_no_number_is_named_by_file_line_and_column(tmp_path, cell):
    path = tmp_path / "results.csv"
    path.write_text(f'study_uid,patient_id,status,category,seconds\n1,p,rejected,,"{cell}"\n')
    message = f"results.csv, line 2: seconds must be a number with a decimal point, got '{cell}'"
    with pytest.raises(ValueError, match=message):
        read_results(path)


@pytest.mark.parametrize("column", ["indeterminate", "contrast"])
def test_what_is_neither_true_nor_false_is_named_likewise(tmp_path, column):
    path = tmp_path / "results.csv"
    path.write_text(f"study_uid,patient_id,status,category,{column}\n1,p,rejected,,maybe\n")
    message = f"results.csv, line 2: {column} must be true, false or empty, got 'maybe'"
    with pytest.raises(ValueError, match=message):
        read_results(path)


def test_a_screened_study_needs_a_category(tmp_path):
    path = tmp_path / "results.csv"
    path.write_text("study_uid,patient_id,status,category\n1,p,screened,\n")
    with pytest.raises(ValueError, match="line 2: a screened study and no other has a category"):
        read_results(path)


finite = st.floats(min_value=-1e4, max_value=1e4, allow_nan=False)
words = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), min_size=1).map(
    str.strip
)


@settings(deadline=None, max_examples=60)
@given(
    detail=words,
    bmd=st.none() | finite,
    hu=st.none() | finite,
    flags=st.sets(st.sampled_from(Flag)),
)
def test_any_row_survives_the_file(tmp_path_factory, detail, bmd, hu, flags):
    path = tmp_path_factory.mktemp("rows") / "results.csv"
    row = ResultRow(
        study_uid="1",
        patient_id="p",
        status="rejected",
        reason=Reason.UNEXPECTED,
        detail=detail,
        bmd_mg_cm3=bmd,
        trabecular_hu=hu,
        flags=tuple(sorted(flags)),
    )
    assert read_results(write_results(path, [row])) == (row,)


@pytest.mark.parametrize(
    ("normal", "osteopenia", "osteoporosis"),
    [(0.2, 0.3, 1.7), (-0.1, 0.5, 0.6), (0.5, 0.9, 0.1), (None, None, 1.1)],
)
def test_probabilities_that_are_none_are_refused_by_their_line(
    tmp_path, screened, normal, osteopenia, osteoporosis
):
    cells = result_cells(to_row(screened)) | {
        "p_normal": normal, "p_osteopenia": osteopenia, "p_osteoporosis": osteoporosis,
    }  # fmt: skip
    path = write_rows(tmp_path / "results.csv", RESULT_COLUMNS, [cells])
    with pytest.raises(
        ValueError, match=r"results\.csv, line 2: p_normal, p_osteopenia and .* 1,"
    ):
        read_results(path)


def test_probabilities_may_be_rounded_or_absent(tmp_path, screened):
    rounded = replace(to_row(screened), p_normal=0.33, p_osteopenia=0.33, p_osteoporosis=0.33)
    absent = replace(
        rounded, study_uid="1.9", p_normal=None, p_osteopenia=None, p_osteoporosis=None
    )
    path = write_results(tmp_path / "results.csv", (rounded, absent))
    assert read_results(path) == (rounded, absent)


@pytest.mark.parametrize(
    ("target", "category", "given"),
    [
        ("osteoporosis", CoarseCategory.NO_OSTEOPOROSIS, (None, None, 0.25)),
        ("osteoporosis", BoneCategory.OSTEOPOROSIS, (None, None, 0.25)),
        ("low_bone_mass", CoarseCategory.LOW_BONE_MASS, (0.75, None, None)),
        ("low_bone_mass", BoneCategory.NORMAL, (0.75, None, None)),
    ],
)
def test_a_two_way_answer_gives_the_one_probability_that_it_knows(
    tmp_path, screened, target, category, given
):
    answer = BinaryAnswer(target=target, probability=0.25)
    decision = replace(
        screened.decision,
        category=category,
        quantity="binary",
        value=0.25,
        bmd_mg_cm3=None,
        probabilities=None,
        binary=answer,
    )
    row = to_row(replace(screened, decision=decision))
    assert (row.p_normal, row.p_osteopenia, row.p_osteoporosis) == given
    assert (row.category, row.quantity) == (category, "binary")
    assert read_results(write_results(tmp_path / "results.csv", [row])) == (row,)


def test_a_t_score_and_its_limits_survive_the_file(tmp_path, screened):
    decision = replace(
        screened.decision, t_score=-2.123456, t_score_lower=-3.0, t_score_upper=-1.25
    )
    row = to_row(replace(screened, decision=decision))
    assert (row.t_score, row.t_score_lower, row.t_score_upper) == (-2.1235, -3.0, -1.25)
    assert read_results(write_results(tmp_path / "results.csv", [row])) == (row,)


def test_a_file_of_before_t_scores_is_read(tmp_path, screened):
    older = [name for name in RESULT_COLUMNS if not name.startswith("t_score")]
    row = to_row(screened)
    path = write_rows(tmp_path / "results.csv", older, [result_cells(row)])
    assert read_results(path) == (row,)


def test_scores_among_people_are_no_expected_t_score_and_survive_the_file(tmp_path, screened):
    qct = QctScores(t_score=-2.8, z_score=-0.4)
    row = to_row(replace(screened, qct=qct))
    assert (row.qct_t_score, row.qct_z_score, row.t_score, row.detail) == (-2.8, -0.4, None, "")
    assert read_results(write_results(tmp_path / "results.csv", [row])) == (row,)
    # The category is that of the decision, whatever the scores say.
    assert row.category is screened.decision.category


def test_why_a_screened_study_has_no_score_stands_in_its_detail(tmp_path, screened):
    why = "no QCT Z-score: expected an age of 20 to 80 years, which women holds for, found another"
    row = to_row(replace(screened, qct=QctScores(t_score=-2.8, detail=why)))
    assert (row.qct_t_score, row.qct_z_score, row.detail) == (-2.8, None, why)
    assert read_results(write_results(tmp_path / "results.csv", [row])) == (row,)


def test_a_file_of_before_scores_among_people_is_read(tmp_path, screened):
    older = [name for name in RESULT_COLUMNS if not name.startswith("qct_")]
    row = to_row(screened)
    path = write_rows(tmp_path / "results.csv", older, [result_cells(row)])
    assert "qct" not in path.read_text()
    assert read_results(path) == (row,)


def test_a_score_that_is_no_number_is_refused(tmp_path, screened):
    cells = result_cells(to_row(screened)) | {"qct_z_score": "nan"}
    path = write_rows(tmp_path / "results.csv", RESULT_COLUMNS, [cells])
    with pytest.raises(ValueError, match=r"results.csv, line 2: qct_z_score must be a number"):
        read_results(path)


def test_a_study_that_stands_twice_is_refused_by_its_lines(tmp_path, screened, rejected):
    rows = (to_row(screened), to_row(rejected), to_row(screened))
    path = write_results(tmp_path / "results.csv", rows)
    wanted = r"^results\.csv: a study must stand once, line 2 and line 4 are of one$"
    with pytest.raises(ValueError, match=wanted):
        read_results(path)


@pytest.mark.parametrize("column", ["study_uid", "patient_id", "status", "category"])
def test_a_missing_column_is_named(tmp_path, screened, column):
    columns = [name for name in RESULT_COLUMNS if name != column]
    cells = result_cells(to_row(screened))
    path = write_rows(tmp_path / "results.csv", columns, [{name: cells[name] for name in columns}])
    with pytest.raises(ValueError, match=rf"results\.csv: expected the columns \['{column}'\]"):
        read_results(path)
