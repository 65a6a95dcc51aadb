import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial.transform import Rotation

from ctbone.volume import CTVolume, Grid, crop, lps_axes, reorient, to_indices, to_patient

spacings = st.tuples(*[st.floats(0.3, 5.0)] * 3)
origins = st.tuples(*[st.floats(-500, 500)] * 3)
turns = st.tuples(*[st.floats(-180, 180)] * 3)


def affine(spacing=(1.0, 1.0, 1.0), origin=(0.0, 0.0, 0.0), turn=(0.0, 0.0, 0.0)):
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", turn, degrees=True).as_matrix() * spacing
    matrix[:3, 3] = origin
    return matrix


def volume(shape=(4, 5, 6), **geometry):
    hu = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    return CTVolume(hu, affine(**geometry), "1.2.3")


@given(
    spacing=spacings,
    origin=origins,
    turn=turns,
    indices=hnp.arrays(float, (7, 3), elements=st.floats(-100, 600)),
)
def test_patient_and_index_coordinates_are_inverse(spacing, origin, turn, indices):
    matrix = affine(spacing, origin, turn)
    there_and_back = to_indices(matrix, to_patient(matrix, indices))
    np.testing.assert_allclose(there_and_back, indices, atol=1e-6)


@settings(deadline=None)
@given(spacing=spacings, origin=origins, turn=turns, at=st.tuples(*[st.integers(0, 3)] * 3))
def test_reorienting_moves_no_voxel_in_the_patient(spacing, origin, turn, at):
    before = volume(spacing=spacing, origin=origin, turn=turn)
    after = reorient(before)
    position = to_patient(before.affine, np.asarray([at], float))
    found = np.rint(to_indices(after.affine, position)[0]).astype(int)
    assert after.hu[tuple(found)] == before.hu[at]
    assert lps_axes(after.affine) == ((0, 1, 2), (1, 1, 1))


def test_reorienting_commutes_with_cropping():
    before = volume((8, 9, 10), spacing=(0.7, 0.9, 2.5), turn=(0, 0, 90))
    cropped_first = reorient(crop(before, start=(1, 2, 3), stop=(6, 8, 9)))
    inside = np.isin(reorient(before).hu, cropped_first.hu)
    corners = np.argwhere(inside)
    cropped_last = crop(
        reorient(before), start=tuple(corners.min(0)), stop=tuple(corners.max(0) + 1)
    )
    np.testing.assert_array_equal(cropped_last.hu, cropped_first.hu)
    np.testing.assert_allclose(cropped_last.affine, cropped_first.affine, atol=1e-9)


# The first voxels are ten times as long as wide, and one in 25 turns is told apart by that.
@example(spacing=(0.5, 1.0, 5.0), turn=(5.0, 45.0, 25.0))
@given(spacing=spacings, turn=turns)
def test_the_axes_of_a_volume_follow_from_its_directions_and_not_from_its_spacing(spacing, turn):
    assert lps_axes(affine(spacing, turn=turn)) == lps_axes(affine(turn=turn))


def test_axes_are_named_with_the_way_they_run():
    matrix = np.zeros((4, 4))
    matrix[[2, 0, 1, 3], range(4)] = (-2.5, 0.7, -0.9, 1.0)
    assert lps_axes(matrix) == ((1, 2, 0), (1, -1, -1))


def test_a_coronal_series_is_turned_upright():
    coronal = np.array([[0.7, 0, 0, -10], [0, 0, 3.0, 20], [0, -0.7, 0, 5], [0, 0, 0, 1.0]])
    upright = reorient(CTVolume(np.zeros((4, 5, 6), np.int16), coronal, "1"))
    assert upright.hu.shape == (4, 6, 5)
    np.testing.assert_allclose(upright.spacing_mm, (0.7, 3.0, 0.7))
    assert np.linalg.det(upright.affine[:3, :3]) > 0


@pytest.mark.parametrize(
    ("start", "stop"), [((0, 0, 0), (5, 5, 6)), ((-1, 0, 0), (4, 5, 6)), ((2, 0, 0), (2, 5, 6))]
)
def test_a_box_must_lie_in_the_volume(start, stop):
    with pytest.raises(ValueError, match="must lie in a volume"):
        crop(volume(), start=start, stop=stop)


def test_the_box_of_all_voxels_is_the_volume():
    before = volume(origin=(3.0, -4.0, 5.0))
    whole = crop(before, start=(0, 0, 0), stop=(4, 5, 6))
    np.testing.assert_array_equal(whole.hu, before.hu)
    np.testing.assert_array_equal(whole.affine, before.affine)


def test_arrays_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        volume().hu[0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        volume().affine[0, 0] = 1.0


def test_what_numpy_takes_for_arrays_is_taken():
    found = CTVolume(memoryview(np.zeros((2, 3, 4), np.int16)), np.eye(4).tolist(), "")
    assert (found.hu.shape, found.spacing_mm) == ((2, 3, 4), (1.0, 1.0, 1.0))


@pytest.mark.parametrize(
    ("hu", "affine", "message"),
    [
        ([[1]], np.eye(4), r"hu must be int16 or float32 \(I, J, K\), got int64 \(1, 1\)"),
        (None, np.eye(4), r"hu must be int16 or float32 \(I, J, K\), got object \(\)"),
        (np.zeros((2, 3, 4), np.int16), np.eye(3), r"affine must .*, \(4, 4\), got \(3, 3\)"),
        (np.zeros((2, 3, 4), np.int16), None, r"affine must .*, \(4, 4\), got \(\)"),
        (np.zeros((2, 3, 4), np.int16), np.zeros((4, 4)), r"affine must .*, got \[\[0\.0, "),
    ],
)
def test_arrays_that_are_no_volume_are_one_sentence(hu, affine, message):
    with pytest.raises(ValueError, match=rf"\A{message}[^\n]*\Z"):
        CTVolume(hu, affine, "")


@pytest.mark.parametrize(("at", "value"), [((0, 1), 0.3), ((2, 2), 0.0), ((0, 3), np.nan)])
def test_an_affine_must_be_rigid_with_spacing(at, value):
    matrix = np.eye(4)
    matrix[at] = value
    with pytest.raises(ValueError, match="rotate, scale and translate"):
        CTVolume(np.zeros((2, 2, 2), np.float32), matrix, "1.2.3")


def test_an_affine_of_whole_numbers_becomes_one_of_millimetres():
    assert Grid((2, 2, 2), np.diag([2, 3, 4, 1])).affine.dtype == np.float64


def test_cosines_may_be_rounded_as_headers_round_them():
    turned = affine(turn=(8.0, -12.0, 20.0))
    assert Grid((2, 2, 2), np.round(turned, 5)).shape == (2, 2, 2)
    with pytest.raises(ValueError, match="rotate, scale and translate"):
        Grid((2, 2, 2), np.round(turned, 2))


def test_values_must_be_int16_or_float32():
    with pytest.raises(ValueError, match="int16 or float32"):
        CTVolume(np.zeros((2, 2, 2)), np.eye(4), "1.2.3")


@given(spacing=spacings, origin=origins, turn=turns, shape=st.tuples(*[st.integers(1, 9)] * 3))
def test_a_grid_about_a_place_has_its_middle_there(spacing, origin, turn, shape):
    axes = affine(turn=turn)[:3, :3]
    grid = Grid.about(origin, axes, shape=shape, spacing_mm=spacing)
    ends = to_patient(grid.affine, np.array([[0.0, 0.0, 0.0], np.array(shape) - 1.0]))
    np.testing.assert_allclose(ends.mean(axis=0), origin, atol=1e-6)
    np.testing.assert_allclose(grid.affine[:3, :3] / spacing, axes, atol=1e-9)
    assert grid.shape == shape


def test_a_grid_has_at_least_one_voxel():
    with pytest.raises(ValueError, match="positive numbers of voxels"):
        Grid((4, 0, 2), np.eye(4))
