from dataclasses import replace

import pytest

from ctbone.densitometry import ReferencePopulation, load_reference, shipped_reference

PEOPLE = ReferencePopulation(
    name="test",
    quantity="bmd_mg_cm3",
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
    # At 50 years the mean is 130 and the SD 30; beyond the ends both stay.
    [(50.0, -1.0), (30.0, -70.0 / 25.0), (20.0, -70.0 / 25.0), (95.0, 10.0 / 35.0)],
)
def test_a_z_score_counts_from_those_of_the_same_age(age, score):
    assert PEOPLE.z_score(100.0, age_years=age, sex="F") == pytest.approx(score)


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
        ({"young_sd": 0.0}, "standard deviations must be positive"),
        ({"young_mean": float("nan")}, "young_mean must be finite"),
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


def test_shipped_populations_hold_what_their_sources_print():
    jang = shipped_reference("jang2019_l1_hu")
    assert jang.t_score(226.0 - 44.0) == -1.0
    assert jang.z_score(89.0 + 38.0, age_years=92.0, sex="M") == 1.0
    assert jang.z_score(226.0, age_years=25.0, sex="F") == 0.0
    women = shipped_reference("hendrickson2018_l1_hu")
    assert women.t_score(236.0 - 2.5 * 42.0) == -2.5
    assert women.z_score(200.0, age_years=25.0, sex="F") is None


def test_a_file_is_named_when_it_is_wrong(tmp_path):
    (tmp_path / "odd.yaml").write_text("name: x\n")
    with pytest.raises(ValueError, match=r"odd.yaml lacks"):
        load_reference(tmp_path / "odd.yaml")
