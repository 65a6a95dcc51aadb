import contextlib
import os

import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from ctbone.ingest.elements import DEEPEST, Unusual
from ctbone.ingest.fallback import read_unusual
from ctbone.ingest.header import TRANSFER_SYNTAX, read_header
from ctbone.ingest.tags import COMMON_TAGS, TAGS
from tests.ingest.conftest import write_slice


def header_of(path, *, window=8192):
    file = os.open(path, os.O_RDONLY)
    try:
        return read_header(file, os.read(file, window), os.fstat(file).st_size)
    finally:
        os.close(file)


def values_of(header):
    found = (header.sop_instance_uid, header.instance_number, header.position, *header.common[:-1])
    return {name: raw.rstrip(b" \0") for name, raw in zip(TAGS, found, strict=True)}


def expected_values(path):
    dataset = pydicom.dcmread(path)
    found = {}
    for name, tag in TAGS.items():
        raw = dataset.get_item(tag).value if tag in dataset else b""
        found[name] = (raw.encode() if isinstance(raw, str) else raw or b"").rstrip(b" \0")
    return found


def nested(depth, *, undefined):
    item = Dataset()
    item.StudyInstanceUID = "9.9.9"  # must not be taken for that of the file
    item.CodeMeaning = "inner"
    for _ in range(depth):
        outer = Dataset()
        outer.PatientID = "inner"
        outer.ReferencedImageSequence = Sequence([item, Dataset()])
        outer["ReferencedImageSequence"].is_undefined_length = undefined
        for inner in outer.ReferencedImageSequence:
            inner.is_undefined_length_sequence_item = undefined
        item = outer
    return Sequence([item])


texts = st.text(
    st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="\\"), max_size=16
)


@given(
    syntax=st.sampled_from([ExplicitVRLittleEndian, ImplicitVRLittleEndian]),
    description=texts,
    kernel=texts,
    scanner=st.tuples(texts, texts),
    depth=st.integers(0, 6),
    undefined=st.booleans(),
    position=st.tuples(*[st.integers(-(10**6), 10**6)] * 3),
    filler=st.integers(0, 20_000),
    window=st.sampled_from([512, 1500, 8192]),
)
@settings(max_examples=60, deadline=None)
def test_header_agrees_with_pydicom(  # noqa: PLR0917
    tmp_path_factory,
    syntax,
    description,
    kernel,
    scanner,
    depth,
    undefined,
    position,
    filler,
    window,
):
    path = write_slice(
        tmp_path_factory.mktemp("header") / "slice",
        syntax=syntax,
        SeriesDescription=description,
        ConvolutionKernel=kernel,
        DeviceSerialNumber=scanner[0],
        StationName=scanner[1],
        ImagePositionPatient=[p / 1000 for p in position],
        ProcedureCodeSequence=nested(depth, undefined=undefined),
        EncryptedAttributesSequence=None,
        RequestingService="x" * 63,
        ICCProfile=bytes(filler - filler % 2),
    )
    header = header_of(path, window=window)
    assert values_of(header) == expected_values(path)
    assert header.common[TRANSFER_SYNTAX] == syntax.encode()
    assert not header.fault
    assert read_unusual(path)[:4] == header[:4]
    content = path.read_bytes()
    pixels = pydicom.dcmread(path).PixelData
    assert content[header.pixel_offset :][: header.pixel_length] == pixels


def test_pixel_data_of_an_icon_are_not_those_of_the_slice(tmp_path):
    icon = Dataset()
    icon.Rows = icon.Columns = 64
    icon.PixelData = bytes(8)
    icon["PixelData"].VR = "OW"
    for undefined in (False, True):
        sequence = Sequence([icon])
        path = write_slice(tmp_path / "slice", IconImageSequence=sequence)
        dataset = pydicom.dcmread(path)
        dataset["IconImageSequence"].is_undefined_length = undefined
        dataset.save_as(path)
        header = header_of(path)
        assert header.pixel_length == 60
        assert values_of(header)["rows"] == b"\x06"


def test_deflated_header_is_read_without_pydicom(tmp_path):
    path = write_slice(tmp_path / "slice", syntax=DeflatedExplicitVRLittleEndian)
    header = header_of(path)
    assert values_of(header)["study_uid"] == b"1.2.3.1"
    assert header.has_pixels
    assert header.pixel_offset is None


def test_big_endian_goes_to_pydicom_and_comes_back_in_little_endian(tmp_path):
    path = write_slice(tmp_path / "slice", syntax=ExplicitVRBigEndian, PixelPaddingValue=-2000)
    with pytest.raises(Unusual):
        header_of(path)
    header = read_unusual(path)
    little = header_of(write_slice(tmp_path / "little", PixelPaddingValue=-2000))
    assert header.common[:-1] == little.common[:-1]
    assert header.position == little.position
    assert header.has_pixels


@pytest.mark.parametrize("length", [140, 161, 203, 305, 505, 703, 757])
def test_truncated_header_is_a_fault_that_keeps_what_it_says(tmp_path, length):
    path = write_slice(tmp_path / "slice")
    path.write_bytes(path.read_bytes()[:length])
    header = header_of(path)
    assert "the file ends within" in header.fault
    if length == 757:
        assert values_of(header)["study_uid"] == b"1.2.3.1"


def test_truncated_pixels_are_a_fault(tmp_path):
    path = write_slice(tmp_path / "slice")
    path.write_bytes(path.read_bytes()[:-10])
    assert header_of(path).fault == "Pixel Data claims 60 bytes, the file has 50 left"


def test_endless_nesting_is_refused(tmp_path):
    path = write_slice(tmp_path / "slice")
    content = path.read_bytes()
    start = content.index(b"\x08\x00\x08\x00")
    opening = bytes.fromhex("08004011 53510000 ffffffff feff00e0 ffffffff")
    path.write_bytes(content[:start] + opening * DEEPEST + content[start:])
    with pytest.raises(Unusual, match="nested more than"):
        header_of(path)


def test_every_common_tag_is_a_standard_one():
    for name, tag in COMMON_TAGS.items():
        assert pydicom.datadict.dictionary_has_tag(tag), name


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_mutated_header_never_raises_anything_else(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp()
    path = folder / "mutated"
    if not (folder / "whole").exists():
        write_slice(folder / "whole", ProcedureCodeSequence=nested(2, undefined=True))
    content = bytearray((folder / "whole").read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(128, len(content) - 1))
        content[at] = data.draw(st.sampled_from([0, 1, 0x20, 0x7F, 0xFE, 0xFF]))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with contextlib.suppress(Unusual):
        header_of(path)
