"""The cut keeps geometry and attenuation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ctbone.anatomy import VertebralLevel
from ctbone.patches import PatchGrid, extract
from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.volume import AIR_HU, CTVolume, to_indices, to_patient

SPACING_MM = (0.7, 0.9, 1.3)
SHAPE = (72, 60, 44)


def oblique_affine(*, spacing=SPACING_MM, degrees=(8.0, -5.0, 11.0), centre=(12.0, -140.0, 900.0)):
    affine = np.eye(4)
    turn = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    affine[:3, :3] = turn * np.asarray(spacing)
    affine[:3, 3] = np.asarray(centre) - affine[:3, :3] @ ((np.asarray(SHAPE) - 1) / 2.0)
    return affine


def positions_of(shape, affine):
    indices = np.stack(np.meshgrid(*map(np.arange, shape), indexing="ij"), axis=-1)
    return to_patient(affine, indices.reshape(-1, 3).astype(float)).reshape(*shape, 3)


def vertebra_at(centre_mm, *, degrees=(0.0, 0.0, 0.0), body=None):
    axes = Rotation.from_euler("xyz", degrees, degrees=True).as_matrix()
    centre = tuple(float(c) for c in centre_mm)
    return VertebraLocalisation(VertebralLevel.L1, centre, axes, 1.0, body, is_whole=True)


def ball(radius_mm, centre_mm, affine):
    distance = np.linalg.norm(positions_of(SHAPE, affine) - np.asarray(centre_mm), axis=-1)
    return distance <= radius_mm


CENTRE = (12.0, -140.0, 900.0)
ANGLES = st.tuples(*[st.floats(-25.0, 25.0)] * 3)


@settings(max_examples=25, deadline=None)
@given(ct=ANGLES, bone=ANGLES, spacing=st.tuples(*[st.floats(0.6, 2.4)] * 3))
def test_a_linear_field_is_cut_exactly(ct, bone, spacing):
    affine = oblique_affine(degrees=ct)
    gradient = np.array([3.1, -2.3, 1.7])
    field = positions_of(SHAPE, affine) - CENTRE
    volume = CTVolume((field @ gradient).astype(np.float32), affine, "1.2")
    grid = PatchGrid((9, 7, 5), spacing)
    patch = extract(volume, vertebra_at(CENTRE, degrees=bone), grid=grid)
    expected = (positions_of(grid.shape, patch.affine) - CENTRE) @ gradient
    np.testing.assert_allclose(patch.hu, expected, atol=0.01)


@settings(max_examples=15, deadline=None)
@given(ct=ANGLES, bone=ANGLES, step=st.floats(0.8, 2.5))
def test_mean_attenuation_over_a_body_is_kept(ct, bone, step):
    affine = oblique_affine(degrees=ct)
    rng = np.random.default_rng(3)
    hu = np.full(SHAPE, 40.0) + 160.0 * ball(14.0, CENTRE, affine)
    volume = CTVolume((hu + rng.normal(0, 30, SHAPE)).astype(np.int16), affine, "1.2")
    core = ball(9.0, CENTRE, affine)
    vertebra = vertebra_at(CENTRE, degrees=bone, body=BodyMask(core, affine))
    size = int(np.ceil(24.0 / step))
    patch = extract(volume, vertebra, grid=PatchGrid((size,) * 3, (step,) * 3))
    assert patch.hu[patch.inside].mean() == pytest.approx(volume.hu[core].mean(), abs=4.0)
    cut_mm3 = patch.inside.sum() * step**3
    # Counting voxels of a ball of 9 mm errs with their size.
    assert cut_mm3 == pytest.approx(vertebra.body.volume_mm3, rel=0.06 + 0.05 * step)


def test_a_marker_is_found_at_its_place():
    affine = oblique_affine()
    hu = np.full(SHAPE, -50, dtype=np.int16)
    marker = (30, 40, 25)
    hu[marker] = 3000
    volume = CTVolume(np.asfortranarray(hu), affine, "1.2")
    patch = extract(
        volume,
        vertebra_at(CENTRE, degrees=(5.0, 9.0, -14.0)),
        grid=PatchGrid((81, 71, 61), (0.5, 0.5, 0.5)),
    )
    found = np.unravel_index(patch.hu.argmax(), patch.hu.shape)
    there = to_patient(patch.affine, np.array([found], dtype=float))
    assert np.abs(to_indices(affine, there)[0] - marker).max() < 0.5


def test_axes_run_left_posterior_superior():
    affine = oblique_affine(degrees=(0.0, 0.0, 0.0))
    patch = extract(
        CTVolume(np.zeros(SHAPE, np.int16), affine, "1.2"),
        vertebra_at(CENTRE),
        grid=PatchGrid((5, 5, 5), (2.0, 3.0, 4.0)),
    )
    np.testing.assert_allclose(patch.affine[:3, :3], np.diag([2.0, 3.0, 4.0]))
    middle = to_patient(patch.affine, np.array([[2.0, 2.0, 2.0]]))[0]
    np.testing.assert_allclose(middle, CENTRE)
    assert patch.spacing_mm == (2.0, 3.0, 4.0)


def test_fine_noise_does_not_alias_into_a_coarse_patch():
    checkers = np.indices(SHAPE).sum(axis=0) % 2
    volume = CTVolume((1000 * checkers - 500).astype(np.int16), oblique_affine(), "1.2")
    patch = extract(volume, vertebra_at(CENTRE), grid=PatchGrid((9, 7, 7), (3.0, 3.0, 3.0)))
    assert np.abs(patch.hu).max() < 60.0


def test_a_patch_finer_than_the_ct_is_not_smoothed():
    hu = np.zeros(SHAPE, np.int16)
    hu[36, 30, 22] = 1000
    affine = oblique_affine(degrees=(0.0, 0.0, 0.0))
    centre = to_patient(affine, np.array([[36.0, 30.0, 22.0]]))[0]
    volume = CTVolume(hu, affine, "1.2")
    patch = extract(volume, vertebra_at(centre), grid=PatchGrid((5, 5, 5), (0.3, 0.3, 0.3)))
    assert patch.hu[2, 2, 2] == pytest.approx(1000.0)


@pytest.mark.parametrize("spacing", [(0.4, 0.4, 0.4), (2.0, 2.0, 2.0)])
def test_what_lies_outside_the_field_is_air(spacing):
    affine = oblique_affine(degrees=(0.0, 0.0, 0.0))
    volume = CTVolume(np.full(SHAPE, 75, np.int16), affine, "1.2")
    corner = to_patient(affine, np.array([[0.0, 0.0, 0.0]]))[0]
    patch = extract(volume, vertebra_at(corner), grid=PatchGrid((31, 31, 31), spacing))
    assert patch.hu[0, 0, 0] == AIR_HU
    assert patch.hu[-1, -1, -1] == pytest.approx(75.0, abs=0.01)
    far = extract(volume, vertebra_at(corner - 500.0), grid=PatchGrid((4, 4, 4)))
    assert (far.hu == AIR_HU).all()


def test_without_a_mask_no_voxel_is_inside():
    volume = CTVolume(np.zeros(SHAPE, np.int16), oblique_affine(), "1.2")
    patch = extract(volume, vertebra_at(CENTRE), grid=PatchGrid((8, 8, 8)))
    assert not patch.inside.any()
    assert not patch.hu.flags.writeable


def test_a_tight_mask_keeps_its_outer_layer():
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    body = BodyMask(np.ones((6, 5, 4), np.bool_), affine)
    volume = CTVolume(np.zeros((20, 20, 20), np.int16), affine, "1.2")
    patch = extract(
        volume, vertebra_at((5.0, 4.0, 3.0), body=body), grid=PatchGrid((40,) * 3, (0.5,) * 3)
    )
    assert patch.inside.sum() * 0.125 == pytest.approx(body.volume_mm3, rel=0.12)


def test_an_offset_moves_the_patch_in_the_frame_of_the_vertebra():
    affine = oblique_affine()
    gradient = np.array([3.1, -2.3, 1.7])
    field = ((positions_of(SHAPE, affine) - CENTRE) @ gradient).astype(np.float32)
    volume = CTVolume(field, affine, "1.2")
    vertebra = vertebra_at(CENTRE, degrees=(4.0, -7.0, 12.0))
    offset = (2.0, 9.0, -4.0)
    patch = extract(volume, vertebra, grid=PatchGrid((7, 5, 3), (1.0, 1.5, 2.0), offset))
    middle = to_patient(patch.affine, np.array([[3.0, 2.0, 1.0]]))[0]
    np.testing.assert_allclose(middle, CENTRE + vertebra.axes @ offset)
    assert patch.hu[3, 2, 1] == pytest.approx((middle - CENTRE) @ gradient, abs=0.01)
    assert patch.offset_mm == offset


def test_a_whole_body_field_of_one_plane_is_cut():
    affine = oblique_affine(degrees=(0.0, 0.0, 0.0))
    inside = ball(12.0, CENTRE, affine)
    volume = CTVolume(np.full(SHAPE, 55, np.int16), affine, "1.2")
    vertebra = vertebra_at(CENTRE, body=BodyMask(inside, affine))
    patch = extract(volume, vertebra, grid=PatchGrid((320, 320, 1), (1.2, 1.2, 3.0), (0, 60.0, 0)))
    assert patch.hu.shape == (320, 320, 1)
    found = np.argwhere(patch.inside)[:, :2].mean(axis=0)
    np.testing.assert_allclose(found, (159.5, 159.5 - 60.0 / 1.2), atol=0.5)
    assert set(np.unique(patch.hu.round())) >= {AIR_HU, 55.0}
