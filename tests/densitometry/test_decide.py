"""One category, and numbers that agree with it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import decide, fit_calibration, shipped_rule
from ctbone.errors import NotEvaluable
from ctbone.records import BinaryAnswer, BmdEstimate, BoneCategory, Flag

L1, L2 = VertebralLevel.L1, VertebralLevel.L2
QCT, HU, DXA = (shipped_rule(name) for name in ("acr_qct", "hu_l1", "dxa_t_score"))


def dense(*values, sd=None):
    levels = (L1, L2)
    return [
        BmdEstimate(level=level, bmd_mg_cm3=value, sd_mg_cm3=sd)
        for level, value in zip(levels, values, strict=False)
    ]


@pytest.mark.parametrize(
    ("values", "category"),
    [
        ((79.9, 80.0), BoneCategory.OSTEOPENIA),
        ((80.0, 80.0), BoneCategory.OSTEOPENIA),
        ((79.9, 79.9), BoneCategory.OSTEOPOROSIS),
        ((120.0, 120.0), BoneCategory.OSTEOPENIA),
        ((120.0, 120.2), BoneCategory.NORMAL),
        ((60.0, 110.0), BoneCategory.OSTEOPENIA),
    ],
)
def test_the_mean_of_the_levels_decides(values, category):
    decision = decide(dense(*values), rule=QCT)
    assert decision.category is category
    assert decision.quantity == "bmd_mg_cm3"
    assert decision.value == decision.bmd_mg_cm3 == round(sum(values) / 2, 1)
    assert (decision.lower_mg_cm3, decision.probabilities) == (None, None)
    assert not decision.indeterminate
    assert decision.rule == "acr_qct"


@settings(max_examples=200, deadline=None)
@given(st.floats(-50.0, 300.0), st.floats(-50.0, 300.0), st.floats(0.0, 60.0))
def test_printed_value_category_limits_and_probabilities_agree(one, two, sd):
    decision = decide(dense(one, two, sd=sd), rule=QCT)
    assert QCT.category(decision.value) is decision.category
    assert decision.lower_mg_cm3 <= decision.value <= decision.upper_mg_cm3
    assert sum(decision.probabilities) == pytest.approx(1.0)
    assert min(decision.probabilities) >= 0.0
    at_ends = {QCT.category(decision.lower_mg_cm3), QCT.category(decision.upper_mg_cm3)}
    assert decision.indeterminate == (len(at_ends) > 1)
    assert (Flag.NEAR_CUT_OFF in decision.flags) == decision.indeterminate


def test_probabilities_are_those_of_a_normal_distribution():
    decision = decide(dense(90.0, 100.0, sd=12.0), rule=QCT)
    bell = stats.norm(95.0, 12.0)
    expected = (bell.sf(120.0), bell.cdf(120.0) - bell.cdf(80.0), bell.cdf(80.0))
    assert decision.probabilities == pytest.approx(expected)
    assert decision.lower_mg_cm3 == pytest.approx(bell.ppf(0.05), abs=0.051)
    assert decision.upper_mg_cm3 == pytest.approx(bell.ppf(0.95), abs=0.051)


@pytest.mark.parametrize("pairs", [10, 15, 30, 200])
def test_limits_by_a_fitted_line_cover_as_often_as_they_say(pairs):
    # 4,000 draws of 90 % have a standard error of 0.5 %. Without the errors of the line and of
    # its scatter, 83 % of them were covered with 10 pairs, 85 % with 15 and 88 % with 30.
    rng = np.random.default_rng(1)
    covered = [covers_a_draw(rng, pairs) for _ in range(4000)]
    assert np.mean(covered) == pytest.approx(0.9, abs=0.014)


def covers_a_draw(rng, pairs):
    """Fit a line to random pairs; say whether the limits of one more hold its density."""
    seen, hu = rng.uniform(60.0, 240.0, pairs), rng.uniform(60.0, 240.0)
    line = fit_calibration(
        seen, 0.8 * seen + rng.normal(0.0, 8.0, pairs),
        phantom="k2hpo4", scanner="A", kvp=None, source="made up",
    )  # fmt: skip
    estimate = BmdEstimate(
        level=L1,
        bmd_mg_cm3=line.density_mg_cm3(hu),
        sd_mg_cm3=line.sd_at_mg_cm3(hu),
        sd_degrees_of_freedom=line.degrees_of_freedom,
    )
    found = decide([estimate], rule=QCT)
    return found.lower_mg_cm3 <= 0.8 * hu + rng.normal(0.0, 8.0) <= found.upper_mg_cm3


@pytest.mark.parametrize("levels", [1, 2])
def test_limits_by_a_line_of_patients_cover_one_level_and_two(levels):
    # Bodies that err each on its own are the worst for one level: as if its scatter were that of
    # the patient, 77 % were covered.
    rng = np.random.default_rng(1)
    covered = [covers_a_patient(rng, levels) for _ in range(4000)]
    assert np.mean(covered) == pytest.approx(0.9, abs=0.014)


def covers_a_patient(rng, levels):
    """Fit a line to means of two bodies; say whether limits hold the density of one or both."""
    seen = rng.uniform(60.0, 240.0, 30)
    density = 0.8 * seen + rng.normal(0.0, 8.0, (2, 30)).mean(axis=0)
    about = {"phantom": "k2hpo4", "scanner": "A", "kvp": None, "source": "made up"}
    line = replace(fit_calibration(seen, density, **about), bodies=2)
    hu = rng.uniform(60.0, 240.0)
    estimate = BmdEstimate(
        level=L1,
        bmd_mg_cm3=line.density_mg_cm3(hu),
        sd_mg_cm3=line.sd_at_mg_cm3(hu, bodies=levels),
        sd_degrees_of_freedom=line.degrees_of_freedom,
    )
    found = decide([replace(estimate, level=level) for level in (L1, L2)[:levels]], rule=QCT)
    true = 0.8 * hu + rng.normal(0.0, 8.0, levels).mean()
    return found.lower_mg_cm3 <= true <= found.upper_mg_cm3


def test_a_scatter_of_few_pairs_gives_the_limits_and_probabilities_of_student():
    known = dense(90.0, 100.0, sd=12.0)
    estimates = [replace(one, sd_degrees_of_freedom=8) for one in known]
    decision, bell = decide(estimates, rule=QCT), stats.t(8, 95.0, 12.0)
    expected = (bell.sf(120.0), bell.cdf(120.0) - bell.cdf(80.0), bell.cdf(80.0))
    assert decision.probabilities == pytest.approx(expected)
    assert decision.lower_mg_cm3 == pytest.approx(bell.ppf(0.05), abs=0.051)
    assert decision.upper_mg_cm3 == pytest.approx(bell.ppf(0.95), abs=0.051)


def test_a_value_clear_of_the_cut_offs_is_determinate():
    assert not decide(dense(100.0, 100.0, sd=5.0), rule=QCT).indeterminate
    assert decide(dense(84.0, 84.0, sd=5.0), rule=QCT).indeterminate


def test_without_calibration_the_hu_rule_decides_and_says_so():
    estimates = [
        BmdEstimate(level=L1, trabecular_hu=104.0),
        BmdEstimate(level=L2, trabecular_hu=112.0),
    ]
    decision = decide(estimates, rule=HU)
    assert (decision.category, decision.value) == (BoneCategory.OSTEOPOROSIS, 108.0)
    assert decision.quantity == "trabecular_hu"
    assert decision.bmd_mg_cm3 is None
    assert decision.flags == (Flag.UNCALIBRATED,)


def scored(*values, sd=None):
    levels = (L1, L2)
    return [
        BmdEstimate(level=level, t_score=value, t_score_sd=sd)
        for level, value in zip(levels, values, strict=False)
    ]


@pytest.mark.parametrize(
    ("values", "category"),
    [
        ((-2.4, -2.6), BoneCategory.OSTEOPOROSIS),
        ((-2.4, -2.4), BoneCategory.OSTEOPENIA),
        ((-1.1, -1.1), BoneCategory.OSTEOPENIA),
        ((-1.0, -1.0), BoneCategory.NORMAL),
    ],
)
def test_t_scores_decide_by_the_rule_of_dxa(values, category):
    decision = decide(scored(*values), rule=DXA)
    assert (decision.category, decision.quantity) == (category, "t_score")
    assert decision.value == decision.t_score == round(sum(values) / 2, 1)
    assert (decision.t_score_lower, decision.t_score_upper) == (None, None)
    assert (decision.bmd_mg_cm3, decision.probabilities) == (None, None)


@settings(max_examples=200, deadline=None)
@given(st.floats(-6.0, 4.0), st.floats(-6.0, 4.0), st.floats(0.0, 3.0))
def test_a_printed_t_score_its_category_limits_and_probabilities_agree(one, two, sd):
    decision = decide(scored(one, two, sd=sd), rule=DXA)
    assert DXA.category(decision.value) is decision.category
    assert decision.t_score_lower <= decision.value <= decision.t_score_upper
    assert sum(decision.probabilities) == pytest.approx(1.0)
    at_ends = {DXA.category(decision.t_score_lower), DXA.category(decision.t_score_upper)}
    assert decision.indeterminate == (len(at_ends) > 1) == (Flag.NEAR_CUT_OFF in decision.flags)


def test_limits_of_a_t_score_are_those_of_a_normal_distribution():
    decision = decide(scored(-1.8, -2.0, sd=0.5), rule=DXA)
    bell = stats.norm(-1.9, 0.5)
    assert decision.t_score_lower == pytest.approx(bell.ppf(0.05), abs=0.051)
    assert decision.t_score_upper == pytest.approx(bell.ppf(0.95), abs=0.051)
    assert decision.probabilities[2] == pytest.approx(bell.cdf(-2.5))


def test_no_value_is_printed_as_minus_zero():
    decision = decide(scored(-0.02, -0.02, sd=0.01), rule=DXA)
    assert [f"{v:.1f}" for v in (decision.value, decision.t_score_upper)] == ["0.0", "0.0"]


def test_a_density_is_no_t_score_and_a_t_score_no_density():
    with pytest.raises(ValueError, match="needs a T-score"):
        decide(dense(90.0, 90.0), rule=DXA)
    with pytest.raises(ValueError, match="needs mg/cm3"):
        decide(scored(-1.0, -1.0), rule=QCT)


def test_a_density_decides_where_probabilities_stand_beside_it():
    # By its classes this patient would be normal.
    estimates = [
        BmdEstimate(level=L1, bmd_mg_cm3=70.0, sd_mg_cm3=4.0, probabilities=(0.9, 0.1, 0.0))
    ]
    decision = decide(estimates, rule=QCT)
    assert (decision.category, decision.quantity) == (BoneCategory.OSTEOPOROSIS, "bmd_mg_cm3")
    assert decision.probabilities[2] == pytest.approx(stats.norm(70.0, 4.0).cdf(80.0))


MEASURED = {
    "bmd_mg_cm3": (dense(100.0, 100.0), QCT),
    "t_score": (scored(-1.8, -2.0), DXA),
    "trabecular_hu": ([BmdEstimate(level=L1, trabecular_hu=104.0)], HU),
    "probabilities": ([BmdEstimate(level=L1, probabilities=(0.1, 0.3, 0.6))], QCT),
    "binary": (
        [BmdEstimate(level=L1, binary=BinaryAnswer(target="osteoporosis", probability=0.7))],
        QCT,
    ),
}


@pytest.mark.parametrize("quantity", MEASURED)
def test_a_decision_names_its_rule_and_is_sure_where_nothing_says_otherwise(quantity):
    estimates, rule = MEASURED[quantity]
    decision = decide(estimates, rule=rule)
    assert (decision.quantity, decision.rule) == (quantity, rule.name)
    assert decision.indeterminate is False
    assert Flag.NEAR_CUT_OFF not in decision.flags


def test_flags_are_gathered_once():
    estimates = [
        BmdEstimate(level=level, bmd_mg_cm3=100.0, flags=(Flag.SMALL_REGION,))
        for level in (L1, L2)
    ]
    assert decide(estimates, rule=QCT).flags == (Flag.SMALL_REGION,)
    assert Flag.ONE_LEVEL_ONLY in decide(estimates[:1], rule=QCT).flags


def test_nothing_to_decide_is_not_evaluable():
    with pytest.raises(NotEvaluable, match="found none"):
        decide([], rule=QCT)


@pytest.mark.parametrize(
    ("rule", "message"),
    [(QCT, "needs mg/cm3"), (DXA, "needs a T-score, which CT does not give but through")],
)
def test_a_quantity_that_is_lacking_is_refused(rule, message):
    with pytest.raises(ValueError, match=message):
        decide([BmdEstimate(level=L1, trabecular_hu=100.0)], rule=rule)


def test_the_hu_rule_refuses_densities_alone():
    with pytest.raises(ValueError, match="needs trabecular HU"):
        decide(dense(90.0, 90.0), rule=HU)
