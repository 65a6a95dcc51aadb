import struct
from dataclasses import replace

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended
from pydicom.pixels import get_encoder

from ctbone import errors
from ctbone.ingest import index_export
from ctbone.ingest.decode import require_lossless, stored_values, value_type
from ctbone.ingest.extents import locate
from tests.ingest.conftest import ENCODING, slice_record, write_slice
from tests.ingest.stacks import body, read_folder, series_of, write_stack

RLE = "1.2.840.10008.1.2.5"
JPEG_57, JPEG_70 = "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_2000, EITHER_2000 = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"


def encode_rle(values, *, signed=False):
    dataset = Dataset()
    dataset.Rows, dataset.Columns = values.shape
    encoder = get_encoder(RLE)
    return encoder.encode(
        values.tobytes(),
        rows=values.shape[0],
        columns=values.shape[1],
        samples_per_pixel=1,
        photometric_interpretation="MONOCHROME2",
        bits_allocated=16,
        bits_stored=16,
        pixel_representation=int(signed),
        number_of_frames=1,
    )


ENCODERS = {
    RLE: encode_rle,
    JPEG_70: imagecodecs.ljpeg_encode,
    JPEG_LS: imagecodecs.jpegls_encode,
    JPEG_2000: lambda v: imagecodecs.jpeg2k_encode(v, level=0, reversible=True, codecformat="J2K"),
    EITHER_2000: lambda v: imagecodecs.jpeg2k_encode(
        v, level=0, reversible=True, codecformat="J2K"
    ),
}


def stored_of(hu):
    """Unsigned stored values with an intercept of -1024."""
    return (hu.astype(int) + 1024).astype(np.uint16)


def write_compressed(folder, hu, syntax, *, streams=None, **tags):
    """Write a stack with each slice compressed, or with the streams given."""
    if streams is None:
        streams = [bytes(ENCODERS[syntax](plane)) for plane in stored_of(hu)]
    return write_stack(
        folder,
        hu,
        syntax=syntax,
        PixelRepresentation=0,
        PixelData=lambda k: encapsulate([streams[k]]),
        **({"LossyImageCompression": "00"} | tags),
    )


@pytest.mark.parametrize("syntax", ENCODERS)
def test_lossless_syntaxes_give_the_values_back(tmp_path, syntax):
    hu = body((4, 33, 41))
    found = read_folder(write_compressed(tmp_path, hu, syntax)).hu
    np.testing.assert_array_equal(found.transpose(2, 1, 0), hu)


def test_two_complement_values_survive_compression(tmp_path):
    hu = body((4, 33, 41))
    streams = [bytes(imagecodecs.jpegls_encode(plane.view(np.uint16))) for plane in hu]
    write_stack(
        tmp_path,
        hu,
        syntax=JPEG_LS,
        PixelData=lambda k: encapsulate([streams[k]]),
        RescaleIntercept="0",
    )
    np.testing.assert_array_equal(read_folder(tmp_path).hu.transpose(2, 1, 0), hu)


def test_fragments_of_one_frame_are_joined(tmp_path):
    hu = body((4, 33, 41))
    streams = [bytes(ENCODERS[JPEG_2000](plane)) for plane in stored_of(hu)]
    write_stack(
        tmp_path,
        hu,
        syntax=JPEG_2000,
        PixelRepresentation=0,
        PixelData=lambda k: encapsulate([streams[k]], fragments_per_frame=3),
    )
    np.testing.assert_array_equal(read_folder(tmp_path).hu.transpose(2, 1, 0), hu)


@pytest.mark.parametrize("wrap", ["table", "no table", "fragments", "extended table", "native"])
def test_frames_of_one_file_are_told_apart(tmp_path, wrap):
    hu = body((4, 33, 41))
    streams = [bytes(ENCODERS[JPEG_LS](plane)) for plane in stored_of(hu)]
    extended = {}
    if wrap == "native":
        pixels = stored_of(hu).tobytes()
    elif wrap == "extended table":
        pixels, offsets, lengths = encapsulate_extended(streams)
        extended = {"ExtendedOffsetTable": offsets, "ExtendedOffsetTableLengths": lengths}
    else:
        count = 2 if wrap == "fragments" else 1
        pixels = encapsulate(streams, fragments_per_frame=count, has_bot=wrap == "table")
    write_slice(
        tmp_path / "multi",
        syntax="1.2.840.10008.1.2.1" if wrap == "native" else JPEG_LS,
        SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1",
        NumberOfFrames=4,
        Rows=33,
        Columns=41,
        PixelRepresentation=0,
        PixelData=pixels,
        SharedFunctionalGroupsSequence=[shared_groups()],
        PerFrameFunctionalGroupsSequence=[plane_position(k) for k in (3, 1, 0, 2)],
        **dict.fromkeys(
            ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness")
        ),
        **dict.fromkeys(("RescaleSlope", "RescaleIntercept")),
        **extended,
    )
    found = read_folder(tmp_path).hu.transpose(2, 1, 0)
    np.testing.assert_array_equal(found, hu[[2, 1, 3, 0]])


def shared_groups():
    groups = Dataset()
    groups.PlaneOrientationSequence = [Dataset()]
    groups.PlaneOrientationSequence[0].ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    groups.PixelMeasuresSequence = [Dataset()]
    groups.PixelMeasuresSequence[0].PixelSpacing = [0.7, 0.9]
    groups.PixelValueTransformationSequence = [Dataset()]
    groups.PixelValueTransformationSequence[0].RescaleSlope = 1
    groups.PixelValueTransformationSequence[0].RescaleIntercept = -1024
    return groups


def plane_position(k):
    groups = Dataset()
    groups.PlanePositionSequence = [Dataset()]
    groups.PlanePositionSequence[0].ImagePositionPatient = [0, 0, 1.25 * k]
    return groups


@pytest.mark.parametrize("syntax", ENCODERS)
@pytest.mark.parametrize("lost", [1, 2, 30, 0.5])
def test_a_stream_cut_short_is_never_a_volume(tmp_path, syntax, lost):
    hu = body((3, 33, 41))
    streams = [bytes(ENCODERS[syntax](plane)) for plane in stored_of(hu)]
    stream = streams[1].rstrip(b"\0")
    kept = int(len(stream) * lost) if isinstance(lost, float) else len(stream) - lost
    streams[1] = stream[:kept] + bytes(kept % 2)
    series = series_of(write_compressed(tmp_path, hu, syntax, streams=streams))
    with pytest.raises(errors.UnreadableFile):
        read_folder(tmp_path)
    assert len(series.slices) == 3


@pytest.mark.parametrize("syntax", [RLE, JPEG_70, JPEG_LS, JPEG_2000])
def test_a_stream_of_another_size_is_refused(tmp_path, syntax):
    hu = body((3, 33, 41))
    streams = [bytes(ENCODERS[syntax](plane)) for plane in stored_of(hu)]
    streams[1] = bytes(ENCODERS[syntax](stored_of(hu)[1][:, :40].copy()))
    write_compressed(tmp_path, hu, syntax, streams=streams)
    with pytest.raises(errors.UnreadableFile, match="file 2"):
        read_folder(tmp_path)


def rle_header(stream, **offsets):
    """Change numbers of the header: how many segments, and where each begins (PS3.5, G.5)."""
    changed = bytearray(stream)
    for name, value in offsets.items():
        struct.pack_into("<L", changed, 4 * ["count", "first", "second"].index(name), value)
    return bytes(changed)


@pytest.mark.parametrize(
    "changes",
    [
        {"second": 2**31}, {"second": 2**32 - 1}, {"second": 64}, {"second": 0},
        {"first": 2**32 - 64}, {"first": 66}, {"count": 1}, {"count": 3}, {"count": 0},
    ],
)  # fmt: skip
def test_segments_that_lie_elsewhere_are_refused(tmp_path, changes):
    hu = body((3, 33, 41))
    streams = [bytes(encode_rle(plane)) for plane in stored_of(hu)]
    streams[1] = rle_header(streams[1], **changes)
    write_compressed(tmp_path, hu, RLE, streams=streams)
    with pytest.raises(errors.UnreadableFile, match="file 2 must begin with where its 2 segments"):
        read_folder(tmp_path)


def literal_runs(plane):
    """Encode values of 16 bits in runs that all are literal, up to the last byte."""
    high_and_low = plane.astype(">u2").view(np.uint8).reshape(-1, 2).T
    segments = []
    for values in high_and_low:
        runs = [bytes(values[at : at + 128]) for at in range(0, values.size, 128)]
        segments.append(b"".join(bytes([len(run) - 1]) + run for run in runs))
    header = struct.pack("<16L", 2, 64, 64 + len(segments[0]), *(0,) * 13)
    return header + b"".join(segments)


@pytest.mark.parametrize("missing", [2, 31, 64, 65])
def test_a_run_that_ends_beyond_the_frame_is_no_voxels(tmp_path, missing):
    hu = body((3, 32, 34))
    streams = [literal_runs(plane) for plane in stored_of(hu)]
    found = read_folder(write_compressed(tmp_path / "whole", hu, RLE, streams=streams)).hu
    np.testing.assert_array_equal(found.transpose(2, 1, 0), hu)
    # The last run is given as long as it was, and the bytes of it are fewer.
    streams[1] = streams[1][:-missing]
    write_compressed(tmp_path / "cut", hu, RLE, streams=streams)
    with pytest.raises(errors.UnreadableFile, match="file 2"):
        read_folder(tmp_path / "cut")


def test_a_lossy_stream_behind_a_lossless_name_is_refused(tmp_path):
    hu = body((3, 33, 41))
    near = [bytes(imagecodecs.jpegls_encode(plane, level=3)) for plane in stored_of(hu)]
    write_compressed(tmp_path / "ls", hu, JPEG_LS, streams=near)
    with pytest.raises(errors.LossyCompression, match="file 1 is not lossless"):
        read_folder(tmp_path / "ls")
    wavelet = [
        bytes(imagecodecs.jpeg2k_encode(plane, level=40, reversible=False, codecformat="J2K"))
        for plane in stored_of(hu)
    ]
    write_compressed(tmp_path / "2000", hu, JPEG_2000, streams=wavelet)
    with pytest.raises(errors.LossyCompression, match="file 1 is not lossless"):
        read_folder(tmp_path / "2000")


def point_transformed(values, *, bits):
    """Code values without their lowest bits, and say so in the scan header (T.81, B.2.3)."""
    stream = bytearray(imagecodecs.ljpeg_encode(values >> bits, bitspersample=16 - bits))
    frame, scan = stream.find(b"\xff\xc3"), stream.find(b"\xff\xda")
    assert stream[frame + 4] == 16 - bits
    stream[frame + 4] = 16
    stream[scan + 9] |= bits
    return bytes(stream)


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_a_point_transform_is_a_loss(tmp_path, bits):
    hu = body((3, 33, 41))
    streams = [bytes(ENCODERS[JPEG_70](plane)) for plane in stored_of(hu)]
    streams[1] = point_transformed(stored_of(hu)[1], bits=bits)
    write_compressed(tmp_path, hu, JPEG_70, streams=streams)
    with pytest.raises(errors.LossyCompression, match="file 2 is not lossless"):
        read_folder(tmp_path)


def test_jpeg_2000_is_read_by_its_streams_where_no_loss_is_admitted(tmp_path):
    hu = body((3, 33, 41))
    silent = {"LossyImageCompression": None}
    found = read_folder(write_compressed(tmp_path / "exact", hu, EITHER_2000, **silent)).hu
    np.testing.assert_array_equal(found.transpose(2, 1, 0), hu)
    wavelet = [
        bytes(imagecodecs.jpeg2k_encode(plane, level=40, reversible=False, codecformat="J2K"))
        for plane in stored_of(hu)
    ]
    write_compressed(tmp_path / "lossy", hu, EITHER_2000, streams=wavelet, **silent)
    with pytest.raises(errors.LossyCompression, match="file 1 is not lossless"):
        read_folder(tmp_path / "lossy")


@pytest.mark.parametrize(
    "stream", [b"\xff\xd9", b"\0" * 64, b"\xff\xd8", b"not an image at all" * 9]
)
@pytest.mark.parametrize("syntax", [RLE, JPEG_57, JPEG_LS, JPEG_2000])
def test_what_is_no_stream_is_refused(tmp_path, syntax, stream):
    hu = body((3, 33, 41))
    write_compressed(tmp_path, hu, syntax, streams=[stream] * 3)
    with pytest.raises(errors.UnreadableFile):
        read_folder(tmp_path)


def test_real_lossless_files_are_the_same_and_lossy_ones_refused(shared_data):
    reference, lossless, lossy = None, 0, 0
    for study in index_export(shared_data / "ct" / "transfer_syntaxes", key=b""):
        for item in sorted(study.series[0].slices, key=lambda s: s.path.name):
            try:
                require_lossless(item)
            except errors.LossyCompression:
                lossy += 1
                continue
            (stored,) = locate([item], is_multi_frame=False)
            values = stored_values(stored).view(value_type(item))
            if reference is None:
                reference = pydicom.dcmread(item.path).pixel_array
            np.testing.assert_array_equal(values, reference)
            lossless += 1
    assert (lossless, lossy) == (10, 6)


def test_values_that_do_not_end_at_the_lowest_bit_are_refused(tmp_path):
    hu = body((4, 8, 9))
    write_stack(tmp_path, hu, BitsStored=12, HighBit=15)
    with pytest.raises(errors.UnsupportedEncoding, match="highest bit of file 1 must be the last"):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"transfer_syntax_uid": "1.2.840.10008.1.2.4.110"}, "syntax 1.2.840.10008.1.2.4.110 of"),
        ({"transfer_syntax_uid": "SMITH^JOHN"}, r"syntax \(not shown\) of"),
        ({"photometric": "MONOCHROME1"}, "file 7 is MONOCHROME1 with 1"),
        ({"photometric": "SMITH^JOHN"}, r"file 7 is \(not shown\) with 1"),
        ({"samples_per_pixel": 3}, "file 7 is MONOCHROME2 with 3"),
        ({"bits_allocated": 32}, "16 of 32"),
        ({"bits_stored": 0}, "0 of 16"),
        ({"is_low_aligned": False}, "highest bit"),
        ({"is_sign_stated": False}, "must be 0 or 1"),
    ],
)
def test_what_is_not_read_here_has_its_own_reason_and_tells_no_free_text(values, told):
    item = slice_record(7, encoding=replace(ENCODING, **values))
    with pytest.raises(errors.IngestError, match=told) as caught:
        require_lossless(item)
    assert caught.value.reason is errors.Reason.UNSUPPORTED_ENCODING


def test_values_of_unknown_sign_are_refused(tmp_path):
    write_stack(tmp_path, body((4, 8, 9)), PixelRepresentation=None)
    with pytest.raises(errors.UnsupportedEncoding, match="pixel representation of file 1 must be"):
        read_folder(tmp_path)
