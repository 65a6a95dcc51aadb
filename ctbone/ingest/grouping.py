"""From headers to studies.

Between the walk and the yield only a compact entry stands for a file: the values that differ from
slice to slice, and one tuple of the values that its series shares. The full records of a study are
built when its turn comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ctbone.errors import Reason, UnreadableFile
from ctbone.ingest import attributes as decode
from ctbone.ingest.attributes import Attributes, derived_uid, keyed_digest, text, value
from ctbone.ingest.frames import MULTI_FRAME, frame_slices, nifti_planes
from ctbone.ingest.header import TRANSFER_SYNTAX, Header
from ctbone.records import (
    NIFTI,
    FileFault,
    Flag,
    SeriesRecord,
    SliceRecord,
    StudyRecord,
)


class Entry(NamedTuple):
    """One sound DICOM or NIfTI file.

    Attributes:
        number: Its number in the catalogue.
        directory: Its folder, below the root of the export.
        name: Its name there.
        header: What it says; ``common`` is shared between entries.
        is_image: Whether it is a slice, or slices, rather than another DICOM object.
    """

    number: int
    directory: str
    name: str
    header: Header
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
    _shared: dict[tuple[bytes, ...], tuple[bytes, ...]] = field(default_factory=dict)
    _values: dict[bytes, bytes] = field(default_factory=dict)

    def add(self, entry: Entry) -> str:
        """Take in a sound file and return the UID of its study."""
        common = self._intern(entry.header.common)
        study_uid = self.study_uid(common, entry.directory)
        slim = entry.header._replace(common=common)
        self.entries[study_uid].append(entry._replace(header=slim))
        self._meet(study_uid, common, entry.directory)
        return study_uid

    def add_fault(self, common: tuple[bytes, ...], directory: str, fault: FileFault) -> str:
        """Take in a faulty file whose header names its study, and return the UID of that."""
        study_uid = self.study_uid(common, directory)
        self.faults[study_uid].append(fault)
        self._meet(study_uid, common, directory)
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

    def study_uid(self, common: tuple[bytes, ...], directory: str) -> str:
        """Return StudyInstanceUID, or one derived from the folder and what else identifies."""
        stated = text(value(common, "study_uid"))
        if stated:
            return stated
        names = ("patient_id", "study_date", "accession")
        known = (text(value(common, name)) for name in names)
        return derived_uid(keyed_digest(self.key, "study", directory, *known))

    def series_uid(self, common: tuple[bytes, ...], directory: str) -> str:
        """Return SeriesInstanceUID, or one derived from what tells series apart."""
        stated = text(value(common, "series_uid"))
        if stated:
            return stated
        names = ("series_number", "modality", "sop_class_uid", "description", "kernel")
        known = (text(value(common, name)) for name in names)
        study_uid = self.study_uid(common, directory)
        return derived_uid(keyed_digest(self.key, "series", study_uid, directory, *known))

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
        common = entry.header.common
        return (
            self.series_uid(common, entry.directory),
            text(value(common, "modality")),
            text(value(common, "sop_class_uid")),
        )

    def _pseudonym(self, common: tuple[bytes, ...] | None, study_uid: str) -> str:
        patient_id = text(value(common, "patient_id")) if common else ""
        if common and patient_id:
            issuer = text(value(common, "issuer"))
            return decode.pseudonym(patient_id, key=self.key, issuer=issuer)
        return decode.pseudonym(study_uid, key=self.key)

    def _meet(self, study_uid: str, common: tuple[bytes, ...], directory: str) -> None:
        self.identities.setdefault(study_uid, common)
        self.directories[directory].add(study_uid)

    def _intern(self, common: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Return the one tuple that stands for all equal ones."""
        known = self._shared.get(common)
        if known is None:
            known = tuple(self._values.setdefault(item, item) for item in common)
            self._shared[known] = known
        return known


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
        common = entries[0].header.common
        slices = tuple(item for entry in entries if entry.is_image for item in self._slices(entry))
        is_named = value(common, "study_uid") and value(common, "series_uid")
        contrasts = {decode.contrast(c) for c in {e.header.common for e in entries}}
        return SeriesRecord(
            series_uid=series_uid,
            modality=text(value(common, "modality")).upper(),
            sop_class_uid=text(value(common, "sop_class_uid")),
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
        common = entry.header.common
        try:
            if common[TRANSFER_SYNTAX] == NIFTI.encode():
                yield from nifti_planes(self._path(entry), entry.number)
            elif text(value(common, "sop_class_uid")) in MULTI_FRAME:
                yield from frame_slices(self._slice(entry), self._attributes(common))
            else:
                yield self._slice(entry)
        except UnreadableFile as fault:
            self.faults.append(FileFault(entry.number, fault.reason, str(fault)))

    def _slice(self, entry: Entry) -> SliceRecord:
        header = entry.header
        shared = self._attributes(header.common)
        return SliceRecord(
            entry.number,
            self._path(entry),
            0,
            text(header.sop_instance_uid),
            decode.position(header.position),
            shared.orientation,
            shared.spacing_mm,
            shared.rows,
            shared.columns,
            shared.slice_thickness_mm,
            shared.acquisition,
            decode.integer(header.instance_number),
            shared.image_type,
            shared.encoding,
            header.pixel_offset,
            header.pixel_length,
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
