import pytest

from ctbone.phantom.tissue.nist import (
    ADIPOSE,
    BARIUM_SULPHATE,
    ELEMENTS,
    HYDROXYAPATITE,
    K2HPO4,
    MUSCLE,
    PMMA,
    POLYETHYLENE,
    WATER,
    mass_attenuation,
    mixed,
)

#: After ICRU Report 44, as NIST gives it (NISTIR 5632, Table 2); the phantom's bone is mixed.
CORTICAL_BONE = {
    "H": 0.034,
    "C": 0.155,
    "N": 0.042,
    "O": 0.435,
    "Na": 0.001,
    "Mg": 0.002,
    "P": 0.103,
    "S": 0.003,
    "Ca": 0.225,
}

#: NIST's own rows for mixtures (NISTIR 5632, Table 4), cm2/g at 60 and 80 keV.
PUBLISHED = [
    (WATER, 0.2059, 0.1837),
    (ADIPOSE, 0.1974, 0.1800),
    (MUSCLE, 0.2048, 0.1823),
    (CORTICAL_BONE, 0.3148, 0.2229),
    (PMMA, 0.1924, 0.1751),
]


@pytest.mark.parametrize(("fractions", "at_60", "at_80"), PUBLISHED)
def test_mixtures_of_elements_are_the_mixtures_that_nist_tabulates(fractions, at_60, at_80):
    """To half a unit of the third digit: what rounding of the elements leaves."""
    assert mass_attenuation(fractions, kev=60.0) == pytest.approx(at_60, rel=1e-3)
    assert mass_attenuation(fractions, kev=80.0) == pytest.approx(at_80, rel=1e-3)


@pytest.mark.parametrize(
    ("element", "kev", "expected"),
    [("O", 70.0, 0.17718), ("Ca", 70.0, 0.47168), ("I", 70.0, 5.0156), ("Ti", 55.0, 0.94994)],
)
def test_between_the_energies_of_the_table_it_follows_an_independent_one(element, kev, expected):
    """Values of Elam, Ravel and Sieber (2002) at energies that the table does not hold."""
    assert mass_attenuation({element: 1.0}, kev=kev) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("element", ELEMENTS)
def test_heavier_beams_are_attenuated_less(element):
    values = [mass_attenuation({element: 1.0}, kev=kev) for kev in range(40, 101, 4)]
    assert values == sorted(values, reverse=True)


@pytest.mark.parametrize(
    "fractions", [WATER, PMMA, POLYETHYLENE, K2HPO4, HYDROXYAPATITE, BARIUM_SULPHATE, MUSCLE]
)
def test_fractions_are_of_the_whole(fractions):
    assert sum(fractions.values()) == pytest.approx(1.0, abs=1e-4)


def test_mixtures_mix():
    half = mixed((0.5, WATER), (0.5, PMMA))
    whole = [mass_attenuation(f, kev=70.0) for f in (WATER, PMMA)]
    assert mass_attenuation(half, kev=70.0) == pytest.approx(sum(whole) / 2.0)


@pytest.mark.parametrize("kev", [33.0, 120.0])
def test_energies_outside_the_table_are_refused(kev):
    with pytest.raises(ValueError, match="kev must lie in"):
        mass_attenuation(WATER, kev=kev)
