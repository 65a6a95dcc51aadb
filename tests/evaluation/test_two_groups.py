"""What is found of a test of two groups, in numbers that a hand can count."""

from __future__ import annotations

from itertools import product

import pytest

from ctbone.evaluation import (
    AssessmentOptions,
    ConfusionMatrix,
    assess,
    compare,
    link,
    one_vs_rest,
    tabulate,
)
from ctbone.evaluation.cautions import cautions_of
from ctbone.evaluation.flow import flow_of
from ctbone.evaluation.measures.thresholds import choose_threshold, report_threshold
from ctbone.evaluation.scales import (
    LOW_BONE_MASS_OR_NOT,
    OSTEOPOROSIS_OR_NOT,
    THREE_WAY,
    shared_targets,
)
from ctbone.evaluation.subgroups import assess_subgroups, subgroups
from ctbone.interchange.tables import count_cells
from ctbone.records import BoneCategory, CoarseCategory
from ctbone.rules import shipped_rule

from .two_groups import TOLD, by_dxa, by_t_score, two_groups

OSTEOPOROSIS, LOW = BoneCategory.OSTEOPOROSIS, CoarseCategory.LOW_BONE_MASS

#: Target, scale, T-score below which a patient has it, matrix, and patients without a result.
TESTS = {
    "osteoporosis": (OSTEOPOROSIS, OSTEOPOROSIS_OR_NOT, -2.5, ((3, 1), (1, 2), (1, 2)), (0, 2)),
    "low_bone_mass": (LOW, LOW_BONE_MASS_OR_NOT, -1.0, ((3, 1), (1, 2), (1, 2)), (1, 1)),
}


def by_hand(line):
    """Return the cells of the 2x2 table from the patients themselves."""
    cells = dict.fromkeys(("tp", "fp", "fn", "tn"), 0)
    for t_score, probability in TOLD:
        if probability is not None:
            sick, found = t_score < line, probability >= 0.5
            cells[("tp" if found else "fn") if sick else ("fp" if found else "tn")] += 1
    return cells


def area_by_hand(line):
    known = [(t < line, p) for t, p in TOLD if p is not None]
    pairs = product([p for sick, p in known if sick], [p for sick, p in known if not sick])
    wins = [(a > b) + 0.5 * (a == b) for a, b in pairs]
    return sum(wins) / len(wins)


@pytest.mark.parametrize("name", TESTS)
def test_one_table_comes_out_and_it_is_that_of_the_patients(name):
    target, scale, line, counts, missing = TESTS[name]
    found = assess("all", two_groups(name), scale=scale)
    assert list(found.targets) == [target]
    told = found.targets[target]
    assert count_cells(told.table) == by_hand(line)
    assert found.matrix == ConfusionMatrix(
        counts=counts, nonevaluable=(1, 1, 0), classes=scale.classes
    )
    both = told.intention
    assert (both.nonevaluable_diseased, both.nonevaluable_healthy) == missing
    assert both.table.false_negatives == told.table.false_negatives + missing[0]
    assert both.table.false_positives == told.table.false_positives + missing[1]
    assert told.auc.estimate == pytest.approx(area_by_hand(line))


@pytest.mark.parametrize("name", TESTS)
def test_the_one_probability_is_judged(name):
    target, scale, line, _, _ = TESTS[name]
    told = assess("all", two_groups(name), scale=scale).targets[target]
    known = [(t < line, p) for t, p in TOLD if p is not None]
    squares = [(p - sick) ** 2 for sick, p in known]
    assert told.calibration.brier.estimate == pytest.approx(sum(squares) / len(squares))
    assert (told.calibration.n, told.calibration.events) == (10, sum(s for s, _ in known))
    # Cut at one half, from either side of it, the sweep is the table that was given.
    (half,) = (row for row in told.cutoffs.rows if row.cut_off == 0.5)
    assert half.table == told.table
    assert told.cutoffs.is_above is (name == "osteoporosis")


@pytest.mark.parametrize("name", TESTS)
def test_what_needs_three_categories_is_left_out_with_a_reason(name):
    _, scale, _, _, _ = TESTS[name]
    found = assess("all", two_groups(name), scale=scale)
    kept = found.agreement
    assert (kept.accuracy, kept.kappa, kept.quadratic_kappa, found.brier) == (None,) * 4
    assert "two groups apart" in kept.note
    cases = two_groups(name)
    linkage = link([c.result for c in cases], [c.reference for c in cases])
    assert linkage.scale is scale
    sentences = {c.code: c.sentence for c in cautions_of([found], linkage)}
    assert scale.lack in sentences["two_groups"]
    assert "dependent_tables" not in sentences


def test_a_target_that_two_groups_do_not_tell_is_refused():
    matrix = tabulate(two_groups("low_bone_mass"), scale=LOW_BONE_MASS_OR_NOT)
    with pytest.raises(ValueError, match="a test that tells osteoporosis, found one of normal"):
        one_vs_rest(matrix, OSTEOPOROSIS)
    with pytest.raises(ValueError, match="found low_bone_mass, normal"):
        tabulate(two_groups("low_bone_mass"), scale=OSTEOPOROSIS_OR_NOT)
    with pytest.raises(ValueError, match="expected counts in 3 rows of 2"):
        ConfusionMatrix(counts=((1, 2), (3, 4)), classes=LOW_BONE_MASS_OR_NOT.classes)


def test_the_flow_ends_in_two_groups():
    cases = two_groups("low_bone_mass")
    flow = flow_of(link([c.result for c in cases], [c.reference for c in cases]))
    assert flow.results == {BoneCategory.NORMAL: (3, 1, 1), LOW: (1, 2, 2)}
    assert (flow.evaluated, flow.with_result, flow.nonevaluable) == (12, 10, 2)


def test_subgroups_have_the_target_of_the_test_alone():
    parts = subgroups(two_groups("low_bone_mass"))
    rows = assess_subgroups(parts, scale=LOW_BONE_MASS_OR_NOT)
    assert {row.target for row in rows} == {LOW}
    (whole,) = (row for row in rows if row.subgroup.covariate == "reference standard")
    assert count_cells(whole.table) == by_hand(-1.0)
    assert whole.nonevaluable == 2


def test_other_lines_of_the_reference_move_the_one_table():
    found = assess("all", two_groups("osteoporosis"), scale=OSTEOPOROSIS_OR_NOT)
    changes = {change.rule.name: change for change in found.reference_changes}
    assert changes["dxa_t_score"].tables == {OSTEOPOROSIS: found.targets[OSTEOPOROSIS].table}
    milder = changes["T-score -2 and -1"].tables[OSTEOPOROSIS]
    # The patient at -2.4 was found and is diseased now; the one at -2.0 is as the rule has it.
    assert milder.diseased >= found.targets[OSTEOPOROSIS].table.diseased + 1


def test_a_threshold_is_chosen_on_the_probability_of_normal():
    cases = two_groups("low_bone_mass")
    found = choose_threshold(cases, LOW, sensitivity=4 / 6)
    # 0.9, 0.8, 0.7 and 0.6 of the six with low bone mass: normal at most at 0.4.
    assert (found.quantity, found.sign, found.cut_off) == ("p_normal", -1.0, 0.4)
    others = [
        type(case)(
            reference=by_dxa(i + 50, case.reference.t_score),
            result=case.result,
        )
        for i, case in enumerate(cases)
    ]
    assert report_threshold(found, others).table == found.table


def test_a_test_of_two_groups_stands_beside_one_of_three():
    low = two_groups("low_bone_mass")
    three = by_t_score([(t, t) for t, _ in TOLD])
    targets = shared_targets(LOW_BONE_MASS_OR_NOT, THREE_WAY)
    found = compare(low, three, targets=targets)
    assert (found.patients, found.nonevaluable_first) == (10, 2)
    told = found.targets[LOW]
    # The other test is the DXA itself, and always right.
    cells = by_hand(-1.0)
    assert told.sensitivity.second == told.specificity.second == 1.0
    assert told.sensitivity.second_only == cells["fn"]
    assert told.specificity.second_only == cells["fp"]
    assert told.auc.second.estimate == 1.0
    assert told.auc.first.estimate == pytest.approx(area_by_hand(-1.0))


def test_a_test_of_three_can_be_asked_for_low_bone_mass_too():
    from ctbone.evaluation.scales import ask_low_bone_mass

    cases = by_t_score([(-3.0, -2.0), (-1.5, 0.5), (0.0, -3.0), (1.0, 1.0), (-2.0, -1.5)])
    found = assess(
        "all",
        cases,
        scale=ask_low_bone_mass(THREE_WAY),
        options=AssessmentOptions(rule=shipped_rule("dxa_t_score")),
    )
    assert list(found.targets)[3:] == [LOW]
    told = found.targets[LOW]
    assert count_cells(told.table) == {"tp": 2, "fp": 1, "fn": 1, "tn": 1}
    assert told.cutoffs.rule_cut_off == shipped_rule("dxa_t_score").normal_above
    (own,) = (r for r in told.cutoffs.rows if r.cut_off == told.cutoffs.rule_cut_off)
    assert own.table == told.table
    assert found.matrix.total == 5
    assert found.kappa is not None


def test_t_scores_agree_as_densities_do():
    told = [(-3.0, -2.5), (-1.5, -1.5), (0.0, -0.5), (1.0, 1.5)]
    found = assess(
        "all", by_t_score(told), options=AssessmentOptions(rule=shipped_rule("dxa_t_score"))
    )
    differences = [index - reference for reference, index in told]
    assert found.density is None
    assert found.t_score.n == 4
    assert found.t_score.bias.estimate == pytest.approx(sum(differences) / 4)
    assert found.t_score.mae.estimate == pytest.approx(sum(map(abs, differences)) / 4)
    osteoporosis = found.targets[OSTEOPOROSIS]
    assert (osteoporosis.score, osteoporosis.cutoffs.rule) == ("minus t_score", "dxa_t_score")
    assert osteoporosis.cutoffs.rule_cut_off == -2.5
    assert [row.cut_off for row in osteoporosis.cutoffs.rows][:3] == [-3.5, -3.4, -3.3]
