"""A patient is classed by what the classifier says, and by nothing else."""

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import decide, shipped_rule
from ctbone.records import (
    BinaryAnswer,
    BmdEstimate,
    BoneCategory,
    CoarseCategory,
    Flag,
)

L1, L2 = VertebralLevel.L1, VertebralLevel.L2
QCT = shipped_rule("acr_qct")


def answered(*probabilities, target="osteoporosis", threshold=0.5):
    return [
        BmdEstimate(
            level=level,
            binary=BinaryAnswer(target=target, probability=p, threshold=threshold),
        )
        for level, p in zip((L1, L2), probabilities, strict=False)
    ]


def test_a_classifier_decides_by_the_mean_of_its_probabilities():
    estimates = [
        BmdEstimate(level=L1, probabilities=(0.1, 0.3, 0.6)),
        BmdEstimate(level=L2, probabilities=(0.2, 0.4, 0.4)),
    ]
    decision = decide(estimates, rule=QCT)
    assert decision.category is BoneCategory.OSTEOPOROSIS
    assert decision.quantity == "probabilities"
    assert decision.probabilities == pytest.approx((0.15, 0.35, 0.5))
    assert decision.value == pytest.approx(0.5)
    # Half is enough: no other category has more.
    assert not decision.indeterminate
    torn = decide([BmdEstimate(level=L1, probabilities=(0.3, 0.4, 0.3))], rule=QCT)
    assert torn.indeterminate
    assert Flag.NEAR_CUT_OFF in torn.flags


@pytest.mark.parametrize(
    ("target", "mean", "category"),
    [
        ("osteoporosis", 0.5, BoneCategory.OSTEOPOROSIS),
        ("osteoporosis", 0.4999, CoarseCategory.NO_OSTEOPOROSIS),
        ("low_bone_mass", 0.5, CoarseCategory.LOW_BONE_MASS),
        ("low_bone_mass", 0.4999, BoneCategory.NORMAL),
    ],
)
def test_a_two_way_test_says_no_more_than_it_knows(target, mean, category):
    decision = decide(answered(mean - 0.1, mean + 0.1, target=target), rule=QCT)
    assert decision.category is category
    assert (decision.quantity, decision.value) == ("binary", pytest.approx(mean))
    assert decision.binary.target == target
    assert decision.binary.probability == decision.value
    assert (decision.bmd_mg_cm3, decision.probabilities, decision.t_score) == (None, None, None)
    assert not decision.indeterminate


def test_an_operating_threshold_moves_the_cut():
    low = decide(answered(0.3, 0.3, threshold=0.3), rule=QCT)
    assert low.category is BoneCategory.OSTEOPOROSIS
    assert low.binary.threshold == 0.3
    high = decide(answered(0.6, 0.6, threshold=0.7), rule=QCT)
    assert high.category is CoarseCategory.NO_OSTEOPOROSIS


def test_the_printed_probability_decides():
    # As printed, with four decimals, it reaches the threshold.
    decision = decide(answered(0.49996), rule=QCT)
    assert (decision.value, decision.category) == (0.5, BoneCategory.OSTEOPOROSIS)
    assert decision.flags == (Flag.ONE_LEVEL_ONLY,)


def test_levels_asked_for_different_things_are_refused():
    mixed = [*answered(0.5), *answered(0.5, target="low_bone_mass")]
    with pytest.raises(ValueError, match="one target with one threshold, got several"):
        decide(mixed, rule=QCT)
