"""End plates are found where they were put, and nothing else is taken for one."""

import numpy as np
import pytest
from scipy import ndimage

from ctbone.localisation.trust.plates import dents_mm

#: Voxels of 1 mm; a body 42 mm wide, 34 deep and 24 high in the middle of a box.
SHAPE, BODY = (56, 48, 40), (42, 34, 24)
DISC_HU, PLATE_HU, MARROW_HU = 90.0, 400.0, 150.0


def places():
    return [
        axis - (n - 1) / 2.0
        for axis, n in zip(np.indices(SHAPE).astype(float), SHAPE, strict=True)
    ]


def outline():
    left, back, up = places()
    half = [n / 2.0 for n in BODY]
    section = (left / half[0]) ** 2 + (back / half[1]) ** 2 <= 1.0
    return section & (np.abs(up) < half[2])


def scan(*, upper=0.0, lower=0.0, marrow=MARROW_HU, thick=0.6, noise=0.0, only_mm=None):
    """A body whose end plates are sunk in the middle, by millimetres; even when painted finely."""
    left, back, up = places()
    across = (left / 21.0) ** 2 + (back / 17.0) ** 2
    bowl = np.clip(1.0 - across, 0.0, 1.0)
    if only_mm is not None:
        bowl = (np.hypot(left, back) <= only_mm).astype(float)
    top, bottom = 12.0 - upper * bowl, -12.0 + lower * bowl
    hu = np.zeros(SHAPE)
    # The mean of ten finer slices in each: partial volume.
    for fine in (np.arange(10) - 4.5) / 10.0:
        inwards = np.minimum(top - (up + fine), (up + fine) - bottom)
        hu += np.where(inwards < 0.0, DISC_HU, np.where(inwards < thick, PLATE_HU, marrow)) / 10.0
    hu += np.random.default_rng(1).normal(0.0, noise, SHAPE)
    return hu.astype(np.float32)


def dents(hu):
    return dents_mm(hu, outline(), spacing_mm=(1.0, 1.0, 1.0))


@pytest.mark.parametrize("depth", [2.0, 3.0, 4.5])
@pytest.mark.parametrize("noise", [0.0, 30.0])
def test_a_dent_inside_the_outline_is_as_deep_as_it_was_made(depth, noise):
    # Over the middle, of which the columns at the sides are less deep.
    assert dents(scan(upper=depth, noise=noise)) == pytest.approx(0.9 * depth, abs=0.6)


@pytest.mark.parametrize(("blur", "expected"), [(0.0, 2.7), (0.75, 2.7), (1.25, 0.0)])
def test_in_thick_slices_only_what_is_deeper_than_an_outline_errs_is_a_dent(blur, expected):
    found = dents_mm(scan(upper=3.0), outline(), spacing_mm=(1.0, 1.0, 1.0), blur_mm=blur)
    assert found == pytest.approx(expected, abs=0.6)


def test_dents_of_both_plates_add_up():
    both = dents(scan(upper=3.0, lower=2.0))
    assert both == pytest.approx(dents(scan(upper=3.0)) + dents(scan(lower=2.0)), abs=0.5)


@pytest.mark.parametrize("noise", [0.0, 20.0, 60.0])
def test_plates_at_the_outline_are_no_dents(noise):
    assert dents(scan(noise=noise)) == 0.0


def test_a_pit_as_wide_as_a_schmorl_node_is_no_dent():
    assert dents(scan(upper=5.0, only_mm=6.0)) == 0.0
    assert dents(scan(upper=5.0, only_mm=14.0)) > 4.0


def test_without_a_ridge_nothing_speaks_against_the_outline():
    assert dents(scan(upper=4.0, marrow=PLATE_HU)) == 0.0
    assert dents(np.full(SHAPE, 120.0, np.float32)) == 0.0
    nothing = np.zeros(SHAPE, bool)
    assert dents_mm(scan(), nothing, spacing_mm=(1.0, 1.0, 1.0)) == 0.0


def test_a_plate_that_dense_marrow_drowns_says_nothing():
    # Its top lies inside the outline by the blur of thick slices alone.
    blurred = ndimage.gaussian_filter1d(scan(marrow=330.0, thick=1.0), 1.6, axis=2)
    assert dents(blurred) == 0.0


@pytest.mark.parametrize("axis", range(3))
def test_a_dent_is_as_deep_in_voxels_half_as_long(axis):
    finer = tuple(0.5 if n == axis else 1.0 for n in range(3))
    hu, inside = (values.repeat(2, axis) for values in (scan(upper=3.0, lower=2.0), outline()))
    found = dents_mm(hu, inside, spacing_mm=finer)
    assert found == pytest.approx(dents(scan(upper=3.0, lower=2.0)), abs=0.2)
