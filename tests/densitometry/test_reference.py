from dataclasses import fields, replace
from pathlib import Path

import pytest

from ctbone.densitometry import (
    ReferencePopulation,
    load_named,
    named_path,
)
from ctbone.resources import config_path

PEOPLE = ReferencePopulation(
    name="test",
    version=1,
    quantity="bmd_mg_cm3",
    levels=("L1", "L2"),
    phantom="k2hpo4",
    sex="F",
    young_mean=170.0,
    young_sd=25.0,
    population="nobody",
    source="made up",
    verified="nothing",
    mean_by_age={30.0: 170.0, 70.0: 90.0},
    sd_by_age={30.0: 25.0, 70.0: 35.0},
)


@pytest.mark.parametrize(("value", "score"), [(170.0, 0.0), (107.5, -2.5), (195.0, 1.0)])
def test_a_t_score_counts_from_the_young(value, score):
    assert PEOPLE.t_score(value) == pytest.approx(score)


@pytest.mark.parametrize(
    ("age", "score"),
    # At 50 years the mean is 130 and the SD 30.
    [(50.0, -1.0), (30.0, -70.0 / 25.0), (70.0, 10.0 / 35.0)],
)
def test_a_z_score_counts_from_those_of_the_same_age(age, score):
    assert PEOPLE.z_score(100.0, age_years=age, sex="F") == pytest.approx(score)


@pytest.mark.parametrize("age", [29.9, 70.1, float("nan")])
def test_there_is_no_z_score_beyond_the_ages_of_the_population(age):
    assert PEOPLE.z_score(100.0, age_years=age, sex="F") is None


def test_a_population_without_values_by_age_compares_with_the_young_alone():
    told = {one.name: getattr(PEOPLE, one.name) for one in fields(PEOPLE)}
    bare = ReferencePopulation(**{n: v for n, v in told.items() if not n.endswith("_by_age")})
    assert bare.t_score(145.0) == -1.0
    assert bare.z_score(145.0, age_years=50.0, sex="F") is None


def test_there_is_no_z_score_of_another_sex_of_no_age_or_without_values():
    assert PEOPLE.z_score(100.0, age_years=50.0, sex="M") is None
    assert PEOPLE.z_score(100.0, age_years=50.0, sex=None) is None
    assert PEOPLE.z_score(100.0, age_years=None, sex="F") is None
    bare = replace(PEOPLE, mean_by_age={}, sd_by_age={})
    assert bare.z_score(100.0, age_years=50.0, sex="F") is None
    assert replace(PEOPLE, sex="any").z_score(130.0, age_years=50.0, sex=None) == 0.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "name and source must be given"),
        ({"levels": ()}, "at least one level"),
        ({"levels": ("L1", "L1")}, "each level once, got L1 twice"),
        ({"phantom": None}, "phantom must be k2hpo4 or hydroxyapatite where bmd_mg_cm3 is"),
        ({"quantity": "trabecular_hu"}, "phantom must be None where trabecular_hu is"),
        ({"young_sd": 0.0}, "standard deviations must be positive"),
        ({"young_mean": float("nan")}, "young_mean must be finite"),
        ({"young_sd": float("inf")}, "must be positive"),
        ({"sd_by_age": {30.0: 25.0}}, "must give the same ages"),
        ({"sd_by_age": {30.0: 25.0, 70.0: float("nan")}}, "must be positive"),
        ({"mean_by_age": {30.0: float("inf"), 70.0: 1.0}}, "must hold numbers"),
        (
            {"mean_by_age": {70.0: 1.0, 30.0: 2.0}, "sd_by_age": {70.0: 1.0, 30.0: 1.0}},
            "ages must rise",
        ),
    ],
)
def test_normal_values_that_make_no_sense_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(PEOPLE, **change)


def shipped(name):
    return load_named(named_path(Path(name), ReferencePopulation), ReferencePopulation)


def test_shipped_populations_hold_what_their_sources_print():
    jang = shipped("jang2019_l1_hu")
    assert jang.t_score(226.0 - 44.0) == -1.0
    assert jang.z_score(89.0 + 38.0, age_years=92.0, sex="M") == 1.0
    assert jang.z_score(226.0, age_years=25.0, sex="F") == 0.0
    assert (jang.version, jang.levels, jang.phantom) == (1, ("L1",), None)
    women = shipped("hendrickson2018_l1_hu")
    assert women.t_score(236.0 - 2.5 * 42.0) == -2.5
    assert women.z_score(200.0, age_years=25.0, sex="F") is None


def test_a_file_is_named_when_it_is_wrong(tmp_path):
    (tmp_path / "odd.yaml").write_text("name: x\n")
    with pytest.raises(ValueError, match=r"odd.yaml lacks"):
        load_named(tmp_path / "odd.yaml", ReferencePopulation)


def test_a_population_is_a_file_or_the_name_of_one_that_ships():
    among = config_path("references/jang2019_l1_hu.yaml")
    assert named_path(Path("jang2019_l1_hu"), ReferencePopulation) == among
    assert named_path(Path("own.yaml"), ReferencePopulation) == Path("own.yaml")
    with pytest.raises(ValueError, match=r"references/ holds .*hendrickson2018_l1_hu"):
        named_path(Path("nobody"), ReferencePopulation)
