"""Sets of voxels: their largest part, their holes, and whether they lie in a field."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage
from scipy.spatial.transform import Rotation

from ctbone.localisation.outlining.solids import (
    centroid_mm,
    keeps_clear,
    largest_part,
    lies_in,
    without_holes,
)
from ctbone.records import BodyMask
from ctbone.volume import Grid, to_indices, to_patient

voxels = hnp.arrays(np.bool_, hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=6))


@given(voxels)
def test_holes_are_those_of_growing_the_outside(inside):
    np.testing.assert_array_equal(without_holes(inside), ndimage.binary_fill_holes(inside))


def test_a_hole_is_filled_and_a_tunnel_is_not():
    shell = np.ones((5, 5, 5), np.bool_)
    shell[2, 2, 2] = False
    assert without_holes(shell).all()
    shell[2, 2, :] = False
    assert not without_holes(shell)[2, 2].any()


def test_the_largest_part_alone_is_kept():
    inside = np.zeros((8, 4, 4), np.bool_)
    inside[:2], inside[3:7] = True, True
    kept = largest_part(inside)
    assert kept[3:7].all()
    assert kept.sum() == inside[3:7].sum()


def turned(degrees):
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix() * 1.5
    affine[:3, 3] = (3.0, 4.0, 5.0)
    return affine


def test_the_centre_is_the_mean_of_all_voxels():
    rng = np.random.default_rng(2)
    mask = BodyMask(rng.random((5, 6, 7)) < 0.4, turned((20.0, -35.0, 70.0)))
    voxels = to_patient(mask.affine, np.argwhere(mask.inside).astype(float))
    np.testing.assert_allclose(centroid_mm(mask), voxels.mean(axis=0), atol=1e-9)


@pytest.mark.parametrize(("shift", "is_clear"), [(0.0, True), (0.6, False), (-0.6, False)])
@pytest.mark.parametrize("axis", range(3))
def test_voxels_to_spare_are_those_of_the_grid_along_each_axis(axis, shift, is_clear):
    """Three voxels in the middle of five leave one on each side, however long and turned."""
    spacing = np.array([0.7, 1.3, 4.0])
    grid = Grid.about((9.0, -3.0, 40.0), turned((0, 0, 90))[:3, :3] / 1.5, shape=(5, 5, 5),
                      spacing_mm=tuple(spacing))  # fmt: skip
    affine = grid.affine.copy()
    affine[:3, 3] = to_patient(affine, 1.0 + shift * np.eye(3)[[axis]])[0]
    mask = BodyMask(np.ones((3, 3, 3), np.bool_), affine)
    assert keeps_clear(mask, grid, voxels=0.5) is is_clear
    assert not keeps_clear(mask, grid, voxels=np.where(np.arange(3) == axis, 1.1, 0.0))


def exactly(mask, grid, clear_mm):
    margin = np.maximum(clear_mm / np.asarray(grid.spacing_mm), 0.5) - 0.5
    found = to_indices(grid.affine, to_patient(mask.affine, np.argwhere(mask.inside) * 1.0))
    return bool(((found >= margin) & (found <= np.asarray(grid.shape) - 1 - margin)).all())


@given(
    st.tuples(*[st.floats(-40.0, 40.0)] * 3), st.floats(0.0, 6.0), st.integers(8, 40), st.randoms()
)
def test_lying_in_a_field_is_what_every_voxel_says(degrees, clear_mm, side, chance):
    ball = np.linalg.norm(np.indices((9, 9, 9)) - 4.0, axis=0) < 4.5
    mask = BodyMask(ball, turned(degrees))
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    middle = to_patient(mask.affine, np.full((1, 3), 4.0))[0]
    affine[:3, 3] = (
        middle - (0.5 * side, 0.5 * side, side) + [chance.uniform(-6, 6) for _ in "xyz"]
    )
    grid = Grid((side, side, side), affine)
    assert lies_in(mask, grid, clear_mm=clear_mm) is exactly(mask, grid, clear_mm)


@pytest.mark.parametrize(("start", "is_in"), [(2.0, True), (1.4, False)])
def test_the_margin_is_kept_from_the_outer_faces(start, is_in):
    affine = np.eye(4)
    affine[:3, 3] = start
    mask = BodyMask(np.ones((4, 4, 4), np.bool_), affine)
    assert lies_in(mask, Grid((20, 20, 20), np.eye(4)), clear_mm=2.5) is is_in
