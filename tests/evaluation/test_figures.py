from __future__ import annotations

from dataclasses import replace

import pytest

from ctbone.evaluation.assessment import AssessmentOptions, assess
from ctbone.evaluation.figures import FIGURES, draw
from ctbone.evaluation.figures.bland_altman import _apart
from ctbone.evaluation.figures.marks import heading, said
from ctbone.evaluation.scales import LOW_BONE_MASS_OR_NOT
from ctbone.records import Interval
from ctbone.rules import shipped_rule

from .measures.test_thresholds import cohort, simulated
from .test_assessment import with_probabilities
from .two_groups import two_groups

#: What densities alone do not carry.
LACKING = {"calibration", "decision_curve", "t_score_bland_altman", "t_score_scatter"}


def with_t_scores(cases):
    """Return cases with a T-score by both tests, beside the density that decides."""
    return [
        replace(
            case,
            reference=replace(case.reference, t_score=case.reference.bmd_mg_cm3 / 40 - 4),
            result=replace(case.result, t_score=case.result.bmd_mg_cm3 / 40 - 4),
        )
        for case in cases
    ]


def test_a_group_with_everything_has_every_figure(tmp_path):
    found = assess(
        "site A",
        with_t_scores(with_probabilities(simulated(40, 1))),
        options=AssessmentOptions(rule=shipped_rule("acr_qct")),
    )
    names = {path.name for path in draw(found, tmp_path)}
    assert names == {f"{name}_site_A.{kind}" for name in FIGURES for kind in ("png", "svg")}
    assert names == {path.name for path in tmp_path.iterdir()}
    assert "<text" in (tmp_path / "calibration_site_A.svg").read_text()


@pytest.mark.parametrize(
    ("pairs", "figures"),
    [
        ([(150, None)], {"confusion_matrix"}),
        ([(150, 150), (60, 60), (100, 100)], {*FIGURES} - LACKING),
    ],
)
def test_what_a_group_lacks_is_not_drawn(pairs, figures, tmp_path):
    found = assess("x", cohort(pairs), options=AssessmentOptions(rule=shipped_rule("acr_qct")))
    assert {path.stem.removesuffix("_x") for path in draw(found, tmp_path)} == figures


def test_a_test_of_two_groups_has_its_columns_alone(tmp_path):
    found = assess("x", two_groups("low_bone_mass"), scale=LOW_BONE_MASS_OR_NOT)
    drawn = {path.stem.removesuffix("_x"): path for path in draw(found, tmp_path)}
    assert set(drawn) == {"confusion_matrix", "roc", "calibration", "decision_curve", "cutoffs"}
    text = drawn["confusion_matrix"].with_suffix(".svg").read_text()
    assert text.count("low bone mass") == 1
    assert "low bone mass: " in drawn["roc"].with_suffix(".svg").read_text()


@pytest.mark.parametrize("heights", [(0.5, 0.5, 0.5), (0.45, 0.5, 0.52), (0.1, 0.5, 0.9)])
def test_labels_do_not_meet(heights):
    low, mid, high = _apart(heights)
    assert mid - low >= 0.13
    assert high - mid >= 0.13
    assert mid == heights[1]


def test_a_long_name_is_broken(tmp_path):
    name = "external_test, the university hospital of a town with a long name indeed"
    found = assess(name, cohort([(150, 150), (60, 60), (100, 100)]))
    lines = heading(found, "ROC", 3).splitlines()
    assert len(lines) == 3
    assert max(map(len, lines)) <= 44
    assert " ".join(lines) == f"ROC {name} (3 patients)"


def test_numbers_are_written_as_in_print():
    assert said(Interval(-0.5, -1.25, 0.001)) == "\u22120.50 (\u22121.25 to 0.00)"
    assert said(Interval(-0.001, -0.001, 0.2)) == "0.00 (0.00 to 0.20)"
    assert said(None) == "not given"
