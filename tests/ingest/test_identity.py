import pytest
from pydicom import dcmread
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)

from ctbone.errors import UnreadableFile
from ctbone.ingest import ObjectIdentity, has_preamble, identify
from tests.ingest.conftest import DEFAULTS, SERIES_UID, STUDY_UID, write_slice


def identity(syntax):
    return ObjectIdentity(STUDY_UID, SERIES_UID, "1.5", DEFAULTS["SOPClassUID"], syntax)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", ImplicitVRLittleEndian])
def test_an_object_is_what_its_header_says(tmp_path, syntax):
    path = write_slice(tmp_path / "1", SOPInstanceUID="1.5", syntax=syntax)
    assert identify(path) == identity(syntax)
    assert has_preamble(path)


def test_big_endian_is_read_too(tmp_path):
    path = write_slice(tmp_path / "1", SOPInstanceUID="1.5", syntax=ExplicitVRBigEndian)
    assert identify(path) == identity(ExplicitVRBigEndian)


def test_a_compressed_object_is_read_to_its_end(tmp_path):
    path = write_slice(tmp_path / "1", SOPInstanceUID="1.5")
    dataset = dcmread(path)
    dataset.compress(RLELossless, generate_instance_uid=False)
    dataset.save_as(path)
    assert identify(path) == identity(RLELossless)
    whole = path.read_bytes()
    for cut in (1, 8, 20):
        path.write_bytes(whole[:-cut])
        with pytest.raises(UnreadableFile, match="do not end properly"):
            identify(path)


@pytest.mark.parametrize(("count", "is_refused"), [(6, False), (7, True)])
def test_small_fragments_without_end_are_refused(tmp_path, monkeypatch, count, is_refused):
    monkeypatch.setattr("ctbone.ingest.fragments._MOST_ITEMS", 6)
    path = write_slice(tmp_path / "1", SOPInstanceUID="1.5")
    dataset = dcmread(path)
    dataset.compress(RLELossless, generate_instance_uid=False)
    dataset.PixelData = b"\xfe\xff\x00\xe0\0\0\0\0" * count
    dataset.save_as(path)
    if is_refused:
        with pytest.raises(UnreadableFile, match="do not end properly"):
            identify(path)
    else:
        assert identify(path) == identity(RLELossless)


def test_long_file_meta_information_cuts_no_object_short(tmp_path):
    path = write_slice(tmp_path / "1", SOPInstanceUID="1.5")
    dataset = dcmread(path)
    dataset.file_meta.PrivateInformationCreatorUID = "1.2.3.4"
    dataset.file_meta.PrivateInformation = bytes(9000)
    dataset.save_as(path)
    assert identify(path) == identity(ExplicitVRLittleEndian)


@pytest.mark.parametrize("cut", [1, 60, 300])
def test_a_part_of_an_object_is_refused(tmp_path, cut):
    path = write_slice(tmp_path / "canary")
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(UnreadableFile) as refused:
        identify(path)
    assert "canary" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"text", b"x" * 200])
def test_what_is_not_dicom_is_refused(tmp_path, content):
    path = tmp_path / "canary"
    path.write_bytes(content)
    assert not has_preamble(path)
    with pytest.raises(UnreadableFile, match="found no preamble"):
        identify(path)


def test_a_file_that_is_gone_is_refused_without_its_name(tmp_path):
    with pytest.raises(UnreadableFile, match="cannot be read: No such file") as refused:
        identify(tmp_path / "canary")
    assert "canary" not in str(refused.value)
