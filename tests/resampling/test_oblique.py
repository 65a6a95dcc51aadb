"""Onto any grid: nothing moves, means stay, noise does not fold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ctbone.resampling import resample, resample_to
from ctbone.volume import AIR_HU, CTVolume, Grid, reorient, to_patient

SHAPE = (70, 66, 40)
SPACING = (0.8, 0.9, 1.6)
CENTRE = (15.0, -120.0, 640.0)
ANGLES = st.tuples(*[st.floats(-40.0, 40.0)] * 3)
STEPS = st.tuples(*[st.floats(0.6, 3.5)] * 3)


def grid(shape, spacing, *, degrees=(0.0, 0.0, 0.0), centre=CENTRE):
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix() * spacing
    affine[:3, 3] = np.asarray(centre) - affine[:3, :3] @ ((np.asarray(shape) - 1) / 2)
    return Grid(tuple(shape), affine)


def positions(grid):
    indices = np.moveaxis(np.indices(grid.shape), 0, -1).reshape(-1, 3).astype(float)
    return to_patient(grid.affine, indices).reshape(*grid.shape, 3)


def ball(grid, *, at=CENTRE, radius=12.0):
    away = np.linalg.norm(positions(grid) - at, axis=-1)
    return np.clip(radius - away + 0.5, 0.0, 1.0).astype(np.float32)


def volume(hu, grid):
    return CTVolume(hu, grid.affine, "1.2")


@settings(deadline=None, max_examples=25)
@given(from_=ANGLES, to=ANGLES, step=STEPS)
def test_centroid_and_amount_are_kept(from_, to, step):
    source = grid(SHAPE, SPACING, degrees=from_)
    at = np.add(CENTRE, (3.0, -2.0, 4.0))
    before = volume(ball(source, at=at), source)
    onto = grid([int(80 / s) for s in step], step, degrees=to)
    after = resample_to(before, onto, outside=0.0)
    weights = after.hu.astype(float)
    found = np.average(positions(onto).reshape(-1, 3), axis=0, weights=weights.ravel())
    np.testing.assert_allclose(found, at, atol=0.1)
    amounts = [v.hu.sum(dtype=float) * np.prod(v.spacing_mm) for v in (before, after)]
    assert amounts[1] == pytest.approx(amounts[0], rel=0.01)


@settings(deadline=None, max_examples=25)
@given(from_=ANGLES, to=ANGLES, step=STEPS)
def test_a_linear_field_stays_the_same_field(from_, to, step):
    source = grid(SHAPE, SPACING, degrees=from_)
    gradient = np.array([2.5, -1.5, 4.0])
    before = volume(((positions(source) - CENTRE) @ gradient).astype(np.float32), source)
    onto = grid((5, 5, 4), step, degrees=to)
    expected = (positions(onto) - CENTRE) @ gradient
    np.testing.assert_allclose(resample_to(before, onto).hu, expected, atol=0.05)


def test_the_volumes_own_grid_gives_its_own_numbers():
    rng = np.random.default_rng(0)
    lattice = grid((20, 18, 12), SPACING, degrees=(10.0, -20.0, 30.0))
    before = volume(rng.integers(-1000, 1000, lattice.shape).astype(np.int16), lattice)
    np.testing.assert_allclose(resample_to(before, lattice).hu, before.hu, atol=0.01)


def test_transposed_and_flipped_axes_are_another_grid_of_the_same_numbers():
    rng = np.random.default_rng(1)
    affine = np.array([[0, -2.0, 0, 5], [0, 0, 1.5, 6], [-0.7, 0, 0, 7], [0, 0, 0, 1.0]])
    before = CTVolume(rng.integers(-9, 9, (9, 8, 7)).astype(np.int16), affine, "1.2")
    upright = reorient(before)
    np.testing.assert_allclose(resample_to(before, upright.grid).hu, upright.hu, atol=1e-3)


def test_noise_is_averaged_as_a_change_of_spacing_averages_it():
    rng = np.random.default_rng(2)
    lattice = grid((60, 60, 60), (1.0, 1.0, 1.0))
    before = volume(rng.normal(0.0, 100.0, lattice.shape).astype(np.float32), lattice)
    quick = resample(before, spacing_mm=(3.0, 3.0, 3.0))
    inner = (slice(3, -3),) * 3
    general = resample_to(before, quick.grid)
    assert general.hu[inner].std() == pytest.approx(quick.hu[inner].std(), rel=0.35)
    assert general.hu[inner].std() < 20.0


def test_beyond_the_field_lies_air():
    lattice = grid((10, 10, 10), (1.0, 1.0, 1.0))
    before = volume(np.full(lattice.shape, 60, np.int16), lattice)
    wide = resample_to(before, grid((30, 30, 30), (1.0, 1.0, 1.0)))
    assert wide.hu[0, 0, 0] == AIR_HU
    assert wide.hu[15, 15, 15] == pytest.approx(60.0)
    assert (resample_to(before, grid((4, 4, 4), SPACING, centre=(900, 0, 0))).hu == AIR_HU).all()
