"""Levels against each other: who is wrong where it can be told, and both where it cannot."""

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import TrabecularMeasurement
from ctbone.errors import Reason
from ctbone.localisation.trust import TRUST
from ctbone.localisation.trust.agreement import disagreements, standard_error, uneven_levels


def measured(mean_hu, *, sd_hu=30.0, volume_mm3=2800.0):
    return TrabecularMeasurement(
        mean_hu=mean_hu,
        median_hu=mean_hu,
        sd_hu=sd_hu,
        p10_hu=mean_hu,
        p90_hu=mean_hu,
        voxels=int(volume_mm3),
        volume_mm3=volume_mm3,
        flags=(),
    )


def doubts_of(**means):
    found = {VertebralLevel[name]: measured(mean) for name, mean in means.items()}
    return {level.name: doubt for level, doubt in disagreements(found, config=TRUST).items()}


def test_noise_of_30_hu_leaves_about_one_in_a_region_of_a_usual_size():
    assert standard_error(measured(140.0)) == pytest.approx(30.0 * (2.8 / 2800.0) ** 0.5)
    assert standard_error(measured(140.0, volume_mm3=1.0)) == 30.0


def test_two_levels_may_lie_four_standard_deviations_apart():
    # sd: 5 % of 140, 5 HU and twice 0.949 HU of noise: 8.706; four times that is 34.8.
    assert not doubts_of(L1=140.0 + 17.3, L2=140.0 - 17.3)
    found = doubts_of(L1=140.0 + 17.6, L2=140.0 - 17.6)
    assert set(found) == {"L1", "L2"}
    assert found["L1"].reason is Reason.LEVELS_DISAGREE
    assert found["L1"].detail == "expected within 35 HU of L2 (122 HU), found 158"


def test_of_several_the_odd_one_is_wrong_and_the_others_stand():
    found = doubts_of(T12=150.0, L1=70.0, L2=140.0, L3=138.0)
    assert set(found) == {"L1"}
    assert found["L1"].detail.startswith("expected within")
    assert "of T12, L2, L3 (140 HU), found 70" in found["L1"].detail


def test_one_far_out_does_not_take_its_neighbours_with_it():
    assert set(doubts_of(L1=150.0, L2=650.0, L3=145.0)) == {"L2"}


def test_two_wrong_ones_are_both_found():
    assert set(doubts_of(T11=155.0, T12=150.0, L1=60.0, L2=300.0, L3=140.0)) == {"L1", "L2"}


def test_sparse_bone_is_not_held_to_a_share_of_nothing():
    assert not doubts_of(L1=-5.0, L2=10.0)
    assert not doubts_of(T12=12.0, L1=4.0, L2=18.0)


def test_one_level_agrees_with_itself_and_other_regions_are_not_compared():
    assert not doubts_of(L1=140.0)
    assert not doubts_of(L2=140.0, L5=260.0)


def uneven(**spreads):
    found = {VertebralLevel[name]: measured(140.0, sd_hu=sd) for name, sd in spreads.items()}
    return {level.name: doubt for level, doubt in uneven_levels(found, config=TRUST).items()}


def test_a_level_that_spreads_further_than_the_others_holds_something_coarse():
    found = uneven(T12=21.0, L1=42.0, L2=20.0, L3=22.0)
    assert set(found) == {"L1"}
    assert found["L1"].reason is Reason.FOCAL_LESION
    assert found["L1"].detail == (
        "expected a spread within 1.35 times that of T12, L2, L3 (21 HU), found 42"
    )


def test_noise_that_all_levels_share_says_nothing():
    assert not uneven(T12=58.0, L1=61.0, L2=66.0, L3=60.0)
    assert uneven(T12=20.0, L1=27.1, L2=20.0)
    assert not uneven(T12=20.0, L1=26.9, L2=20.0)


def test_of_two_levels_none_can_be_told_to_spread_too_far():
    assert not uneven(L1=20.0, L2=60.0)
    assert not uneven(L1=20.0, L4=21.0, L5=60.0)
