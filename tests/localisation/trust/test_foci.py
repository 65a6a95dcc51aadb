"""Holes and dense regions stand out against a body's own texture, not against a fixed number."""

import numpy as np
import pytest
from scipy import ndimage

from ctbone.localisation.trust import TRUST
from ctbone.localisation.trust.foci import find_foci

SHAPE = (44, 36, 28)


def ball_mm3(radius):
    return 4.0 / 3.0 * np.pi * radius**3


@pytest.fixture
def depth():
    return ndimage.distance_transform_edt(np.pad(np.ones(SHAPE, bool), 1))[1:-1, 1:-1, 1:-1]


def texture(sd_hu, *, seed=3):
    """Coarse marrow: noise of 3 mm, of a given standard deviation."""
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), 1.2)
    return (300.0 + sd_hu * noise / noise.std()).astype(np.float32)


def with_ball(hu, by_hu, *, at=(22, 18, 14), radius=5.0):
    apart = np.linalg.norm(np.moveaxis(np.indices(SHAPE), 0, -1) - np.array(at), axis=-1)
    return hu + np.float32(by_hu) * (apart <= radius)


def foci(hu, depth, *, measured=None):
    measured = np.ones(SHAPE, bool) if measured is None else measured
    return find_foci(hu, depth, measured, spacing_mm=(1.0, 1.0, 1.0), blur_mm=0.0, config=TRUST)


def test_coarse_texture_of_dense_bone_is_no_lesion(depth):
    hu = texture(60.0)
    hole, dense = foci(hu, depth)
    assert hole < 0.5 * TRUST.hole_mm3
    assert dense < 0.5 * TRUST.dense_mm3
    # A fixed limit of 40 HU would have joined its dark places.
    smooth = ndimage.gaussian_filter(hu, 1.5)
    dark, _ = ndimage.label((smooth < np.median(smooth) - 40.0) & (depth > 5.0))
    assert np.bincount(dark.ravel())[1:].max() > TRUST.hole_mm3


@pytest.mark.parametrize("sd_hu", [0.0, 15.0, 40.0])
def test_a_lesion_stands_out_of_any_texture(depth, sd_hu):
    hole, none = foci(with_ball(texture(sd_hu), -200.0), depth)
    # 40 HU of 200 are left nearly a millimetre beyond it after smoothing.
    assert 0.7 * ball_mm3(5.0) < hole < ball_mm3(6.5)
    assert none < 60.0
    none, dense = foci(with_ball(texture(sd_hu), 200.0), depth)
    assert 0.5 * ball_mm3(5.0) < dense < ball_mm3(6.5)
    assert none < 100.0


def test_what_is_not_measured_holds_no_hole_but_may_be_dense(depth):
    vein = np.zeros(SHAPE, bool)
    vein[14:30, 10:26, 6:22] = True
    assert foci(with_ball(texture(10.0), -200.0), depth, measured=~vein)[0] == 0.0
    assert foci(with_ball(texture(10.0), 200.0), depth, measured=~vein)[1] > TRUST.dense_mm3


@pytest.mark.parametrize("left", [11, 32])
def test_dense_bone_where_the_pedicles_join_is_no_lesion(depth, left):
    corner = with_ball(texture(10.0), 100.0, at=(left, 26, 17), radius=4.0)
    assert foci(corner, depth)[1] < TRUST.dense_mm3
    # Before the corner, or in the middle at the back, the same is one.
    for at in ((left, 12, 17), (22, 26, 17)):
        assert foci(with_ball(texture(10.0), 100.0, at=at, radius=4.0), depth)[1] > TRUST.dense_mm3
    # So is what reaches beyond it.
    beyond = with_ball(texture(10.0), 100.0, at=(left, 24, 14), radius=8.0)
    assert foci(beyond, depth)[1] > TRUST.dense_mm3


def test_a_body_without_an_inside_has_no_foci(depth):
    assert foci(texture(10.0), np.minimum(depth, 5.0)) == (0.0, 0.0)


@pytest.mark.parametrize("axis", range(3))
def test_a_focus_is_as_large_in_voxels_half_as_long(depth, axis):
    finer = tuple(0.5 if n == axis else 1.0 for n in range(3))
    for by_hu in (-200.0, 200.0):
        hu = with_ball(texture(10.0), by_hu)
        found = find_foci(
            hu.repeat(2, axis),
            depth.repeat(2, axis),
            np.ones(SHAPE, bool).repeat(2, axis),
            spacing_mm=finer,
            blur_mm=0.0,
            config=TRUST,
        )
        np.testing.assert_allclose(found, foci(hu, depth), rtol=0.05)
