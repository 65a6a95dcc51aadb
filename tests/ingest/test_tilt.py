import numpy as np
import pytest

from ctbone.errors import IrregularGeometry
from ctbone.ingest import plausible, tilt
from ctbone.ingest.geometry import stack_geometry
from ctbone.ingest.tilt import straighten
from ctbone.records import Flag
from ctbone.volume import to_indices
from tests.ingest.stacks import oblique, read_folder, write_stack
from tests.ingest.test_geometry import slices_at

ORIGIN = np.array([-10.5, -20.25, -30.75])
SPACING = (0.9, 0.7, 1.25)


def field(positions_mm):
    """Attenuation that is linear in the patient, so that linear interpolation is exact."""
    return positions_mm @ (3.0, -5.0, 2.0) + 100.0


def tilted_stack(folder, drift_mm, axes, shape=(6, 30, 25)):
    """Write slices of ``field`` that drift by ``drift_mm`` from one to the next."""
    k, j, i = np.indices(shape)
    along = np.stack([i * 0.9 + k * drift_mm[0], j * 0.7 + k * drift_mm[1], k * 1.25], axis=-1)
    hu = np.rint(field(ORIGIN + along @ axes.T)).astype(np.int16)
    return write_stack(folder, hu, axes=axes, drift_mm=drift_mm)


@pytest.mark.parametrize("drift_mm", [(0.0, 0.35), (-0.2, 0.0), (0.13, -0.41), (0.0, -0.7)])
def test_what_was_scanned_stays_where_it_was(tmp_path, drift_mm):
    axes = oblique()
    volume = read_folder(tilted_stack(tmp_path, drift_mm, axes), check_unit=False)
    assert volume.flags == (Flag.TILT_CORRECTED,)
    np.testing.assert_allclose(volume.affine[:3, :3], axes * SPACING, atol=1e-6)
    index = np.stack(np.indices(volume.hu.shape), axis=-1).reshape(-1, 3)
    positions = index @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    along = (positions - ORIGIN) @ axes
    step = along[:, 2] / 1.25
    i = (along[:, 0] - step * drift_mm[0]) / 0.9
    j = (along[:, 1] - step * drift_mm[1]) / 0.7
    inside = (i >= 0) & (i <= 24) & (j >= 0) & (j <= 29)
    outside = (i <= -1) | (i >= 25) | (j <= -1) | (j >= 30)
    found = volume.hu.reshape(-1)
    # Both the written values and the interpolated ones are rounded.
    np.testing.assert_allclose(found[inside], field(positions)[inside], atol=1.01)
    assert inside.sum() > 0.8 * 6 * 30 * 25
    assert set(found[outside]) == {-1000}


def test_no_slice_loses_a_voxel(tmp_path):
    volume = read_folder(tilted_stack(tmp_path, (0.0, 0.7), np.eye(3)), check_unit=False)
    # A drift of one voxel a slice is a shift by whole voxels: every value is kept as it is.
    for k in range(6):
        corner = ORIGIN + np.array([0.0, 0.7 * k, 1.25 * k])
        i, j, _ = np.rint(to_indices(volume.affine, corner[None])[0]).astype(int)
        expected = field(corner + np.outer(np.arange(30), (0.0, 0.7, 0.0)))
        np.testing.assert_array_equal(volume.hu[i, j : j + 30, k], np.rint(expected))


def test_a_noisy_mean_is_kept(tmp_path):
    rng = np.random.default_rng(3)
    hu = rng.normal(40.0, 25.0, (8, 40, 40)).astype(np.float32)
    axes = np.eye(3)
    slices = slices_at(np.arange(8) * 2.5, axes=axes, drift=(0.0, np.tan(np.radians(16.5))))
    straight, affine = straighten(hu, stack_geometry(slices))
    assert straight.dtype == np.float32
    inner = straight[4, 20:40, 5:35]
    assert abs(inner.mean() - 40.0) < 3.0
    np.testing.assert_allclose(affine[:3, 2], (0.0, 0.0, 2.5))


def stack_of(count, drift):
    return stack_geometry(slices_at(np.arange(count) * 2.5, axes=np.eye(3), drift=drift))


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_air_stays_air_to_the_border(dtype):
    straight, _ = straighten(np.full((4, 6, 5), -1000, dtype), stack_of(4, (0.1, 0.23)))
    assert straight.dtype == dtype
    assert np.all(straight == -1000)


def test_values_that_are_no_integers_are_not_made_integers():
    """Between 0.25 and 0.25 lies 0.25, wherever in a voxel a slice comes to lie."""
    straight, _ = straighten(np.full((4, 9, 8), 0.25, np.float32), stack_of(4, (0.0, 0.23)))
    assert np.all(straight[:, 5:8] == 0.25)


def test_the_grid_grows_as_the_tilt_and_not_beyond_reason(monkeypatch):
    """Slices of 6 x 5 voxels that come to lie 3 rows of 0.7 mm apart have 9 x 5."""
    stack, hu = stack_of(4, (0.0, 3 * 0.7 / 7.5)), np.zeros((4, 6, 5), np.int16)
    monkeypatch.setattr(plausible, "LARGEST_GROWTH", 45 / 30)
    assert straighten(hu, stack)[0].shape == (4, 9, 5)
    monkeypatch.setattr(plausible, "LARGEST_GROWTH", 44.9 / 30)
    with pytest.raises(IrregularGeometry, match=r"these would be 1\.5 times as large"):
        straighten(hu, stack)


def test_the_grid_grows_along_both_sides(monkeypatch):
    """By 3 rows of 0.7 mm and 2 columns of 0.9 mm: 9 x 7 voxels of 6 x 5."""
    stack = stack_of(4, (2 * 0.9 / 7.5, 3 * 0.7 / 7.5))
    monkeypatch.setattr(plausible, "LARGEST_GROWTH", 62.9 / 30)
    with pytest.raises(IrregularGeometry, match=r"these would be 2\.1 times as large"):
        straighten(np.zeros((4, 6, 5), np.int16), stack)


def test_the_largest_tilt_is_one_of_a_gantry(monkeypatch):
    stack = stack_of(4, (0.0, 0.3))
    monkeypatch.setattr(tilt, "LARGEST_TILT_DEGREES", stack.tilt_degrees)
    straight, _ = straighten(np.zeros((4, 6, 5), np.int16), stack)
    assert len(straight) == 4


def test_steeper_than_any_gantry_is_refused(tmp_path):
    folder = tilted_stack(tmp_path, (0.0, 1.25 * np.tan(np.radians(31.0))), np.eye(3))
    with pytest.raises(IrregularGeometry, match=r"drift by 31\.0 degrees"):
        read_folder(folder, check_unit=False)
