"""Axes are those of the body, from whatever the locator took them to be."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.morphometry import with_morphometry
from ctbone.records import BodyMask
from tests.morphometry.bodies import angles_deg, body_inside, frame, heights_of, localised, masked

degree = st.floats(-12.0, 12.0)


@settings(max_examples=6, deadline=None)
@given(true=st.tuples(degree, degree, degree), off=st.tuples(degree, degree, degree))
def test_they_are_found_again_from_axes_that_are_off(true, off):
    axes = frame(true)
    body = masked(body_inside, axes=axes, spacing=(1.0, 1.1, 1.3))
    found = with_morphometry(localised(body, axes=axes @ frame(off)))
    left, _, superior = angles_deg(found.axes, axes)
    assert superior < 2.0
    assert left < 2.5
    np.testing.assert_allclose(found.axes.T @ found.axes, np.eye(3), atol=1e-9)
    assert np.linalg.det(found.axes) == pytest.approx(1.0)


@pytest.mark.parametrize("heights", [(15.0, 19.0, 25.0), (25.0, 19.0, 15.0)])
def test_a_wedge_does_not_tilt_them(heights):
    axes = frame((5.0, 10.0, -8.0))
    body = masked(partial(body_inside, heights=heights), axes=axes)
    found = with_morphometry(localised(body, axes=np.eye(3)))
    assert angles_deg(found.axes, axes)[[0, 2]].max() < 2.0


def test_a_flat_back_says_where_a_round_body_faces():
    axes = frame((0.0, 0.0, 11.0))
    body = masked(partial(body_inside, width=30.0, depth=33.0, heights=(18, 17, 18)), axes=axes)
    found = with_morphometry(localised(body, axes=np.eye(3)))
    assert angles_deg(found.axes, axes)[0] < 3.0


@pytest.mark.parametrize("spacing", [(0.7, 0.7, 3.0), (1.0, 1.0, 1.0), (1.25,) * 3, (2.0,) * 3])
@pytest.mark.parametrize("degrees", [0.0, 7.0, -20.0])
def test_a_cylinder_keeps_the_left_that_it_was_given(spacing, degrees):
    axes = frame((0.0, 0.0, degrees))
    body = masked(
        lambda own: (np.hypot(own[0], own[1]) <= 15.0) & (np.abs(own[2]) <= 9.0), spacing=spacing
    )
    found = with_morphometry(localised(body, axes=axes))
    assert angles_deg(found.axes, axes)[0] < 1.0
    assert found.morphometry is not None


def block(own):
    """A body with the corners of a box: what its faces are is plain."""
    left, back, up = own
    return (np.abs(left) <= 21.0) & (np.abs(back) <= 17.0) & (np.abs(up) <= 12.5)


@pytest.mark.parametrize("degrees", [(0.0, 0.0, 20.0), (12.0, -8.0, 15.0), (0.0, 0.0, -24.0)])
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.7, 0.8, 2.0)])
def test_a_turned_block_is_found_face_by_face_however_its_voxels_run(degrees, spacing):
    axes = frame(degrees)
    body = masked(block, axes=axes, spacing=spacing)
    found = with_morphometry(localised(body, axes=np.eye(3)))
    assert angles_deg(found.axes, axes).max() < 1.0
    np.testing.assert_allclose(heights_of(found), 25.0, atol=1.1)
    # The same voxels in another order, along axes that run the other way.
    affine = body.affine[:, [2, 0, 1, 3]].copy()
    affine[:3, 3] += affine[:3, 0] * (body.inside.shape[2] - 1)
    affine[:3, 0] *= -1.0
    mirrored = BodyMask(body.inside.transpose(2, 0, 1)[::-1], affine)
    again = with_morphometry(localised(mirrored, axes=np.eye(3)))
    np.testing.assert_allclose(again.axes, found.axes, atol=1e-6)
    np.testing.assert_allclose(heights_of(again), heights_of(found), atol=0.01)


def test_thick_slices_do_not_tilt_superior():
    axes = frame((8.0, 2.0, 0.0))
    body = masked(body_inside, axes=axes, spacing=(0.8, 0.8, 5.0))
    found = with_morphometry(localised(body, axes=axes))
    assert angles_deg(found.axes, axes)[2] < 1e-3


def test_axes_are_kept_where_they_are_not_to_be_refined():
    axes = frame((6.0, 0.0, 0.0))
    vertebra = localised(masked(body_inside), axes=axes)
    found = with_morphometry(vertebra, refine_axes=False)
    np.testing.assert_array_equal(found.axes, axes)
    assert found.morphometry is not None


def test_nothing_else_is_changed():
    vertebra = localised(masked(body_inside), axes=np.eye(3))
    found = with_morphometry(vertebra)
    again = replace(found, axes=vertebra.axes, morphometry=None)
    for name in ("level", "centroid_mm", "confidence", "body", "is_whole", "reason", "detail"):
        assert getattr(again, name) is getattr(vertebra, name)


def test_without_a_body_nothing_is_measured():
    vertebra = replace(localised(masked(body_inside), axes=np.eye(3)), body=None)
    assert with_morphometry(vertebra) is vertebra


@pytest.mark.parametrize("size_mm", [0.0, 0.6, 2.0, 5.0])
def test_a_scrap_of_a_mask_is_no_fault(size_mm):
    body = masked(lambda own: np.abs(own).max(axis=0) < size_mm)
    place = localised(masked(body_inside), axes=np.eye(3))
    found = with_morphometry(replace(place, body=body))
    assert np.isfinite(found.axes).all()
    if found.morphometry is not None:
        assert found.morphometry.height_middle_mm == pytest.approx(2 * size_mm, abs=2.0)
