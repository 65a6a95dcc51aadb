"""The cut keeps geometry and attenuation; the input follows the configuration alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from ctbone.anatomy import VertebralLevel
from ctbone.patches import InputConfig, PatchGrid, VertebraPatch, extract, to_input
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


def numbered_patch(shape=(6, 8, 4)):
    """A patch whose value tells the index: 100 l + 10 p + s."""
    left, posterior, superior = np.indices(shape)
    hu = (100 * left + 10 * posterior + superior).astype(np.float32)
    return VertebraPatch(VertebralLevel.L2, hu, hu > 300, np.eye(4))


FULL = {"window_hu": (0.0, 1000.0)}


@pytest.mark.parametrize(
    ("config", "shape"),
    [
        (InputConfig(plane="axial", **FULL), (1, 8, 6)),
        (InputConfig(plane="sagittal", **FULL), (1, 4, 8)),
        (InputConfig(plane="coronal", **FULL), (1, 4, 6)),
        (InputConfig(plane="orthogonal", **FULL), (3, 8, 8)),
        (InputConfig(plane="axial_slices", slices=3, **FULL), (3, 8, 6)),
        (InputConfig(plane="volume", **FULL), (1, 4, 8, 6)),
        (InputConfig(plane="volume", mask_channel=True, **FULL), (2, 4, 8, 6)),
        (InputConfig(plane="axial_slices", slices=2, mask_channel=True, **FULL), (4, 8, 6)),
    ],
)
def test_inputs_have_the_shape_their_configuration_says(config, shape):
    values = to_input(numbered_patch(), config=config)
    assert values.shape == shape
    assert values.dtype == np.float32
    assert values.flags.c_contiguous
    assert (config.channels, config.dimensions) == (shape[0], len(shape) - 1)


def test_inputs_are_upright():
    patch = numbered_patch()
    volume = to_input(patch, config=InputConfig(plane="volume", **FULL))[0] * 1000.0
    # Depth runs downwards, rows backwards, columns to the patient's left.
    assert volume[0, 0, 0] == pytest.approx(3.0)
    assert volume[3, 0, 0] == pytest.approx(0.0)
    assert volume[3, 7, 0] == pytest.approx(70.0)
    assert volume[3, 0, 5] == pytest.approx(500.0)
    axial, sagittal, coronal = (
        to_input(patch, config=InputConfig(plane=plane, **FULL))[0] * 1000.0
        for plane in ("axial", "sagittal", "coronal")
    )
    np.testing.assert_allclose(axial, volume[2])
    np.testing.assert_allclose(sagittal, volume[:, :, 3])
    np.testing.assert_allclose(coronal, volume[:, 4, :])


def test_axial_slices_lie_about_the_axial_plane():
    patch = numbered_patch((3, 3, 9))
    axial = to_input(patch, config=InputConfig(plane="axial", **FULL))
    three = to_input(patch, config=InputConfig(plane="axial_slices", slices=3, **FULL))
    np.testing.assert_array_equal(three[1], axial[0])
    with pytest.raises(ValueError, match="at most the patch's 9, got 11"):
        to_input(patch, config=InputConfig(plane="axial_slices", slices=11))


def test_orthogonal_planes_are_padded_about_their_middle():
    three = to_input(numbered_patch(), config=InputConfig(plane="orthogonal", **FULL))
    sagittal = to_input(numbered_patch(), config=InputConfig(plane="sagittal", **FULL))[0]
    np.testing.assert_array_equal(three[1, 2:6], sagittal)
    assert three[1, :2].max() == 0.0


@given(scale=st.floats(0.1, 3.0))
@settings(max_examples=20, deadline=None)
def test_the_window_does_not_follow_the_image(scale):
    patch = numbered_patch()
    config = InputConfig(window_hu=(-100.0, 900.0))
    bright = VertebraPatch(patch.level, patch.hu * np.float32(scale), patch.inside, patch.affine)
    expected = np.clip((bright.hu + 100.0) / 1000.0, 0.0, 1.0)[:, :, ::-1].transpose(2, 1, 0)
    np.testing.assert_allclose(to_input(bright, config=config)[0], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PatchGrid(shape=(0, 4, 4)), "three positive numbers"),
        (lambda: PatchGrid(spacing_mm=(1.0, 0.0, 1.0)), "three positive lengths"),
        (lambda: InputConfig(window_hu=(300.0, 300.0)), "window_hu must rise"),
        (lambda: InputConfig(plane="axial", slices=3), "slices must be 1"),
        (
            lambda: VertebraPatch(
                VertebralLevel.L1, np.zeros((2, 2, 2)), np.zeros((2, 2, 2), bool), np.eye(4)
            ),
            "hu must be float32",
        ),
        (
            lambda: VertebraPatch(
                VertebralLevel.L1,
                np.zeros((2, 2, 2), np.float32),
                np.zeros((2, 2), bool),
                np.eye(4),
            ),
            "inside must be bool",
        ),
    ],
)
def test_mistakes_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
