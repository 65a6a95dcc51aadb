from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone import errors
from ctbone.attempts import Failure, guard
from ctbone.ingest import SeriesRule, index_export, read_study, read_volume
from ctbone.records import Flag
from ctbone.volume import reorient, to_indices, to_patient
from tests.ingest.stacks import body, oblique, read_folder, series_of, write_stack


@given(
    degrees=st.tuples(*[st.floats(-179, 179)] * 3),
    spacing=st.tuples(*[st.floats(0.31, 4.9)] * 3),
    order=st.permutations(range(5)),
)
@settings(deadline=None, max_examples=15)
def test_values_and_affine_are_exact(tmp_path_factory, degrees, spacing, order):
    axes = oblique(degrees)
    spacing = tuple(round(s, 4) for s in spacing)
    hu = body()
    folder = tmp_path_factory.mktemp("stack")
    volume = read_folder(write_stack(folder, hu, axes=axes, spacing_mm=spacing, order=order))
    np.testing.assert_array_equal(volume.hu.transpose(2, 1, 0), hu)
    np.testing.assert_allclose(volume.affine[:3, :3], axes * spacing, atol=1e-6)
    np.testing.assert_allclose(volume.affine[:3, 3], (-10.5, -20.25, -30.75), atol=1e-6)


def test_a_marked_voxel_is_found_where_it_was_put(tmp_path):
    hu, axes = body(), oblique()
    hu[3, 7, 2] = 1500
    write_stack(tmp_path, hu, axes=axes, order=[4, 0, 3, 1, 2])
    volume = read_folder(tmp_path)
    index = np.argwhere(volume.hu == 1500).astype(float)
    position = to_patient(volume.affine, index)
    expected = np.array([-10.5, -20.25, -30.75]) + axes @ (2 * 0.9, 7 * 0.7, 3 * 1.25)
    np.testing.assert_allclose(position[0], expected, atol=1e-6)
    np.testing.assert_allclose(to_indices(volume.affine, position), index, atol=1e-9)


def test_the_array_is_fastest_along_a_row(tmp_path):
    volume = read_folder(write_stack(tmp_path, body()))
    assert volume.hu.flags.f_contiguous
    assert volume.hu.shape == (10, 12, 5)


def test_sagittal_slices_become_the_same_patient(tmp_path):
    axes = np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    volume = reorient(read_folder(write_stack(tmp_path, body(), axes=axes)))
    assert volume.hu.shape == (5, 10, 12)
    np.testing.assert_allclose(np.diag(volume.affine)[:3], (1.25, 0.9, 0.7))


def test_each_slice_is_rescaled_by_its_own_slope_and_intercept(tmp_path):
    hu = body()
    slopes, intercepts = [1, 2, 1, 3, 1], [-1024, 0, 100, -500, 7]
    stored = [(hu[k] - intercepts[k]) // slopes[k] for k in range(5)]
    write_stack(
        tmp_path,
        hu,
        PixelData=lambda k: stored[k].astype("<i2").tobytes(),
        RescaleSlope=lambda k: str(slopes[k]),
        RescaleIntercept=lambda k: str(intercepts[k]) if k else "-1024",
    )
    found = read_folder(tmp_path).hu
    expected = np.stack([stored[k] * slopes[k] + intercepts[k] for k in range(5)])
    assert found.dtype == np.int16
    np.testing.assert_array_equal(found.transpose(2, 1, 0), expected)


def test_fractional_slopes_give_float32(tmp_path):
    stored = body()
    write_stack(
        tmp_path,
        stored,
        PixelData=lambda k: stored[k].astype("<i2").tobytes(),
        RescaleSlope="0.75",
        RescaleIntercept="-20.5",
    )
    found = read_folder(tmp_path).hu
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found.transpose(2, 1, 0), stored * 0.75 - 20.5)


def test_values_beyond_int16_give_float32(tmp_path):
    stored = (body() + 1024).astype(np.uint16)
    stored[0, 0, 0] = 65535
    write_stack(
        tmp_path,
        stored,
        PixelData=lambda k: stored[k].tobytes(),
        PixelRepresentation=0,
        RescaleIntercept="-1024",
    )
    found = read_folder(tmp_path).hu
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found.transpose(2, 1, 0), stored.astype(float) - 1024)


def test_out_of_field_values_are_kept_as_stored(tmp_path):
    hu = body()
    hu[:, 0] = -3024
    volume = read_folder(write_stack(tmp_path, hu, PixelPaddingValue=-2000))
    assert volume.hu.min() == -3024


@pytest.mark.parametrize("is_signed", [False, True])
def test_bits_above_those_stored_are_ignored(tmp_path, is_signed):
    hu = body().clip(-1024, 2000)
    intercept = 0 if is_signed else -1024
    stored = ((hu - intercept).astype(np.int16).view(np.uint16) & 0x0FFF) | 0xA000
    write_stack(
        tmp_path,
        hu,
        PixelData=lambda k: stored[k].tobytes(),
        BitsStored=12,
        HighBit=11,
        PixelRepresentation=int(is_signed),
        RescaleIntercept=str(intercept),
    )
    np.testing.assert_array_equal(read_folder(tmp_path).hu.transpose(2, 1, 0), hu)


def test_eight_bits_are_read(tmp_path):
    stored = body().view(np.uint16).astype(np.uint8)
    write_stack(
        tmp_path,
        body(),
        PixelData=lambda k: stored[k].tobytes(),
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelRepresentation=0,
        RescaleSlope="8",
    )
    expected = stored.astype(int) * 8 - 1024
    np.testing.assert_array_equal(read_folder(tmp_path).hu.transpose(2, 1, 0), expected)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99"])
def test_implicit_and_deflated_are_read(tmp_path, syntax):
    hu = body()
    write_stack(tmp_path, hu, syntax=syntax)
    np.testing.assert_array_equal(read_folder(tmp_path).hu.transpose(2, 1, 0), hu)


def test_big_endian_is_read(tmp_path):
    hu = body()
    write_stack(
        tmp_path,
        hu,
        syntax="1.2.840.10008.1.2.2",
        PixelData=lambda k: (hu[k] + 1024).astype(">i2").tobytes(),
    )
    np.testing.assert_array_equal(read_folder(tmp_path).hu.transpose(2, 1, 0), hu)


def test_pixels_of_no_known_kind_are_refused(tmp_path):
    hu = body()
    swapped = (hu + 1024).astype(">i2")
    write_stack(
        tmp_path, hu, syntax="1.2.840.10008.1.2.2", PixelData=lambda k: swapped[k].tobytes()
    )
    series = series_of(tmp_path)
    path = tmp_path / "002"
    path.write_bytes(path.read_bytes().replace(b"\x7f\xe0\x00\x10OW", b"\x7f\xe0\x00\x10KW"))
    with pytest.raises(errors.UnreadableFile, match="pixels of file 3 cannot be parsed"):
        read_volume(series)


def test_identical_duplicates_are_dropped(tmp_path):
    hu = body()
    write_stack(tmp_path, hu, order=[0, 1, 2, 2, 3, 4, 4])
    volume = read_folder(tmp_path)
    np.testing.assert_array_equal(volume.hu.transpose(2, 1, 0), hu)
    assert volume.flags == (Flag.DUPLICATES_DROPPED,)


def test_different_slices_at_one_position_are_refused(tmp_path):
    write_stack(tmp_path, body(), positions_mm=[0.0, 1.0, 2.0, 2.0, 3.0])
    with pytest.raises(errors.DuplicatePositions, match="files 3 and 4 claim one position"):
        read_folder(tmp_path)


def test_a_gap_is_named_and_never_closed(tmp_path):
    write_stack(tmp_path, body(), positions_mm=[0.0, 5.0, 10.0, 20.0, 25.0])
    with pytest.raises(errors.MissingSlices, match=r"files 3 and 4 are 10\.000 mm apart"):
        read_folder(tmp_path)


def test_uneven_steps_are_refused(tmp_path):
    write_stack(tmp_path, body(), positions_mm=[0.0, 5.0, 10.0, 13.0, 18.0])
    with pytest.raises(errors.IrregularGeometry, match=r"from 3\.000 to 5\.000 mm"):
        read_folder(tmp_path)


def test_one_slice_is_no_volume(tmp_path):
    write_stack(tmp_path, body((1, 12, 10)))
    with pytest.raises(errors.IrregularGeometry, match="two positions or more"):
        read_folder(tmp_path)


def test_two_orientations_are_no_volume(tmp_path):
    write_stack(tmp_path / "a", body())
    write_stack(tmp_path / "b", body(), axes=oblique())
    with pytest.raises(errors.IrregularGeometry, match="must share one orientation"):
        read_folder(tmp_path)


@pytest.mark.parametrize("name", ["RescaleSlope", "RescaleIntercept"])
def test_absent_rescale_is_a_fault(tmp_path, name):
    write_stack(tmp_path, body(), **{name: lambda k: None if k == 2 else "1"})
    with pytest.raises(errors.MissingRescale, match="file 3 states no rescale"):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    ("tags", "fault"),
    [
        ({"RescaleSlope": "0"}, errors.NotHounsfield),
        ({"RescaleType": "MGML"}, errors.NotHounsfield),
        ({"LossyImageCompression": "01"}, errors.LossyCompression),
        ({"PhotometricInterpretation": "MONOCHROME1"}, errors.UnsupportedEncoding),
        ({"BitsAllocated": 32}, errors.UnsupportedEncoding),
        ({"syntax": "1.2.840.10008.1.2.4.110"}, errors.UnsupportedEncoding),
    ],
)
def test_what_the_header_rules_out_is_refused(tmp_path, tags, fault):
    series = series_of(write_stack(tmp_path, body()))
    syntax = tags.pop("syntax", None)
    write = tmp_path / "changed"
    if syntax is None:
        series = series_of(write_stack(write, body(), **tags))
    else:
        encoding = replace(series.slices[0].encoding, transfer_syntax_uid=syntax)
        slices = tuple(replace(s, encoding=encoding) for s in series.slices)
        series = replace(series, slices=slices)
    with pytest.raises(fault):
        read_volume(series)


@pytest.mark.parametrize("slope", ["1e38", "1e308"])
def test_a_slice_that_is_rescaled_beyond_all_numbers_is_refused(tmp_path, slope):
    write_stack(tmp_path, body(), RescaleSlope=lambda k: slope if k == 2 else "1")
    with pytest.raises(errors.NotHounsfield, match=r"must be finite, file 3 is rescaled by 1e\+"):
        read_folder(tmp_path, check_unit=False)


@pytest.mark.parametrize("unit", [None, "HU", "US"])
def test_values_decide_where_no_unit_is_stated(tmp_path, unit):
    assert read_folder(write_stack(tmp_path, body(), RescaleType=unit)).hu.any()


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({"Columns": 9}, "declares 12 x 9 voxels of 16 bits"),
        ({"Rows": 6}, "declares 6 x 10 voxels"),
        ({"Rows": 11}, "declares 11 x 10 voxels"),
    ],
)
def test_sizes_that_do_not_fit_the_pixels_are_refused(tmp_path, tags, message):
    series = series_of(write_stack(tmp_path, body(), **tags))
    with pytest.raises(errors.UnreadableFile, match=message):
        read_volume(series)


def test_padding_shorter_than_a_row_is_ignored(tmp_path):
    hu = body()
    pixels = [(plane.astype("<i2") + 1024).tobytes() + bytes(18) for plane in hu]
    found = read_folder(write_stack(tmp_path, hu, PixelData=lambda k: pixels[k])).hu
    np.testing.assert_array_equal(found.transpose(2, 1, 0), hu)


def test_a_size_beyond_any_ct_is_refused_before_it_is_allocated(tmp_path):
    series = series_of(write_stack(tmp_path, body(), Rows=60000, Columns=60000))
    with pytest.raises(errors.UnsupportedEncoding, match="60000 x 60000"):
        read_volume(series)


def test_a_file_that_shrinks_after_indexing_is_named(tmp_path):
    series = series_of(write_stack(tmp_path, body()))
    path = tmp_path / "002"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(errors.UnreadableFile, match="file 3 ends within its pixels"):
        read_volume(series)


def test_a_file_that_vanishes_is_named_by_number_alone(tmp_path):
    series = series_of(write_stack(tmp_path, body()))
    (tmp_path / "002").unlink()
    with pytest.raises(errors.UnreadableFile, match=r"^file 3: No such file or directory$"):
        read_volume(series)


def test_a_series_without_slices_is_no_volume(tmp_path):
    series = replace(series_of(write_stack(tmp_path, body())), slices=())
    with pytest.raises(errors.IrregularGeometry, match="found none"):
        read_volume(series)


def test_real_classic_and_converted_multi_frame_are_equal(shared_data):
    folder = shared_data / "ct" / "dcmqi_24x38x3_enhanced_pair"
    classic = read_folder(folder / "image", check_unit=False)
    multi_frame = read_folder(folder / "multiframe", check_unit=False)
    np.testing.assert_array_equal(classic.hu, multi_frame.hu)
    np.testing.assert_allclose(classic.affine, multi_frame.affine, atol=1e-9)
    with pytest.raises(errors.NotHounsfield):
        read_folder(folder / "image")


@pytest.mark.parametrize(
    ("folder", "fault"),
    [
        ("d2n_sliceincrement_001", errors.MissingSlices),
        ("d2n_notavolume_001", errors.DuplicatePositions),
    ],
)
def test_real_geometry_is_refused_for_the_right_reason(shared_data, folder, fault):
    with pytest.raises(fault):
        read_folder(shared_data / "ct" / folder)


def test_real_tilt_is_straightened(shared_data):
    studies = list(index_export(shared_data / "ct" / "dcm_qa_ct_philips_tilt" / "S3010", key=b""))
    (series,) = [series for study in studies for series in study.series]
    volume = read_volume(series)
    assert volume.flags == (Flag.TILT_CORRECTED,)
    # 57 steps of 2.5 mm along the table, 16.5 degrees off the normal of the slices.
    np.testing.assert_allclose(volume.spacing_mm[2], 2.5 * np.cos(np.radians(16.5)), atol=1e-4)
    grown_mm = 57 * 2.5 * np.sin(np.radians(16.5))
    assert volume.hu.shape == (512, 512 + int(np.ceil(grown_mm / 0.40625)), 58)


def test_too_little_memory_is_no_fault_of_the_series(tmp_path, monkeypatch):
    write_stack(tmp_path / "one", body())

    def allocate(*_):
        raise MemoryError

    monkeypatch.setattr(np, "empty", allocate)
    (study,) = index_export(tmp_path, key=b"test")
    found = guard(
        lambda: read_study(study, rule=SeriesRule(minimum_slices=2, minimum_extent_mm=0.0))
    )
    assert isinstance(found, Failure)
    assert found.reason is errors.Reason.OUT_OF_MEMORY
