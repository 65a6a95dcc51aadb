from __future__ import annotations

from dataclasses import replace

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.delimited import write_rows
from ctbone.evaluation import Case
from ctbone.evaluation.deciding import deciding_rule
from ctbone.evaluation.levels import level_subgroups
from ctbone.evaluation.provenance import Provenance
from ctbone.records import BoneCategory
from ctbone.rules import shipped_rule

from .conftest import make_reference, make_result
from .two_groups import by_t_score, two_groups

BOTH = (VertebralLevel.L1, VertebralLevel.L2)
ACR = shipped_rule("acr_qct")


def vertebrae(folder, rows):
    columns = ("study_uid", "level", "bmd_mg_cm3")
    return write_rows(
        folder / "vertebrae.csv", columns, [dict(zip(columns, row, strict=True)) for row in rows]
    )


@pytest.fixture
def cases():
    # 60 is below every cut-off for osteoporosis but 50, so that the rule can be told.
    index = ((1, 60.0, BOTH), (2, 130.0, BOTH), (3, 125.0, BOTH[:1]), (4, None, ()))
    return tuple(
        Case(
            reference=make_reference(number, 100.0),
            result=make_result(number, value, levels=levels, p_normal=None),
        )
        for number, value, levels in index
    )


def test_each_level_places_every_patient_by_its_own_value(tmp_path, cases):
    vertebrae(
        tmp_path,
        [
            ("1.1", "L1", 85.0),
            ("1.1", "L2", 35.0),
            ("1.2", "L1", 125.0),
            ("1.2", "L2", 135.0),
            ("1.3", "L1", 125.0),
            ("1.3", "L2", ""),
            ("1.3", "T12", 10.0),
        ],
    )
    first, second = level_subgroups(cases, tmp_path / "results.csv", ACR)
    assert (first.value, second.value) == ("L1 alone", "L2 alone")
    assert [c.result.category for c in first.cases] == [
        BoneCategory.OSTEOPENIA,
        BoneCategory.NORMAL,
        BoneCategory.NORMAL,
        None,
    ]
    assert [c.result.category for c in second.cases] == [
        BoneCategory.OSTEOPOROSIS,
        BoneCategory.NORMAL,
        None,
        None,
    ]
    assert first.cases[0].result.bmd_mg_cm3 == 85.0
    assert first.cases[0].result.levels == (VertebralLevel.L1,)
    assert first.cases[0].result.indeterminate is None
    assert "mean over levels" in first.note


def test_scores_among_people_are_those_of_the_mean_and_of_no_level_alone(tmp_path, cases):
    scored = tuple(
        replace(one, result=replace(one.result, qct_t_score=-3.0, qct_z_score=-1.0))
        for one in cases
    )
    vertebrae(tmp_path, [("1.1", "L1", 85.0), ("1.1", "L2", 35.0)])
    first, _ = level_subgroups(scored, tmp_path / "results.csv", ACR)
    assert first.cases[0].result.bmd_mg_cm3 == 85.0
    assert (first.cases[0].result.qct_t_score, first.cases[0].result.qct_z_score) == (None, None)


def test_a_missing_level_keeps_how_the_patient_was_scanned(tmp_path):
    acquired = {"manufacturer": "SIEMENS", "kvp": 100.0}
    row = make_result(1, 60.0, levels=BOTH[:1], **acquired)
    case = Case(reference=make_reference(1, 60.0), result=row)
    vertebrae(tmp_path, [("1.1", "L1", 60.0), ("1.9", "L2", 50.0)])
    _, second = level_subgroups([case], tmp_path / "results.csv", ACR)
    assert second.cases[0].result.category is None
    assert second.cases[0].result.manufacturer == "SIEMENS"
    assert second.cases[0].result.bmd_mg_cm3 is None
    assert second.cases[0].reference == case.reference


def test_without_vertebrae_there_is_nothing(tmp_path, cases):
    assert level_subgroups(cases, tmp_path / "results.csv", ACR) == ()


def test_a_value_that_is_no_number_is_named_by_its_line(tmp_path, cases):
    vertebrae(tmp_path, [("1.1", "L1", "low")])
    with pytest.raises(ValueError, match=r"vertebrae.csv, line 2: bmd_mg_cm3 must be a number"):
        level_subgroups(cases, tmp_path / "results.csv", ACR)


def test_a_level_alone_is_placed_by_its_t_score(tmp_path):
    told = [(-3.0, -2.6), (-1.5, -1.2), (0.0, 0.4), (-2.0, -2.5)]
    limits = {"levels": BOTH, "t_score_lower": -4.0, "t_score_upper": 1.0}
    cases = by_t_score(told, **limits)
    rows = [
        {"study_uid": case.result.study_uid, "level": level.name, "t_score": index + shift}
        for case, (_, index) in zip(cases, told, strict=True)
        for level, shift in zip(BOTH, (0.5, -0.5), strict=True)
    ]
    write_rows(tmp_path / "vertebrae.csv", tuple(rows[0]), rows)
    first, second = level_subgroups(cases, tmp_path / "results.csv", shipped_rule("dxa_t_score"))
    names = {
        group.value: [c.result.category.value for c in group.cases] for group in (first, second)
    }
    assert names == {
        "L1 alone": ["osteopenia", "normal", "normal", "osteopenia"],
        "L2 alone": ["osteoporosis", "osteopenia", "normal", "osteoporosis"],
    }
    assert first.cases[0].result.t_score == pytest.approx(-2.1)
    assert first.cases[0].result.t_score_lower is None


def test_a_test_of_two_groups_has_no_level_of_its_own(tmp_path):
    rows = [{"study_uid": "1.0", "level": "L1", "p_normal": 0.5}]
    write_rows(tmp_path / "vertebrae.csv", tuple(rows[0]), rows)
    cases = two_groups("low_bone_mass")
    rule = deciding_rule([case.result for case in cases], Provenance())
    assert level_subgroups(cases, tmp_path / "results.csv", rule) == ()
