import numpy as np
import pytest

from ctbone.phantom import ScanConfig
from ctbone.phantom.scanner.noise import noise_level
from ctbone.phantom.scanner.survey import water_per_mm


def level(water_mm=300.0, slice_mm=5.0, **scan):
    config = ScanConfig(**({"tube_charge_mas": 150.0} | scan))
    return noise_level(config, water_mm=water_mm, slice_mm=slice_mm)


def test_noise_that_is_asked_for_is_given():
    assert level(tube_charge_mas=None, noise_hu=17.0, slice_mm=1.0) == 17.0


def test_it_goes_with_one_over_the_root_of_charge_and_thickness():
    assert level() / level(tube_charge_mas=600.0) == pytest.approx(2.0)
    assert level(slice_mm=1.25) / level() == pytest.approx(2.0)


def test_it_grows_as_the_body_takes_photons_away():
    expected = np.exp(0.5 * water_per_mm(120) * 60.0)
    assert level(water_mm=360.0) / level(water_mm=300.0) == pytest.approx(expected)


def test_low_potentials_need_more_charge_most_of_all_in_thick_patients():
    thin, thick = (level(d, kvp=80) / level(d, kvp=120) for d in (220.0, 380.0))
    assert thick > thin > 1.2


def test_kernels_and_iterative_reconstruction_have_their_own():
    assert level(kernel="sharp") > 2.0 * level() > 2.0 * level(kernel="smooth")
    assert level(iterative=0.6) < level()


def test_usual_protocols_give_usual_noise():
    """10 to 20 HU in thin slices of an abdomen at 10 mGy or so."""
    assert 10.0 < level(slice_mm=2.5) < 20.0
