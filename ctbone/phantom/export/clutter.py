"""What lies among the files of an export and is no image: texts, stubs, a DICOMDIR."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from ctbone.phantom.export.plan import make_uid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

#: Files that disks from a PACS carry: what starts the viewer, its help, thumbnails of a file
#: browser (an OLE compound file by its first bytes), and an empty one.
_FILES = {
    "AUTORUN.INF": b"[autorun]\r\nopen=VIEWER.EXE\r\n",
    "VERSION": b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\n%%EOF\n",
    "Thumbs.db": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504),
    "README.TXT": b"This disk holds images of one patient.\r\n",
    "LOCKFILE": b"",
}

#: Media Storage Directory Storage.
_DIRECTORY = "1.2.840.10008.1.3.10"

#: What a record of each type says of what it stands for, in the order of DICOM PS3.3, F.5.
_KEYS = {
    "PATIENT": ("PatientName", "PatientID"),
    "STUDY": ("StudyDate", "StudyTime", "StudyDescription", "StudyInstanceUID", "StudyID",
              "AccessionNumber"),
    "SERIES": ("Modality", "SeriesInstanceUID", "SeriesNumber"),
    "IMAGE": ("InstanceNumber",),
    "SR DOCUMENT": ("InstanceNumber", "CompletionFlag", "VerificationFlag", "ContentDate",
                    "ContentTime", "ConceptNameCodeSequence"),
}  # fmt: skip


def write_clutter(folder: Path) -> None:
    """Write files that are no DICOM into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in _FILES.items():
        (folder / name).write_bytes(content)


def write_directory(folder: Path, study_uid: str) -> None:
    """Write the DICOMDIR of a folder that holds one study, in a folder a series.

    Files that cannot be read as DICOM stand in no record.
    """
    from pydicom import dcmwrite
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = _DIRECTORY
    meta.MediaStorageSOPInstanceUID = make_uid(study_uid, "directory")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = make_uid("ctbone", "phantom")
    directory = Dataset()
    directory.file_meta = meta
    directory.FileSetID = "CTBONE"
    _link(directory, _tree(folder))
    dcmwrite(folder / "DICOMDIR", directory, enforce_file_format=True)


#: A record and what lies below it.
_Node = tuple["Dataset", list["_Node"]]


def _tree(folder: Path) -> list[_Node]:
    """Return records of patient, study, series and files, the root first."""
    study: list[_Node] = []
    first: Dataset | None = None
    for place in sorted(path for path in folder.iterdir() if path.is_dir()):
        images: list[_Node] = []
        for path in sorted(place.iterdir()):
            header = _header(path)
            kind = "SR DOCUMENT" if header.Modality == "SR" else "IMAGE"
            images.append((_record(kind, header, path.relative_to(folder).parts), []))
            first = first or header
        study.append((_record("SERIES", header), images))
    if first is None:
        return []
    return [(_record("PATIENT", first), [(_record("STUDY", first), study)])]


def _header(path: Path) -> Dataset:
    from pydicom import dcmread

    names = {name for found in _KEYS.values() for name in found}
    return dcmread(path, stop_before_pixels=True, specific_tags=[*names, "SOPClassUID",
                                                                 "SOPInstanceUID"])  # fmt: skip


def _record(kind: str, header: Dataset, parts: tuple[str, ...] = ()) -> Dataset:
    from pydicom.dataset import Dataset

    record = Dataset()
    record.OffsetOfTheNextDirectoryRecord = 0
    record.RecordInUseFlag = 0xFFFF
    record.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    record.DirectoryRecordType = kind
    record.SpecificCharacterSet = "ISO_IR 100"
    if parts:
        record.ReferencedFileID = list(parts)
        record.ReferencedSOPClassUIDInFile = header.SOPClassUID
        record.ReferencedSOPInstanceUIDInFile = header.SOPInstanceUID
        record.ReferencedTransferSyntaxUIDInFile = header.file_meta.TransferSyntaxUID
    for name in _KEYS[kind]:
        setattr(record, name, header.get(name, ""))
    return record


def _link(directory: Dataset, tree: list[_Node]) -> None:
    """Number the records by where they will lie in the file, and point each to its next ones.

    Offsets count from the beginning of the file and have a fixed length, so that what is written
    with zeros in their place is as long as the final file.
    """
    from pydicom.sequence import Sequence

    flat = list(_flat(tree))
    directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = 0
    directory.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = 0
    directory.FileSetConsistencyFlag = 0
    directory.DirectoryRecordSequence = Sequence(flat)
    where = dict(zip(map(id, flat), _offsets(directory), strict=True))
    for siblings in _levels(tree):
        for (record, _), (later, _) in pairwise(siblings):
            record.OffsetOfTheNextDirectoryRecord = where[id(later)]
        for record, below in siblings:
            if below:
                record.OffsetOfReferencedLowerLevelDirectoryEntity = where[id(below[0][0])]
    if tree:
        root = where[id(tree[0][0])]
        directory.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity = root
        directory.OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity = where[id(tree[-1][0])]


def _offsets(directory: Dataset) -> list[int]:
    """Return where each record begins, by writing the file once and reading it back."""
    from pydicom import dcmread, dcmwrite
    from pydicom.filebase import DicomBytesIO

    buffer = DicomBytesIO()
    dcmwrite(buffer, directory, enforce_file_format=True)
    buffer.seek(0)
    written = dcmread(buffer)
    return [record.seq_item_tell for record in written.DirectoryRecordSequence]


def _flat(tree: list[_Node]) -> list[Dataset]:
    return [found for record, below in tree for found in (record, *_flat(below))]


def _levels(tree: list[_Node]) -> list[list[_Node]]:
    return [tree, *(found for _, below in tree if below for found in _levels(below))]
