"""What is kept of a file between the walk through an export and the turn of its study."""

from __future__ import annotations

from typing import NamedTuple

from ctbone.ingest.attributes import text, value


class Shared:
    """What most files of a series have in common, and what follows from it.

    Attributes:
        common: The values, as in ``Header``.
        is_named: Whether they name a study.
        modality: Modality.
        sop_class_uid: SOPClassUID.
        uids: Study and series UID by folder; the folder matters only where UIDs are missing.
    """

    __slots__ = ("common", "is_named", "modality", "sop_class_uid", "uids")

    def __init__(self, common: tuple[bytes, ...]) -> None:
        self.common = common
        self.is_named = bool(text(value(common, "study_uid")))
        self.modality = text(value(common, "modality")).upper()
        self.sop_class_uid = text(value(common, "sop_class_uid"))
        self.uids: dict[str, tuple[str, str]] = {}


class Entry(NamedTuple):
    """One sound DICOM or NIfTI file.

    Attributes:
        number: Its number in the catalogue.
        directory: Its folder, below the root of the export.
        name: Its name there.
        shared: What it has in common with others.
        values: SOPInstanceUID, InstanceNumber and ImagePositionPatient.
        pixels: Offset and length of its Pixel Data, as in ``Header``.
        is_image: Whether it is a slice, or slices, rather than another DICOM object.
    """

    number: int
    directory: str
    name: str
    shared: Shared
    values: tuple[bytes, bytes, bytes]
    pixels: tuple[int | None, int | None]
    is_image: bool


class Orphan(NamedTuple):
    """A faulty file that does not say which study it belongs to.

    Attributes:
        number: Its number in the catalogue.
        directory: Its folder, below the root of the export.
        detail: What was expected and what was found.
        is_claimed: Whether it claims to be an image; an empty file claims nothing.
    """

    number: int
    directory: str
    detail: str
    is_claimed: bool
