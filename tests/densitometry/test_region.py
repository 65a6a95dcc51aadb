"""The trabecular region lies in the middle, away from cortex and from the posterior third."""

import numpy as np
import pytest
from scipy import ndimage

from ctbone.densitometry import find_region
from ctbone.densitometry.region import EROSION_MM, FALLBACK_EROSION_MM, SLAB_MM
from ctbone.patches import VertebraPatch
from ctbone.records import Flag


def along(patch, axis):
    count, spacing = patch.hu.shape[axis], patch.spacing_mm[axis]
    return (np.arange(count) - (count - 1) / 2) * spacing


def ends(patch, region, axis):
    where = along(patch, axis)[np.unique(np.nonzero(region)[axis])]
    return where.min(), where.max()


def test_it_keeps_its_distance_from_the_surface(make_patch):
    patch = make_patch()
    region = find_region(patch).inside
    depth = ndimage.distance_transform_edt(np.pad(patch.inside, 1), sampling=patch.spacing_mm)
    assert depth[1:-1, 1:-1, 1:-1][region].min() > EROSION_MM


def test_it_has_the_proportions_of_its_rule(make_patch):
    patch = make_patch(radii_mm=(24.0, 18.0))
    region = find_region(patch).inside
    right, left = ends(patch, region, 0)
    front, back = ends(patch, region, 1)
    bottom, top = ends(patch, region, 2)
    assert left - right == pytest.approx(0.65 * 48.0, abs=2.0)
    assert back - front == pytest.approx(0.5 * 36.0, abs=2.0)
    assert top - bottom <= SLAB_MM
    # The posterior third of 36 mm begins 6 mm behind the middle.
    assert back <= 6.0 + 1.0
    assert front > -18.0 + EROSION_MM


def test_a_small_body_falls_back_to_less_erosion_and_says_so(make_patch):
    patch = make_patch(radii_mm=(10.0, 8.0), height_mm=13.0)
    found = find_region(patch)
    assert found.flags == (Flag.SMALL_REGION,)
    depth = ndimage.distance_transform_edt(np.pad(patch.inside, 1), sampling=patch.spacing_mm)
    assert depth[1:-1, 1:-1, 1:-1][found.inside].min() > FALLBACK_EROSION_MM


def test_an_ordinary_body_is_not_flagged(make_patch):
    assert find_region(make_patch()).flags == ()


def test_without_a_mask_an_ellipse_of_set_size_is_taken(make_patch):
    patch = make_patch(masked=False)
    found = find_region(patch)
    assert found.flags == (Flag.ELLIPSE_REGION,)
    right, left = ends(patch, found.inside, 0)
    front, back = ends(patch, found.inside, 1)
    assert left - right == pytest.approx(0.65 * 38.0, abs=2.0)
    assert back - front == pytest.approx(0.5 * 28.0, abs=2.0)
    assert (front + back) / 2 == pytest.approx(-0.08 * 28.0, abs=0.6)


def test_a_body_cut_off_by_the_patch_is_eroded_there_too(make_patch):
    whole = make_patch()
    cut = slice(None), slice(30, None), slice(None)
    patch = VertebraPatch(whole.level, whole.hu[cut], whole.inside[cut], whole.affine)
    region = find_region(patch).inside
    assert not region[:, :4].any()


def test_a_body_that_is_a_plate_has_no_region(make_patch):
    assert not find_region(make_patch(height_mm=3.0)).inside.any()
