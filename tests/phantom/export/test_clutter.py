import pydicom
import pytest

from ctbone.phantom.export.clutter import write_clutter
from tests.phantom.export.conftest import files_of, objects_of


@pytest.fixture(scope="module")
def directories(everything):
    found = [path for path in files_of(everything.out / "export") if path.name == "DICOMDIR"]
    assert len(found) >= 2
    return found


def followed(directory, offset, place=()):
    """Yield the records of a level and of those below, by the offsets alone."""
    by_offset = {record.seq_item_tell: record for record in directory.DirectoryRecordSequence}
    while offset:
        record = by_offset[offset]
        kinds = (*place, record.DirectoryRecordType)
        yield kinds, record
        yield from followed(directory, record.OffsetOfReferencedLowerLevelDirectoryEntity, kinds)
        offset = record.OffsetOfTheNextDirectoryRecord


def test_a_directory_leads_to_every_file_of_its_study(directories):
    for path in directories:
        directory = pydicom.dcmread(path)
        start = directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity
        leaves = [(kinds, r) for kinds, r in followed(directory, start) if "ReferencedFileID" in r]
        assert {kinds[:3] for kinds, _ in leaves} == {("PATIENT", "STUDY", "SERIES")}
        names = [path.parent.joinpath(*record.ReferencedFileID) for _, record in leaves]
        expected = dict(objects_of(path.parent))
        assert sorted(names) == sorted(expected)
        for name, (_, record) in zip(names, leaves, strict=True):
            assert record.ReferencedSOPInstanceUIDInFile == expected[name].SOPInstanceUID


def test_records_say_what_the_files_say(directories):
    directory = pydicom.dcmread(directories[0])
    kinds = [record.DirectoryRecordType for record in directory.DirectoryRecordSequence]
    assert kinds[:3] == ["PATIENT", "STUDY", "SERIES"]
    assert set(kinds) <= {"PATIENT", "STUDY", "SERIES", "IMAGE", "SR DOCUMENT"}
    for record in directory.DirectoryRecordSequence:
        if record.DirectoryRecordType == "IMAGE":
            path = directories[0].parent.joinpath(*record.ReferencedFileID)
            header = pydicom.dcmread(path, stop_before_pixels=True)
            assert header.InstanceNumber == record.InstanceNumber
            assert header.file_meta.TransferSyntaxUID == record.ReferencedTransferSyntaxUIDInFile


def test_clutter_is_no_dicom(tmp_path):
    write_clutter(tmp_path / "study")
    found = files_of(tmp_path)
    assert len(found) == 5
    assert list(objects_of(tmp_path)) == []
    assert {path.read_bytes()[:4] for path in found} >= {b"%PDF", b"\xd0\xcf\x11\xe0", b""}
