import pytest

from ctbone.cohort.plausible import PLAUSIBLE, require_plausible, require_unit


@pytest.mark.parametrize("name", PLAUSIBLE)
def test_ends_of_a_range_are_within_and_what_is_beyond_is_not(name):
    low, high = PLAUSIBLE[name]
    require_plausible({name: None})
    for value in (low, high):
        require_plausible({name: value})
    for value in (low - 0.1, high + 0.1, float("nan")):
        with pytest.raises(ValueError, match=f"{name} must lie between {low:g} and {high:g}"):
            require_plausible({name: value})


@pytest.mark.parametrize("densities", [[], [0.2, 5.0], [-80.0]])
def test_densities_in_milligrams_pass(densities):
    require_unit("cohort.csv", densities)


def test_densities_in_grams_are_refused():
    message = r"cohort.csv: bmd_mg_cm3: expected mg/cm3, found values of -0.01 to 0.21: g/cm3\?"
    with pytest.raises(ValueError, match=message):
        require_unit("cohort.csv", [0.15, 0.21, -0.01])
