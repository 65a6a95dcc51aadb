"""The input follows the configuration alone, in batches as one by one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.anatomy import VertebralLevel
from ctbone.errors import NotEvaluable, Reason
from ctbone.patches import InputConfig, VertebraPatch, to_input, to_inputs


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
        (InputConfig(plane="axial", mask_channel=True, muscle_channel=True, **FULL), (3, 8, 6)),
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


def every_config():
    """Every plane with every stack, window and option that it can have."""
    arrangements = [
        *({"plane": p} for p in ("volume", "axial", "sagittal", "coronal")),
        *({"plane": "orthogonal", "stack": s} for s in ("channels", "bag")),
        *(
            {"plane": "axial_slices", "slices": n, "slice_step": step, "stack": stack}
            for n, step, stack in product((1, 2, 3), (1, 2), ("channels", "bag"))
        ),
    ]
    windows = ((-200.0, 600.0), "bone", "soft", "full")
    for arrangement, window, flags in product(
        arrangements, windows, product((False, True), repeat=3)
    ):
        mask, muscle, only = flags
        yield InputConfig(
            **arrangement, window_hu=window, mask_channel=mask, muscle_channel=muscle,
            only_body=only,
        )  # fmt: skip


def noisy_patch(seed, shape=(9, 7, 6)):
    rng = np.random.default_rng(seed)
    hu = rng.normal(100.0, 300.0, shape).astype(np.float32)
    return VertebraPatch(VertebralLevel.L2, hu, rng.random(shape) < 0.4, np.eye(4))


def test_training_and_screening_see_the_same_bits():
    """One patch as screening takes it, and the same as one row of a batch as training does."""
    patches = [noisy_patch(seed) for seed in range(5)]
    hu = torch.from_numpy(np.stack([p.hu for p in patches]))
    inside = torch.from_numpy(np.stack([p.inside for p in patches]))
    # As augmentation hands it on: other strides in memory.
    strided = hu.permute(0, 3, 1, 2).contiguous().permute(0, 2, 3, 1)
    count = 0
    for config in every_config():
        rows = to_inputs(hu, inside, config=config).numpy()
        moved = to_inputs(strided, inside.float(), config=config).numpy()
        for row, other, patch in zip(rows, moved, patches, strict=True):
            alone = to_input(patch, config=config)
            assert alone.dtype == row.dtype == np.float32
            assert alone.tobytes() == row.tobytes() == other.tobytes(), config
            instances = (config.instances,) if config.stack == "bag" else ()
            assert alone.shape[: 1 + len(instances)] == (*instances, config.channels)
            assert alone.ndim == config.dimensions + 1 + len(instances)
        count += 1
    assert count == 4 * 8 * (4 + 2 + 12)


def test_a_bag_holds_what_channels_hold():
    patch = noisy_patch(1)
    for plane, options in (("orthogonal", {}), ("axial_slices", {"slices": 3})):
        flat, bag = (
            to_input(patch, config=InputConfig(plane, mask_channel=True, stack=stack, **options))
            for stack in ("channels", "bag")
        )
        np.testing.assert_array_equal(bag[:, 0], flat[:3])
        np.testing.assert_array_equal(bag[:, 1], flat[3:])


def test_a_step_passes_planes_over_and_keeps_the_middle():
    patch = numbered_patch((3, 3, 9))
    config = InputConfig("axial_slices", slices=3, slice_step=3, window_hu=(0.0, 1000.0))
    heights = to_input(patch, config=config)[:, 0, 0] * 1000.0
    np.testing.assert_allclose(heights, [7.0, 4.0, 1.0], atol=1e-4)
    config = InputConfig("axial_slices", slices=3, slice_step=5)
    with pytest.raises(ValueError, match="at most the patch's 9, got 3 with a step of 5"):
        to_input(patch, config=config)


def test_only_the_body_is_seen_where_that_is_asked():
    patch = noisy_patch(2)
    whole, only = (
        to_input(patch, config=InputConfig(window_hu="full", mask_channel=True, only_body=only))
        for only in (False, True)
    )
    body = whole[1] > 0.0
    np.testing.assert_array_equal(only[0][body], whole[0][body])
    assert not only[0][~body].any()
    assert whole[0][~body].any()
    bare = VertebraPatch(patch.level, patch.hu, np.zeros_like(patch.inside), patch.affine)
    with pytest.raises(NotEvaluable, match="L2: expected a body mask") as fault:
        to_input(bare, config=InputConfig(only_body=True))
    assert (fault.value.reason, fault.value.level) == (Reason.MASK_MISSING, patch.level)


def test_muscle_is_told_by_attenuation_outside_the_body():
    hu = np.array([-30.0, -29.0, 60.0, 150.0, 151.0, 60.0], np.float32).reshape(6, 1, 1)
    inside = np.array([0, 0, 0, 0, 0, 1], bool).reshape(6, 1, 1)
    patch = VertebraPatch(VertebralLevel.L1, hu, inside, np.eye(4))
    muscle = to_input(patch, config=InputConfig("axial", muscle_channel=True))[1, 0]
    np.testing.assert_array_equal(muscle, [0.0, 1.0, 1.0, 1.0, 0.0, 0.0])


def test_half_a_voxel_counts_as_body():
    share = torch.tensor([0.49, 0.5]).reshape(1, 2, 1, 1)
    found = to_inputs(torch.zeros(1, 2, 1, 1), share, config=InputConfig(mask_channel=True))
    np.testing.assert_array_equal(found[0, 1].flatten(), [0.0, 1.0])


def test_whole_numbers_are_seen_as_their_values():
    hu = torch.arange(-300, 900, 50, dtype=torch.int16).reshape(1, 2, 3, 4)
    inside = torch.zeros(hu.shape, dtype=torch.bool)
    whole, real = (to_inputs(v, inside, config=InputConfig()) for v in (hu, hu.float()))
    assert torch.equal(whole, real)


def test_arrays_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match=r"must both be \(N, L, P, S\), got \(1, 2, 2, 2\)"):
        to_inputs(torch.zeros(1, 2, 2, 2), torch.zeros(2, 2, 2), config=InputConfig())
