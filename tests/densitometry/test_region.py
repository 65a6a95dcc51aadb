"""The trabecular region keeps its distance from cortex, end plates and vein, in millimetres."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from ctbone.densitometry import find_region
from ctbone.densitometry.region import EROSION_MM, FALLBACK_EROSION_MM, SMALL_MM3
from ctbone.patches import VertebraPatch
from ctbone.records import Flag


def along(patch, axis):
    count, spacing = patch.hu.shape[axis], patch.spacing_mm[axis]
    return (np.arange(count) - (count - 1) / 2) * spacing


def ends(patch, region, axis):
    where = along(patch, axis)[np.unique(np.nonzero(region)[axis])]
    return where.min(), where.max()


def solid(by, *, patch, radii_mm=(22.0, 16.0), height_mm=26.0, deeper_mm=0.0):
    """The body of ``make_patch``, eroded by a distance, and at its ends by some more."""
    left, posterior, superior = np.meshgrid(*(along(patch, i) for i in range(3)), indexing="ij")
    section = (left / (radii_mm[0] - by)) ** 2 + (posterior / (radii_mm[1] - by)) ** 2 <= 1.0
    return section & (np.abs(superior) <= height_mm / 2 - by - deeper_mm)


def vein(patch):
    """A box that holds the vein of the body of ``make_patch`` with the voxels on its border."""
    left, posterior, superior = np.meshgrid(*(along(patch, i) for i in range(3)), indexing="ij")
    return (posterior > -1.0) & (np.abs(left) < 7.5) & (np.abs(superior) < 5.5)


@pytest.mark.parametrize(
    "spacing_mm", [(0.6, 0.6, 0.6), (0.9, 1.0, 1.2), (1.0, 1.0, 1.0), (0.7, 0.7, 1.3)]
)
def test_it_is_the_body_eroded_by_millimetres_whatever_the_spacing(make_patch, spacing_mm):
    shape = tuple(round(n / s) for n, s in zip((60.0, 56.0, 40.0), spacing_mm, strict=True))
    patch = make_patch(spacing_mm=spacing_mm, shape=shape)
    region = find_region(patch).inside
    # Half a voxel's diagonal either way is what a lattice leaves open.
    slack = 0.5 * float(np.linalg.norm(spacing_mm))
    assert not (region & ~solid(EROSION_MM - slack, patch=patch)).any()
    assert not (solid(EROSION_MM + slack, patch=patch) & ~vein(patch) & ~region).any()
    expected = solid(EROSION_MM, patch=make_patch(spacing_mm=(0.4,) * 3, shape=(150, 140, 100)))
    volume = region.sum() * np.prod(spacing_mm)
    assert volume == pytest.approx(0.94 * expected.sum() * 0.4**3, rel=0.08)


def test_the_vein_at_the_back_is_left_out(make_patch):
    patch = make_patch()
    region = find_region(patch).inside
    left, posterior, superior = (along(patch, axis) for axis in range(3))
    midline = region[np.abs(left).argmin(), :, np.abs(superior).argmin()]
    # From the centre to the back, where the middle has no vein, nothing is measured.
    assert posterior[midline].max() < 1.0
    assert posterior[midline].min() == pytest.approx(-16.0 + EROSION_MM, abs=1.0)
    beside = region[np.abs(left - 8.0).argmin(), :, np.abs(superior).argmin()]
    above = region[np.abs(left).argmin(), :, np.abs(superior - 6.0).argmin()]
    assert posterior[beside].max() > 7.0
    assert posterior[above].max() > 9.0
    removed = (solid(EROSION_MM, patch=patch) & ~region).sum() * 0.9 * 1.0 * 1.2
    assert 200.0 < removed < 1200.0


@pytest.mark.parametrize("slices_mm", [2.0, 3.0])
def test_thin_slices_change_nothing(make_patch, slices_mm):
    patch = make_patch()
    sliced = replace(patch, source_spacing_mm=(0.8, 0.8, slices_mm))
    np.testing.assert_array_equal(find_region(sliced).inside, find_region(patch).inside)


@pytest.mark.parametrize(("slices_mm", "expected_mm"), [(5.0, 5.0), (6.0, 6.0)])
def test_thick_slices_take_the_end_plates_further_off(make_patch, slices_mm, expected_mm):
    patch = make_patch(spacing_mm=(1.0, 1.0, 0.5), shape=(60, 50, 80))
    sliced = replace(patch, source_spacing_mm=(0.8, 0.8, slices_mm))
    region = find_region(sliced).inside
    bottom, top = ends(patch, region, 2)
    assert top == pytest.approx(13.0 - expected_mm, abs=0.5)
    assert bottom == pytest.approx(-13.0 + expected_mm, abs=0.5)
    # The walls stand where they stood.
    assert ends(patch, region, 0)[1] == pytest.approx(22.0 - EROSION_MM, abs=1.0)


def test_a_small_body_falls_back_to_less_erosion_and_says_so(make_patch):
    patch = make_patch(radii_mm=(10.0, 8.0), height_mm=13.0)
    found = find_region(patch)
    assert found.flags == (Flag.SMALL_REGION,)
    depth = ndimage.distance_transform_edt(np.pad(patch.inside, 1), sampling=patch.spacing_mm)
    assert depth[1:-1, 1:-1, 1:-1][found.inside].min() > FALLBACK_EROSION_MM


def test_an_ordinary_body_is_not_flagged(make_patch):
    found = find_region(make_patch())
    assert found.flags == ()
    assert found.inside.sum() * 0.9 * 1.0 * 1.2 > 10.0 * SMALL_MM3


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
