"""T-scores and Z-scores of a density, and the sentences where there is none."""

from dataclasses import replace

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import misfit, qct_scores
from ctbone.records import QctScores

from .test_reference import PEOPLE

LEVELS = (VertebralLevel.L1, VertebralLevel.L2)
MEN = replace(PEOPLE, name="men", sex="M", young_mean=160.0, young_sd=20.0)


def scores(density=100.0, **changes):
    given = {"levels": LEVELS, "age_years": 50.0, "sex": "F", "references": (PEOPLE,)}
    return qct_scores(density, **(given | changes))


def test_a_density_is_compared_with_the_young_and_with_those_of_the_same_age():
    # (100 - 170) / 25 and, at 50 years, (100 - 130) / 30.
    assert scores() == QctScores(t_score=-2.8, z_score=-1.0)


def test_there_is_nothing_to_say_where_no_population_is_configured():
    assert scores(references=()) == QctScores()


def test_scores_have_one_decimal_and_no_negative_zero():
    found = scores(170.0 - 0.1, age_years=30.0)
    assert (str(found.t_score), str(found.z_score)) == ("0.0", "0.0")
    assert scores(101.0).t_score == -2.8


def test_ages_count_in_whole_years():
    # The mean falls by 2 mg/cm3 a year: a fraction of a year would show, at an SD of 0.1.
    sharp = replace(PEOPLE, sd_by_age={30.0: 0.1, 70.0: 0.1})
    found = [scores(age_years=age, references=(sharp,)) for age in (50.0, 50.99, 51.0)]
    assert [one.z_score for one in found] == [-300.0, -300.0, -280.0]


@pytest.mark.parametrize(("sex", "t_score"), [("F", -2.8), ("M", -3.0)])
def test_each_sex_has_its_own_population(sex, t_score):
    assert scores(sex=sex, references=(PEOPLE, MEN)).t_score == t_score


@pytest.mark.parametrize("sex", ["F", "M", "O", None])
def test_a_population_of_any_sex_is_for_everyone(sex):
    anyone = replace(PEOPLE, sex="any")
    assert scores(sex=sex, references=(anyone,)) == QctScores(t_score=-2.8, z_score=-1.0)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"sex": "M"},
            "expected a patient of sex F, whom test holds for, found another",
        ),
        (
            {"sex": None, "references": (PEOPLE, MEN)},
            "expected a patient of sex F, whom test holds for or M, whom men holds for, "
            "found none in the header",
        ),
        (
            {"levels": LEVELS[:1]},
            "expected L1 and L2, which test holds for, found L1",
        ),
        (
            {"levels": (*LEVELS, VertebralLevel.L3)},
            "expected L1 and L2, which test holds for, found L1 and L2 and L3",
        ),
        ({"density": None}, "expected a density in mg/cm3, found none"),
        (
            {"references": (replace(PEOPLE, phantom="hydroxyapatite"),)},
            "expected a reference in mg/cm3 of k2hpo4, as all densities here are, found test in "
            "hydroxyapatite",
        ),
        (
            {"references": (replace(PEOPLE, quantity="trabecular_hu", phantom=None),)},
            "expected a reference of bmd_mg_cm3, found test of trabecular_hu",
        ),
    ],
)
def test_neither_score_is_given_to_a_density_that_is_not_comparable(changes, why):
    assert scores(**changes) == QctScores(detail=f"no QCT T-score and no QCT Z-score: {why}")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"age_years": None},
            "expected an age of 30 to 70 years, which test holds for, found none in the header",
        ),
        (
            {"age_years": 71.0},
            "expected an age of 30 to 70 years, which test holds for, found another",
        ),
        (
            {"references": (replace(PEOPLE, mean_by_age={}, sd_by_age={}),)},
            "expected normal values by age, found none in test",
        ),
    ],
)
def test_a_z_score_alone_is_missing_where_the_age_is(changes, why):
    assert scores(**changes) == QctScores(t_score=-2.8, detail=f"no QCT Z-score: {why}")


def test_whoever_is_no_adult_has_no_t_score():
    children = replace(
        PEOPLE, mean_by_age={10.0: 150.0, 70.0: 90.0}, sd_by_age={10.0: 25.0, 70.0: 35.0}
    )
    found = scores(150.0, age_years=10.9, references=(children,))
    assert (found.t_score, found.z_score) == (None, 0.0)
    assert found.detail == ("no QCT T-score: expected an age of 20 years or more, found another")
    found = scores(age_years=19.0)
    assert (found.t_score, found.z_score) == (None, None)
    assert found.detail.count("no QCT") == 2
    assert scores(age_years=20.0).t_score == -2.8


@pytest.mark.parametrize("age", [19.5, 71.25, 88.0])
def test_no_sentence_tells_an_age(age):
    assert f"{age:g}" not in scores(age_years=age).detail
    assert str(int(age)) not in scores(age_years=age).detail


def test_a_reason_is_one_line():
    found = scores(sex="M", references=(replace(PEOPLE, name="two\nlines"),))
    assert "whom two lines holds for" in found.detail


def test_a_population_fits_where_nothing_is_against_it():
    assert misfit(PEOPLE) is None
