"""Which object a DICOM file holds, and whether it is there to its end."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ctbone.errors import UnreadableFile
from ctbone.ingest.attributes import text, value
from ctbone.ingest.elements import Unusual
from ctbone.ingest.fallback import read_unusual
from ctbone.ingest.fragments import items_of
from ctbone.ingest.header import TRANSFER_SYNTAX, WINDOW, Header, read_header


@dataclass(frozen=True, slots=True)
class ObjectIdentity:
    """What an object is called by archives; as its header says, so that nothing is certain of it.

    Attributes:
        study_uid: StudyInstanceUID.
        series_uid: SeriesInstanceUID.
        sop_instance_uid: SOPInstanceUID.
        sop_class_uid: SOPClassUID.
        transfer_syntax_uid: TransferSyntaxUID of the file meta information.
    """

    study_uid: str
    series_uid: str
    sop_instance_uid: str
    sop_class_uid: str
    transfer_syntax_uid: str


def has_preamble(path: Path) -> bool:
    """Return whether a file begins as DICOM files do (PS3.10, 7.1)."""
    with path.open("rb") as file:
        return file.read(132)[128:] == b"DICM"


def identify(path: Path) -> ObjectIdentity:
    """Read which object a file holds, by the same eyes as the index of an export.

    Raises:
        UnreadableFile: If the file is no DICOM file, ends too early or contradicts its header. The
            message does not name it.
    """
    try:
        header = _header(path)
    except OSError as error:
        raise UnreadableFile(f"the file cannot be read: {error.strerror}") from None
    if header.fault:
        raise UnreadableFile(header.fault)
    found = {name: value(header.common, name) for name in ("study_uid", "series_uid")}
    return ObjectIdentity(
        study_uid=text(found["study_uid"]),
        series_uid=text(found["series_uid"]),
        sop_instance_uid=text(header.sop_instance_uid),
        sop_class_uid=text(value(header.common, "sop_class_uid")),
        transfer_syntax_uid=text(header.common[TRANSFER_SYNTAX]),
    )


def _header(path: Path) -> Header:
    file = os.open(path, os.O_RDONLY)
    try:
        head = os.read(file, WINDOW)
        if head[128:132] != b"DICM":
            raise UnreadableFile("expected a DICOM file, found no preamble")
        header = read_header(file, head, os.fstat(file).st_size)
        if header.pixel_offset is not None and header.pixel_length is None:
            _require_end(file, header.pixel_offset)
    except Unusual:
        return read_unusual(path)
    else:
        return header
    finally:
        os.close(file)


def _require_end(file: int, position: int) -> None:
    """Refuse compressed pixels whose items run beyond the file, or that nothing delimits."""
    if items_of(lambda at, size: os.pread(file, size, at), position) is None:
        raise UnreadableFile("the compressed pixels do not end properly")
