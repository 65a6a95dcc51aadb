"""From headers to studies.

Between the walk and the yield only a compact entry stands for a file: the values that differ from
slice to slice, and one tuple of the values that its series shares. The full records of a study are
built when its turn comes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ctbone.errors import Reason, UnreadableFile
from ctbone.ingest import attributes as decode
from ctbone.ingest.attributes import Attributes, derived_uid, keyed_digest, text, value
from ctbone.ingest.frames import MULTI_FRAME, frame_slices, nifti_planes
from ctbone.ingest.header import TRANSFER_SYNTAX
from ctbone.records import (
    NIFTI,
    FileFault,
    Flag,
    SeriesRecord,
    SliceRecord,
    StudyRecord,
)

#: What a UID is made of (DICOM PS3.5, section 9).
_UID = re.compile(r"[0-9.]{1,64}")


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


@dataclass(slots=True)
class Grouping:
    """Entries by study, gathered while the export is walked.

    Attributes:
        root: Root of the export.
        key: Key of the pseudonyms.
        entries: Sound files by study UID.
        faults: Faulty files by study UID.
        identities: The shared values of the first file of a study, sound or not.
        directories: Study UIDs by folder.
    """

    root: Path
    key: bytes
    entries: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    faults: dict[str, list[FileFault]] = field(default_factory=lambda: defaultdict(list))
    identities: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    directories: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _shared: dict[tuple[bytes, ...], Shared] = field(default_factory=dict)
    _values: dict[bytes, bytes] = field(default_factory=dict)

    def share(self, common: tuple[bytes, ...]) -> Shared:
        """Return the one object that stands for all equal values."""
        known = self._shared.get(common)
        if known is None:
            known = Shared(tuple(self._values.setdefault(item, item) for item in common))
            self._shared[known.common] = known
        return known

    def add(self, entry: Entry) -> tuple[str, str]:
        """Take in a sound file and return the UIDs of its study and series."""
        uids = self.uids(entry.shared, entry.directory)
        self.entries[uids[0]].append(entry)
        return uids

    def add_fault(self, shared: Shared, directory: str, fault: FileFault) -> str:
        """Take in a faulty file whose header names its study, and return the UID of that."""
        study_uid, _ = self.uids(shared, directory)
        self.faults[study_uid].append(fault)
        return study_uid

    def adopt(self, orphan: Orphan) -> str | None:
        """Give a faulty file to the only study of its folder, else to a study made up for it.

        A file that claims nothing, in a folder without images, belongs to none.
        """
        near = self.directories.get(orphan.directory, set())
        if not near and not orphan.is_claimed:
            return None
        if len(near) == 1:
            (study_uid,) = near
        else:
            study_uid = derived_uid(keyed_digest(self.key, "folder", orphan.directory))
        self.faults[study_uid].append(
            FileFault(orphan.number, Reason.UNREADABLE_FILE, orphan.detail)
        )
        return study_uid

    def uids(self, shared: Shared, directory: str) -> tuple[str, str]:
        """Return the UIDs of study and series, derived where they are missing."""
        known = shared.uids.get(directory)
        if known is None:
            study_uid = self._study_uid(shared.common, directory)
            known = study_uid, self._series_uid(shared.common, study_uid, directory)
            shared.uids[directory] = known
            self.identities.setdefault(study_uid, shared.common)
            self.directories[directory].add(study_uid)
        return known

    def _study_uid(self, common: tuple[bytes, ...], directory: str) -> str:
        if stated := text(value(common, "study_uid")):
            return self._sound(stated)
        names = ("patient_id", "study_date", "accession")
        known = (text(value(common, name)) for name in names)
        return derived_uid(keyed_digest(self.key, "study", directory, *known))

    def _series_uid(self, common: tuple[bytes, ...], study_uid: str, directory: str) -> str:
        if stated := text(value(common, "series_uid")):
            return self._sound(stated)
        names = ("series_number", "modality", "sop_class_uid", "description", "kernel")
        known = (text(value(common, name)) for name in names)
        return derived_uid(keyed_digest(self.key, "series", study_uid, directory, *known))

    def _sound(self, stated: str) -> str:
        """Return a UID as stated, or one derived from it where it is none: it could be a name."""
        if _UID.fullmatch(stated):
            return stated
        return derived_uid(keyed_digest(self.key, "uid", stated))

    def study_uids(self) -> list[str]:
        """Return the UIDs of all studies in order."""
        return sorted({*self.entries, *self.faults})

    def take(self, study_uid: str) -> StudyRecord:
        """Build the record of a study and forget its entries."""
        entries = self.entries.pop(study_uid, [])
        faults = self.faults.pop(study_uid, [])
        by_series: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
        for entry in entries:
            by_series[self._series_key(entry)].append(entry)
        builder = _SeriesBuilder(root=self.root, faults=faults)
        series = tuple(
            builder.build(uid, found) for (uid, _, _), found in sorted(by_series.items())
        )
        common = self.identities.pop(study_uid, None)
        return StudyRecord(
            study_uid=study_uid,
            patient_id=self._pseudonym(common, study_uid),
            study_date=decode.day(value(common, "study_date")) if common else None,
            age_years=decode.age_years(common) if common else None,
            sex=decode.sex(common) if common else None,
            series=series,
            faults=tuple(sorted(faults, key=lambda fault: fault.number)),
        )

    def _series_key(self, entry: Entry) -> tuple[str, str, str]:
        shared = entry.shared
        _, series_uid = self.uids(shared, entry.directory)
        return series_uid, shared.modality, shared.sop_class_uid

    def _pseudonym(self, common: tuple[bytes, ...] | None, study_uid: str) -> str:
        patient_id = text(value(common, "patient_id")) if common else ""
        if common and patient_id:
            issuer = text(value(common, "issuer"))
            return decode.pseudonym(patient_id, key=self.key, issuer=issuer)
        return decode.pseudonym(study_uid, key=self.key)


@dataclass(slots=True)
class _SeriesBuilder:
    """Builds the series of one study.

    Attributes:
        root: Root of the export.
        faults: Receives what goes wrong with a file whose header had looked sound.
        decoded: Attributes by shared values.
        folders: Paths by folder.
    """

    root: Path
    faults: list[FileFault]
    decoded: dict[tuple[bytes, ...], Attributes] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)

    def build(self, series_uid: str, entries: list[Entry]) -> SeriesRecord:
        """Return the record of one series."""
        common = entries[0].shared.common
        slices = tuple(item for entry in entries if entry.is_image for item in self._slices(entry))
        stated = (text(value(common, name)) for name in ("study_uid", "series_uid"))
        is_named = all(_UID.fullmatch(uid) for uid in stated)
        contrasts = {decode.contrast(c) for c in {e.shared.common for e in entries}}
        return SeriesRecord(
            series_uid=series_uid,
            modality=entries[0].shared.modality,
            sop_class_uid=entries[0].shared.sop_class_uid,
            description=text(value(common, "description")),
            kernel=text(value(common, "kernel")),
            kvp=decode.number(value(common, "kvp")),
            contrast=next((c for c in (True, False) if c in contrasts), None),
            body_part=text(value(common, "body_part")).upper(),
            manufacturer=text(value(common, "manufacturer")),
            model=text(value(common, "model")),
            slices=slices,
            flags=() if is_named else (Flag.UID_MISSING,),
        )

    def _slices(self, entry: Entry) -> Iterator[SliceRecord]:
        common = entry.shared.common
        try:
            if common[TRANSFER_SYNTAX] == NIFTI.encode():
                yield from nifti_planes(self._path(entry), entry.number)
            elif entry.shared.sop_class_uid in MULTI_FRAME:
                yield from frame_slices(self._slice(entry), self._attributes(common))
            else:
                yield self._slice(entry)
        except UnreadableFile as fault:
            self.faults.append(FileFault(entry.number, fault.reason, str(fault)))

    def _slice(self, entry: Entry) -> SliceRecord:
        uid, number, position = entry.values
        shared = self._attributes(entry.shared.common)
        return SliceRecord(
            entry.number,
            self._path(entry),
            0,
            text(uid),
            decode.position(position),
            shared.orientation,
            shared.spacing_mm,
            shared.rows,
            shared.columns,
            shared.slice_thickness_mm,
            shared.acquisition,
            decode.integer(number),
            shared.image_type,
            shared.encoding,
            *entry.pixels,
        )

    def _attributes(self, common: tuple[bytes, ...]) -> Attributes:
        known = self.decoded.get(common)
        if known is None:
            known = self.decoded[common] = decode.attributes(common)
        return known

    def _path(self, entry: Entry) -> Path:
        folder = self.folders.get(entry.directory)
        if folder is None:
            folder = self.folders[entry.directory] = self.root / entry.directory
        return folder / entry.name
