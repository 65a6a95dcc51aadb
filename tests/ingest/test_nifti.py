import gzip
from pathlib import Path

import nibabel
import numpy as np
import pytest

from ctbone import errors
from ctbone.ingest import LabelMap, read_label_map, write_label_map
from ctbone.records import Flag
from ctbone.volume import to_patient
from tests.ingest.stacks import body, oblique, read_folder, series_of

LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def grid_affine():
    affine = np.eye(4)
    affine[:3, :3] = oblique() * (0.9, 0.7, 1.25)
    affine[:3, 3] = (-10.5, -20.25, -30.75)
    return affine


def write_nifti(path: Path, values, *, qform=True, sform=True, slope=None, affine=None):
    """Write NIfTI whose affine, given in LPS, may be stated as qform, sform or both."""
    ras = LPS @ (grid_affine() if affine is None else affine)
    image = nibabel.Nifti1Image(values, None)
    image.header.set_data_dtype(values.dtype)
    image.header.set_zooms(np.linalg.norm(ras[:3, :3], axis=0))
    image.set_sform(ras, code=1 if sform else 0)
    image.set_qform(ras, code=1 if qform else 0)
    if slope is not None:
        image.header.set_slope_inter(*slope)
    nibabel.save(image, path)
    return path


@pytest.mark.parametrize("form", ["qform", "sform"])
def test_ras_becomes_lps_and_axes_keep_their_order(tmp_path, form):
    hu = body((10, 12, 9))
    write_nifti(tmp_path / "ct.nii.gz", hu, **{"qform": False, "sform": False, form: True})
    volume = read_folder(tmp_path)
    np.testing.assert_array_equal(volume.hu, hu)
    np.testing.assert_allclose(volume.affine, grid_affine(), atol=2e-6)


def test_scaling_is_applied(tmp_path):
    write_nifti(tmp_path / "ct.nii", body((10, 12, 9)))
    path = tmp_path / "ct.nii"
    raw = bytearray(path.read_bytes())
    # scl_slope and scl_inter of the NIfTI-1 header.
    raw[112:120] = np.array([2.0, -10.0], "<f4").tobytes()
    path.write_bytes(raw)
    hu = read_folder(tmp_path).hu
    assert hu.dtype == np.int16
    np.testing.assert_array_equal(hu, body((10, 12, 9)) * 2 - 10)


def test_integers_stored_as_floats_are_int16_and_fractions_are_not(tmp_path):
    hu = body((10, 12, 9))
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    write_nifti(tmp_path / "a" / "ct.nii", hu.astype(np.float64))
    write_nifti(tmp_path / "b" / "ct.nii", hu.astype(np.float32) + np.float32(0.25))
    assert read_folder(tmp_path / "a").hu.dtype == np.int16
    found = read_folder(tmp_path / "b").hu
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, hu + 0.25)


def test_forms_that_disagree_are_refused(tmp_path):
    path = write_nifti(tmp_path / "ct.nii", body((10, 12, 9)))
    raw = bytearray(path.read_bytes())
    # srow_x[3], the offset of the sform along the first axis.
    raw[292:296] = np.array([33.0], "<f4").tobytes()
    path.write_bytes(raw)
    with pytest.raises(errors.IrregularGeometry, match="sform and qform of file 1 must agree"):
        read_folder(tmp_path)


def test_a_file_without_position_is_refused(tmp_path):
    write_nifti(tmp_path / "ct.nii", body((10, 12, 9)), qform=False, sform=False)
    with pytest.raises(errors.IrregularGeometry, match="states no position"):
        read_folder(tmp_path)


@pytest.mark.parametrize(("at", "number"), [(284, np.inf), (292, np.nan), (280, 3e38), (80, 0.0)])
def test_a_grid_of_no_numbers_is_refused_without_a_word_of_numpy_or_nibabel(
    tmp_path, capfd, at, number
):
    path = write_nifti(tmp_path / "ct.nii", body((10, 12, 9)))
    raw = path.read_bytes()
    path.write_bytes(raw[:at] + np.array(number, "<f4").tobytes() + raw[at + 4 :])
    with pytest.raises(errors.IngestError):
        read_folder(tmp_path)
    assert capfd.readouterr().err == ""


def test_a_sheared_grid_is_refused(tmp_path):
    affine = grid_affine()
    affine[:3, 1] += 0.2 * affine[:3, 0]
    write_nifti(tmp_path / "ct.nii", body((10, 12, 9)), qform=False, affine=affine)
    with pytest.raises(errors.IrregularGeometry, match="axes of file 1 must be") as caught:
        read_folder(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_copy_of_a_file_is_dropped_with_a_flag(tmp_path):
    hu = body((10, 12, 9))
    path = write_nifti(tmp_path / "ct.nii.gz", hu)
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "again.nii.gz").write_bytes(path.read_bytes())
    series = series_of(tmp_path)
    assert len(series.slices) == 9
    assert Flag.DUPLICATES_DROPPED in series.flags
    np.testing.assert_array_equal(read_folder(tmp_path).hu, hu)


def in_unit(path, unit):
    """Write xyzt_units over the header of a NIfTI-1 file, which is not compressed."""
    raw = bytearray(path.read_bytes())
    raw[123] = unit
    path.write_bytes(raw)


@pytest.mark.parametrize(
    ("unit", "length_mm"), [(0, 1.0), (1, 1000.0), (2, 1.0), (3, 0.001), (8 + 1, 1000.0)]
)
def test_lengths_in_any_unit_become_millimetres(tmp_path, unit, length_mm):
    affine = np.diag([1 / length_mm] * 3 + [1.0]) @ grid_affine()
    hu = body((10, 12, 9))
    in_unit(write_nifti(tmp_path / "ct.nii", hu, affine=affine), unit)
    volume = read_folder(tmp_path)
    np.testing.assert_allclose(volume.affine, grid_affine(), atol=1e-4)
    slices = series_of(tmp_path).slices
    np.testing.assert_allclose(slices[0].spacing_mm, (0.9, 0.7), atol=1e-5)
    np.testing.assert_allclose(slices[0].position_mm, grid_affine()[:3, 3], atol=1e-4)
    labels = write_nifti(tmp_path / "mask.nii", (hu > 0).astype(np.uint8), affine=affine)
    in_unit(labels, unit)
    np.testing.assert_allclose(read_label_map(labels).affine, grid_affine(), atol=1e-4)


def test_a_unit_that_nifti_does_not_define_is_refused(tmp_path):
    path = write_nifti(tmp_path / "mask.nii", np.ones((3, 3, 3), np.uint8))
    in_unit(path, 5)
    with pytest.raises(errors.UnreadableFile, match="unit 5, which NIfTI does not define"):
        read_label_map(path)


@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz"])
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_truncated_file_is_refused(tmp_path, name, kept):
    path = write_nifti(tmp_path / name, body((20, 20, 20)))
    raw = path.read_bytes()
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / name).write_bytes(raw[: int(len(raw) * kept)])
    with pytest.raises(errors.UnreadableFile):
        read_label_map(tmp_path / "cut" / name)


def test_a_header_that_claims_more_than_the_file_could_hold_is_refused(tmp_path):
    raw = bytearray(write_nifti(tmp_path / "a.nii", body((4, 4, 4))).read_bytes())
    raw[40:48] = np.array([3, 30000, 30000, 30000], "<i2").tobytes()
    path = tmp_path / "b.nii.gz"
    path.write_bytes(gzip.compress(bytes(raw)))
    with pytest.raises(errors.UnreadableFile, match="should hold one volume"):
        read_label_map(path)


def test_values_that_are_not_finite_are_refused(tmp_path):
    values = body((10, 12, 9)).astype(np.float32)
    values[3, 3, 3] = np.nan
    write_nifti(tmp_path / "ct.nii", values)
    with pytest.raises(errors.NotHounsfield, match="must be finite"):
        read_folder(tmp_path)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16])
@pytest.mark.parametrize("name", ["mask.nii", "mask.nii.gz"])
def test_labels_come_back_where_they_were(tmp_path, dtype, name):
    labels = np.zeros((6, 7, 8), dtype)
    labels[1, 2, 3] = 200
    write_label_map(tmp_path / name, labels, grid_affine())
    found = read_label_map(tmp_path / name)
    assert found.labels.dtype == np.uint8
    np.testing.assert_array_equal(found.labels, labels)
    np.testing.assert_allclose(found.affine, grid_affine(), atol=2e-6)
    position = to_patient(found.affine, np.array([[1.0, 2.0, 3.0]]))
    expected = to_patient(grid_affine(), np.array([[1.0, 2.0, 3.0]]))
    np.testing.assert_allclose(position, expected, atol=1e-5)


def test_large_labels_are_int16(tmp_path):
    labels = np.zeros((6, 7, 8), np.int16)
    labels[1, 2, 3] = 1000
    write_label_map(tmp_path / "mask.nii", labels, grid_affine())
    assert read_label_map(tmp_path / "mask.nii").labels.dtype == np.int16


@pytest.mark.parametrize("values", [np.float32(0.5), np.float32(-1.0), np.float32(40000.0)])
def test_what_is_no_label_is_refused(tmp_path, values):
    path = write_nifti(tmp_path / "mask.nii", np.full((4, 4, 4), values))
    with pytest.raises(errors.UnsupportedEncoding, match="labels must be integers from 0"):
        read_label_map(path)


def test_a_label_map_is_valid_once_made():
    with pytest.raises(ValueError, match="uint8 or int16"):
        LabelMap(np.zeros((2, 2, 2)), np.eye(4))
    with pytest.raises(ValueError, match="read-only"):
        LabelMap(np.zeros((2, 2, 2), np.uint8), np.eye(4)).labels[0, 0, 0] = 1


def test_real_ct_is_read_and_real_label_maps_are_refused(shared_data):
    ct = shared_data / "ct"
    for folder in ("totalseg_example", "tptbox_sample_ct"):
        for path in sorted((ct / folder).rglob("*.nii.gz")):
            is_ct = path.name in {"example_ct.nii.gz", "sub-ct_label-22_ct.nii.gz"}
            assert is_ct == _is_hounsfield(path), path.name


def _is_hounsfield(path):
    from ctbone.ingest.nifti import read_nifti
    from ctbone.ingest.nifti_header import nifti_planes
    from tests.ingest.conftest import series_record

    try:
        read_nifti(series_record(nifti_planes(path, 1)))
    except errors.NotHounsfield:
        return False
    return True


def test_real_ct_agrees_with_nibabel(shared_data):
    from ctbone.ingest.nifti import read_nifti
    from ctbone.ingest.nifti_header import nifti_planes
    from tests.ingest.conftest import series_record

    for name in (
        "totalseg_example/example_ct.nii.gz",
        "tptbox_sample_ct/sub-ct_label-22_ct.nii.gz",
    ):
        path = shared_data / "ct" / name
        volume = read_nifti(series_record(nifti_planes(path, 1)))
        image = nibabel.load(path)
        np.testing.assert_array_equal(volume.hu, image.get_fdata())
        np.testing.assert_allclose(volume.affine, LPS @ image.affine, atol=1e-6)
