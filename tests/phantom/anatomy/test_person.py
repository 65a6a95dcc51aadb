import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel as L
from ctbone.phantom import PatientConfig
from ctbone.phantom.anatomy.person import draw_person


def _people(config, count=4000):
    return [draw_person(config, np.random.default_rng(seed)) for seed in range(count)]


def test_variants_are_as_common_as_they_are_said_to_be():
    """To four standard errors."""
    config = PatientConfig()
    found = [person.variant for person in _people(config)]
    for name in ("T13", "L6", "four_lumbar"):
        share = getattr(config, f"{name.lower()}_fraction")
        assert found.count(name) / 4000 == pytest.approx(share, abs=4 * (share / 4000) ** 0.5)


@pytest.mark.parametrize(
    ("variant", "lumbar"), [("t13", 5), ("l6", 6), ("four_lumbar", 4), ("none", 5)]
)
def test_levels_are_those_of_the_variant(variant, lumbar):
    shares = {f"{name}_fraction": float(name == variant) for name in ("t13", "l6", "four_lumbar")}
    levels = _people(PatientConfig(**shares), 1)[0].levels
    assert sum(level.name.startswith("L") for level in levels) == lumbar
    assert (L.T13 in levels) == (variant == "t13")
    assert levels[-1] is L.S1
    assert [level.order for level in levels] == sorted(level.order for level in levels)


def test_people_are_of_the_sex_age_and_size_of_people():
    config = PatientConfig(age_range_years=(30.0, 50.0), female_fraction=0.7)
    people = _people(config)
    women = [p for p in people if p.sex == "F"]
    assert len(women) / len(people) == pytest.approx(0.7, abs=0.03)
    assert {p.age_years for p in people} == set(range(30, 50))
    assert 12.0 < 175.0 - np.mean([p.height_cm for p in women]) < 14.0
    assert 17.0 <= min(p.bmi for p in people) < np.median([p.bmi for p in people]) < 27.0
    turns, left, back = np.array([p.pose for p in people]).T
    assert np.rad2deg(turns).std() == pytest.approx(4.0, rel=0.1)
    assert abs(left.mean()) < 0.003 > abs(back.mean())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"age_range_years": (60.0, 40.0)}, "age_range_years must ascend within 18 and 110"),
        ({"age_range_years": (1.0, 2.0)}, "must ascend within 18 and 110, got 1 to 2"),
        ({"age_range_years": (60.0, 150.0)}, "must ascend within 18 and 110, got 60 to 150"),
        ({"bmd_shift_mg_cm3": -500.0}, r"bmd_shift_mg_cm3 must lie in \[-200, 200\], got -500"),
        ({"t13_fraction": 0.9, "l6_fraction": 0.2}, "t13_fraction, l6_fraction and four_lumbar"),
        ({"female_fraction": 1.5}, "female_fraction"),
    ],
)
def test_impossible_populations_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        PatientConfig(**changed)
