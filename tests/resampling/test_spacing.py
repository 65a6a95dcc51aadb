import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.resampling import resample
from ctbone.volume import CTVolume, reorient, to_indices, to_patient


def volume(hu, *, spacing=(1.0, 1.0, 1.0), origin=(0.0, 0.0, 0.0)):
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = origin
    return CTVolume(hu, affine, "1.2.3")


def ball(shape, spacing, centre, radius):
    axes = [np.arange(n) * s for n, s in zip(shape, spacing, strict=True)]
    x, y, z = np.meshgrid(*axes, indexing="ij")
    distance = np.sqrt((x - centre[0]) ** 2 + (y - centre[1]) ** 2 + (z - centre[2]) ** 2)
    return np.clip(radius - distance + 0.5, 0, 1).astype(np.float32)


def centroid(volume):
    weights = volume.hu.astype(float)
    indices = np.stack(np.nonzero(weights), 1)
    return to_patient(volume.affine, np.average(indices, 0, weights[weights != 0])[None])[0]


@settings(deadline=None, max_examples=25)
@given(
    spacing=st.tuples(*[st.floats(0.5, 2.0)] * 3),
    to=st.tuples(*[st.floats(0.7, 4.0)] * 3),
)
def test_centroid_and_amount_are_kept(spacing, to):
    shape = tuple(int(90 / s) for s in spacing)
    before = volume(ball(shape, spacing, (41, 46, 43), 18), spacing=spacing, origin=(7, -3, 11))
    after = resample(before, spacing_mm=to)
    np.testing.assert_allclose(centroid(after), centroid(before), atol=0.1)
    amounts = [v.hu.sum(dtype=float) * np.prod(v.spacing_mm) for v in (before, after)]
    assert amounts[1] == pytest.approx(amounts[0], rel=0.01)


@settings(deadline=None, max_examples=25)
@given(to=st.tuples(*[st.floats(0.3, 7.0)] * 3))
def test_spacing_is_exact_and_the_outer_corner_stays(to):
    before = volume(np.zeros((31, 29, 23), np.float32), spacing=(0.7, 0.9, 2.5))
    after = resample(before, spacing_mm=to)
    np.testing.assert_allclose(after.spacing_mm, to)
    corners = [to_patient(v.affine, np.full((1, 3), -0.5))[0] for v in (before, after)]
    np.testing.assert_allclose(corners[1], corners[0], atol=1e-9)
    extents = [np.multiply(v.hu.shape, v.spacing_mm) for v in (before, after)]
    assert np.all(np.abs(extents[0] - extents[1]) <= np.maximum(to, before.spacing_mm) + 1e-6)


def test_a_linear_ramp_stays_the_same_ramp():
    i, j, k = np.meshgrid(*(np.arange(n) for n in (40, 30, 20)), indexing="ij")
    before = volume((3 * i - 2 * j + 5 * k).astype(np.int16), spacing=(0.7, 0.8, 2.0))
    after = resample(before, spacing_mm=(1.5, 0.5, 3.0))
    indices = np.stack(
        np.meshgrid(*(np.arange(3, n - 3) for n in after.hu.shape), indexing="ij"), -1
    )
    source = to_indices(
        before.affine, to_patient(after.affine, indices.reshape(-1, 3).astype(float))
    )
    expected = source @ [3, -2, 5]
    # A triangle sampled at a few voxels moves a position by up to a tenth of a voxel.
    np.testing.assert_allclose(after.hu[3:-3, 3:-3, 3:-3].ravel(), expected, atol=0.5)


def test_fine_texture_does_not_alias():
    checks = np.indices((64, 64, 32)).sum(0) % 2 * 200.0 - 100.0
    after = resample(volume(checks.astype(np.float32)), spacing_mm=(2.7, 2.7, 2.7))
    assert np.abs(after.hu[1:-1, 1:-1, 1:-1]).max() < 10.0


def test_memory_order_and_flips_do_not_matter():
    rng = np.random.default_rng(3)
    hu = rng.normal(0, 50, (20, 24, 16)).astype(np.float32)
    affine = np.array([[0, -1.1, 0, 5], [0.9, 0, 0, 2], [0, 0, -2.0, 1], [0, 0, 0, 1.0]])
    straight = CTVolume(hu, affine, "1")
    turned = reorient(straight)
    one = reorient(resample(straight, spacing_mm=(1.8, 2.2, 4.0)))
    other = resample(turned, spacing_mm=(2.2, 1.8, 4.0))
    # 24 voxels at a ratio of 2 leave nothing over, so both directions start at the same corner.
    np.testing.assert_allclose(one.hu, other.hu, atol=1e-3)
    np.testing.assert_allclose(one.affine, other.affine, atol=1e-9)


def test_an_axis_never_vanishes():
    after = resample(volume(np.ones((4, 4, 2), np.int16)), spacing_mm=(9, 9, 9))
    assert after.hu.shape == (1, 1, 1)
    assert after.hu[0, 0, 0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    "spacing",
    [(1.0, 1.0), (1.0, 1.0, 0.0), (1.0, -1.0, 1.0), (1.0, np.nan, 1.0), (1.0, np.inf, 1.0)],
)
def test_a_spacing_must_be_three_lengths(spacing):
    with pytest.raises(ValueError, match="three positive lengths"):
        resample(volume(np.zeros((4, 4, 4), np.int16)), spacing_mm=spacing)
