import pytest

from ctbone.phantom.tissue.beams import (
    BEAM_KEV,
    MINERAL_KEV,
    adipose_hu,
    hydroxyapatite_slope,
    iodine_hu,
    k2hpo4_slope,
    mixture_hu,
    relative_attenuation,
)
from ctbone.phantom.tissue.nist import HYDROXYAPATITE, MUSCLE, WATER

POTENTIALS = (80, 100, 120, 140)


@pytest.mark.parametrize("kvp", POTENTIALS)
def test_water_is_zero(kvp):
    assert mixture_hu(WATER, 1.0, kvp=kvp) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("kvp", "published"), [(80, 0.86), (140, 0.81)])
def test_densities_by_one_salt_and_the_other_stand_as_goodsitt_found(kvp, published):
    """The same attenuation reads as less K2HPO4 than hydroxyapatite; to his two digits."""
    ratio = hydroxyapatite_slope(kvp=kvp) / k2hpo4_slope(kvp=kvp)
    assert ratio == pytest.approx(published, abs=0.005)


@pytest.mark.parametrize(("kvp", "ratio"), [(100, 0.927), (140, 1.053)])
def test_bone_goes_from_one_potential_to_another_as_cohort_means_do(kvp, ratio):
    assert k2hpo4_slope(kvp=120) / k2hpo4_slope(kvp=kvp) == pytest.approx(ratio, abs=0.001)


def test_the_cut_offs_of_density_stand_where_the_literature_has_them():
    assert k2hpo4_slope(kvp=120) == pytest.approx(1.25, abs=1e-4)


def test_low_potentials_show_iodine_and_fat_better():
    """25 HU per mg/ml at 120 kV and about 40 at 80 are what phantoms give."""
    assert [round(iodine_hu(kvp=kvp)) for kvp in POTENTIALS] == [40, 31, 24, 20]
    fat = [adipose_hu(kvp=kvp) for kvp in POTENTIALS]
    assert fat == sorted(fat)
    assert -100.0 < fat[0] < fat[-1] < -60.0


def test_muscle_hardly_moves():
    values = [mixture_hu(MUSCLE, 1.05, kvp=kvp) for kvp in POTENTIALS]
    assert max(values) - min(values) < 4.0
    assert values[2] == pytest.approx(43.0, abs=2.0)


def test_the_two_sets_of_energies_meet_at_high_potentials():
    gaps = [MINERAL_KEV[kvp] - BEAM_KEV[kvp] for kvp in POTENTIALS]
    assert gaps == sorted(gaps, reverse=True)
    assert abs(gaps[-1]) < 1.0


def test_crystals_of_hydroxyapatite_would_not_reproduce_goodsitt():
    """What the fitted displacement stands for: with 1/3.16 cm3/g no energy gives 0.81."""
    crystal = relative_attenuation(HYDROXYAPATITE, kev=MINERAL_KEV[140]) - 1.0 / 3.16
    assert crystal / k2hpo4_slope(kvp=140) > 0.94
