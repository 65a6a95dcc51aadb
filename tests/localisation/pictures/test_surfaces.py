"""Sections pass through the centres, keep every length, and show what lies there."""

import numpy as np
import pytest

from ctbone.localisation.pictures.surfaces import CORONAL, SAGITTAL, bend, narrowed, sample
from tests.localisation.pictures.columns import LEVELS, make_column, make_ct

COLUMN = make_column(LEVELS[8:], pitch=32.0, sway=45.0, lean=5.0)
VIEWS = pytest.mark.parametrize("across", [SAGITTAL, CORONAL])


@VIEWS
def test_centres_lie_where_they_are_placed(across):
    surface = bend(make_ct(), COLUMN, across=across)
    for vertebra in COLUMN:
        down, right = surface.place(vertebra.centroid_mm)
        found = surface.positions(np.array([down]), np.array([right]))[0, 0]
        assert np.linalg.norm(found - vertebra.centroid_mm) < 1.0


@VIEWS
def test_a_millimetre_of_the_section_is_one_of_the_patient(across):
    surface = bend(make_ct(), COLUMN, across=across)
    rows, columns = np.arange(0.0, surface.length_mm, 0.5), np.arange(0.0, 60.0, 2.0)
    positions = surface.positions(rows, columns)
    down = np.linalg.norm(np.diff(positions, axis=0), axis=-1)
    right = np.diff(positions, axis=1)
    assert np.allclose(down, 0.5, atol=0.005)
    assert np.allclose(right, 2.0 * np.eye(3)[across])
    # A swaying spine is longer than it is high, as is seen from the side it sways past.
    high = surface.curve[0, 2] - surface.curve[-1, 2]
    assert surface.length_mm > high + (5.0 if across == SAGITTAL else 2.0)


def test_a_leaning_line_is_as_long_as_pythagoras_says():
    column = make_column(("L1", "L2"), pitch=30.0, lean=16.0)
    surface = bend(make_ct(), column, across=CORONAL)
    first, second = (surface.place(v.centroid_mm)[0] for v in column)
    # Rounding of the kinks at both ends takes a little.
    assert second - first == pytest.approx(34.0, abs=1.0)


@VIEWS
def test_without_vertebrae_the_whole_middle_is_shown(across):
    ct = make_ct()
    surface = bend(ct, (), across=across)
    assert np.allclose(surface.curve[:, :2], 0.0)
    assert surface.length_mm == pytest.approx(600.0)
    assert surface.width_mm == pytest.approx((50 * 4.1, 46 * 3.9)[across])


def test_a_narrowed_section_stays_in_the_field():
    surface = bend(make_ct(), (), across=CORONAL)
    about = narrowed(surface, 50.0, about_mm=20.0)
    assert (about.low_mm, about.width_mm) == (pytest.approx(-5.0), 50.0)
    edge = narrowed(surface, 50.0, about_mm=500.0)
    assert edge.low_mm + edge.width_mm == pytest.approx(surface.low_mm + surface.width_mm)
    assert narrowed(surface, 9000.0, about_mm=0.0).width_mm == surface.width_mm


@VIEWS
def test_a_field_of_planes_is_sampled_exactly(across):
    def hu(positions):
        return positions @ np.array([2.0, -1.0, 0.5])

    surface = bend(make_ct(hu=hu), COLUMN, across=across)
    rows, columns = np.array([60.0, 120.5]), np.array([70.0, 90.3, 111.0])
    found = sample(make_ct(hu=hu), surface, rows, columns)
    assert np.allclose(found, hu(surface.positions(rows, columns)), atol=0.01)


def test_beyond_the_field_is_air():
    surface = bend(make_ct(), COLUMN, across=CORONAL)
    assert sample(make_ct(), surface, np.array([100.0]), np.array([-60.0])).item() == -1000.0
