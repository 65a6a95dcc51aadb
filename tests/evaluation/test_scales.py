from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctbone.evaluation.scales import (
    CATEGORIES,
    LOW_BONE_MASS_OR_NOT,
    OSTEOPOROSIS_OR_NOT,
    TARGETS,
    THREE_WAY,
    Scale,
    ask_low_bone_mass,
    is_of,
    probability_of,
    scale_of,
    shared_targets,
    tells,
)
from ctbone.records import BoneCategory, CoarseCategory

from .conftest import make_result
from .two_groups import answered

NORMAL, OSTEOPENIA, OSTEOPOROSIS = CATEGORIES
NO_OSTEOPOROSIS, LOW = CoarseCategory.NO_OSTEOPOROSIS, CoarseCategory.LOW_BONE_MASS


def named(*categories, quantity=""):
    base = replace(make_result(0, 100.0), bmd_mg_cm3=None, quantity=quantity)
    return [replace(base, category=category) for category in categories]


def test_groups_take_in_the_categories_that_they_are_named_for():
    assert [is_of(c, LOW) for c in CATEGORIES] == [False, True, True]
    assert [is_of(c, NO_OSTEOPOROSIS) for c in CATEGORIES] == [True, True, False]
    assert [is_of(c, OSTEOPENIA) for c in CATEGORIES] == [False, True, False]
    assert not is_of(None, LOW)
    assert is_of(LOW, LOW)
    assert not is_of(LOW, OSTEOPOROSIS)


def test_a_group_on_both_sides_of_a_target_does_not_tell_it():
    assert tells(CATEGORIES, LOW)
    assert tells((NORMAL, LOW), NORMAL)
    assert not tells((NORMAL, LOW), OSTEOPOROSIS)
    assert not tells((NO_OSTEOPOROSIS, OSTEOPOROSIS), OSTEOPENIA)
    with pytest.raises(ValueError, match="tells normal, low_bone_mass cannot be asked for osteop"):
        Scale(classes=(NORMAL, LOW), targets=(OSTEOPENIA,))


@pytest.mark.parametrize(
    ("rows", "scale"),
    [
        ([], THREE_WAY),
        ([make_result(0, None)], THREE_WAY),
        (named(OSTEOPOROSIS), THREE_WAY),
        (named(*CATEGORIES), THREE_WAY),
        (named(OSTEOPOROSIS, NO_OSTEOPOROSIS), OSTEOPOROSIS_OR_NOT),
        (named(NORMAL, LOW), LOW_BONE_MASS_OR_NOT),
        (named(OSTEOPOROSIS, quantity="binary"), OSTEOPOROSIS_OR_NOT),
        (named(NORMAL, NORMAL, quantity="binary"), LOW_BONE_MASS_OR_NOT),
        ([make_result(0, None), answered(1, 0.1, "low_bone_mass")], LOW_BONE_MASS_OR_NOT),
    ],
)
def test_results_say_what_their_test_tells_apart(rows, scale):
    assert scale_of(rows) is scale


@pytest.mark.parametrize(
    "categories",
    [
        (NO_OSTEOPOROSIS, OSTEOPENIA),
        (NO_OSTEOPOROSIS, NORMAL),
        (LOW, OSTEOPOROSIS),
        (LOW, NO_OSTEOPOROSIS),
    ],
)
def test_categories_of_several_tests_are_refused(categories):
    found = ", ".join(sorted(categories))
    with pytest.raises(ValueError, match=f"categories of one test, .*; found {found}$"):
        scale_of(named(*categories))


def test_a_two_way_test_beside_a_measurement_is_refused():
    rows = [answered(0, 0.2, "osteoporosis"), make_result(1, 60.0)]
    with pytest.raises(ValueError, match="decided by binary, bmd_mg_cm3"):
        scale_of(rows)


def test_only_a_test_that_tells_osteopenia_can_be_asked_for_low_bone_mass():
    assert ask_low_bone_mass(THREE_WAY).targets == (*TARGETS, LOW)
    assert ask_low_bone_mass(LOW_BONE_MASS_OR_NOT) == LOW_BONE_MASS_OR_NOT
    with pytest.raises(ValueError, match="cannot be asked for low_bone_mass"):
        ask_low_bone_mass(OSTEOPOROSIS_OR_NOT)


def test_two_tests_share_the_questions_of_the_coarser():
    assert shared_targets(THREE_WAY, THREE_WAY) == TARGETS
    assert shared_targets(THREE_WAY, LOW_BONE_MASS_OR_NOT) == (LOW,)
    assert shared_targets(OSTEOPOROSIS_OR_NOT, THREE_WAY) == (OSTEOPOROSIS,)
    with pytest.raises(ValueError, match="found tests for low_bone_mass and for osteoporosis"):
        shared_targets(LOW_BONE_MASS_OR_NOT, OSTEOPOROSIS_OR_NOT)


def test_a_sentence_says_what_two_groups_lack():
    assert THREE_WAY.lack == ""
    assert LOW_BONE_MASS_OR_NOT.lack.startswith("The index test tells low bone mass from normal")


@given(share=st.integers(0, 10_000))
def test_low_bone_mass_is_as_likely_as_normal_is_not(share):
    probability = share / 10_000
    row = answered(0, probability, "low_bone_mass")
    assert probability_of(row, LOW) == probability
    assert probability_of(row, OSTEOPOROSIS) is None
    assert probability_of(answered(0, probability, "osteoporosis"), OSTEOPOROSIS) == probability
    assert probability_of(make_result(0, None), LOW) is None


def test_every_target_is_told_by_its_own_scale():
    for scale in (THREE_WAY, OSTEOPOROSIS_OR_NOT, LOW_BONE_MASS_OR_NOT):
        assert all(tells(scale.classes, target) for target in scale.targets)
        assert all(isinstance(t, BoneCategory | CoarseCategory) for t in scale.targets)
