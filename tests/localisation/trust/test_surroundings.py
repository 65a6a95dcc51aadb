"""Distances to the surface of a body, and what of its surroundings was scanned."""

from dataclasses import replace

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import find_region
from ctbone.localisation.trust.surroundings import cut_out
from ctbone.patches import VertebraPatch
from ctbone.volume import CTVolume

#: Voxels of a body in the middle of a patch, and their sides: no two alike.
SIZE, SPACING_MM = (30, 22, 16), (1.0, 1.5, 2.0)


@pytest.fixture
def patch():
    inside = np.zeros((50, 44, 40), np.bool_)
    inside[10:40, 11:33, 12:28] = True
    hu = np.full(inside.shape, 100.0, np.float32)
    return VertebraPatch(VertebralLevel.L1, hu, inside, np.diag([*SPACING_MM, 1.0]))


def volume(shape=(60, 60, 60), spacing=SPACING_MM):
    return CTVolume(np.zeros(shape, np.int16), np.diag([*spacing, 1.0]), "1.2.3")


def surroundings(patch, ct=None):
    return cut_out(patch, ct or volume(), region=find_region(patch), margin_mm=6.0)


def test_the_box_holds_the_body_and_its_margin(patch):
    found = surroundings(patch)
    # Six millimetres are six, four and three voxels, and one more.
    assert found.inside.shape == (30 + 14, 22 + 10, 16 + 8)
    assert found.inside.sum() == np.prod(SIZE)
    assert found.volume_mm3(found.inside) == pytest.approx(np.prod(SIZE) * np.prod(SPACING_MM))


def test_distances_are_those_to_the_nearest_voxel_of_the_other_side(patch):
    found = surroundings(patch)
    i, j, k = 7, 5, 4
    assert found.inside[i, j, k]
    assert not found.inside[i - 1, j, k]
    # Off the corner the way is the diagonal.
    away = [found.away_mm[i - a, j - b, k - c] for a, b, c in np.ndindex(3, 3, 3)]
    expected = [np.hypot(np.hypot(a, 1.5 * b), 2.0 * c) for a, b, c in np.ndindex(3, 3, 3)]
    np.testing.assert_allclose(away, expected, rtol=1e-6)
    depth = [found.depth_mm[i + n, j + 10, k + 7] for n in range(5)]
    np.testing.assert_allclose(depth, [1.0, 2.0, 3.0, 4.0, 5.0])
    assert not found.depth_mm[~found.inside].any()


def test_what_touches_the_end_of_the_patch_ends_there(patch):
    inside = np.zeros_like(patch.inside)
    inside[:20, 11:33, 12:28] = True
    found = surroundings(replace(patch, inside=inside))
    assert found.depth_mm[0, 10, 10] == 1.0


def test_what_was_not_scanned_is_told_from_what_was(patch):
    found = surroundings(patch, volume(shape=(40, 60, 60)))
    # The body ends with the last voxel that was scanned.
    assert found.in_field[:37].all()
    assert not found.in_field[37:].any()


@pytest.mark.parametrize(("slice_mm", "blur_mm"), [(1.0, 0.0), (2.5, 0.0), (5.0, 1.25)])
def test_thick_slices_blur_by_half_of_what_they_are_thicker(patch, slice_mm, blur_mm):
    found = surroundings(patch, volume(spacing=(0.8, 0.8, slice_mm)))
    assert found.blur_mm == pytest.approx(blur_mm)
