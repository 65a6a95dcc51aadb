"""The full records of a series, built from the entries of its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ctbone.errors import UnreadableFile
from ctbone.ingest import attributes as decode
from ctbone.ingest.attributes import Attributes, text, value
from ctbone.ingest.entries import Entry
from ctbone.ingest.frames import MULTI_FRAME, frame_slices
from ctbone.ingest.header import TRANSFER_SYNTAX
from ctbone.ingest.nifti_header import nifti_planes
from ctbone.ingest.scanners import scanner_digest
from ctbone.records import NIFTI, FileFault, Flag, SeriesRecord, SliceRecord
from ctbone.uids import is_uid

_T = TypeVar("_T", bound=Hashable)


@dataclass(slots=True)
class SeriesBuilder:
    """Builds the series of one study.

    Attributes:
        root: Root of the export.
        key: Key of the pseudonyms.
        faults: Receives what goes wrong with a file whose header had looked sound.
        decoded: Attributes by shared values.
        folders: Paths by folder.
    """

    root: Path
    key: bytes = field(repr=False)
    faults: list[FileFault]
    decoded: dict[tuple[bytes, ...], Attributes] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)

    def build(
        self, series_uid: str, entries: list[Entry], *, flags: tuple[Flag, ...] = ()
    ) -> SeriesRecord:
        """Return the record of one series; ``flags`` are those of its study."""
        common = entries[0].shared.common
        kept = _without_copies(entries)
        slices = tuple(item for entry in kept if entry.is_image for item in self._slices(entry))
        stated = (text(value(common, name)) for name in ("study_uid", "series_uid"))
        is_named = all(is_uid(uid) for uid in stated)
        contrasts = {decode.contrast(c) for c in {e.shared.common for e in entries}}
        return SeriesRecord(
            series_uid=series_uid,
            modality=entries[0].shared.modality,
            sop_class_uid=entries[0].shared.sop_class_uid,
            description=text(value(common, "description")),
            kernel=most_common((s.kernel for s in slices), text(value(common, "kernel"))),
            kvp=most_common((s.kvp for s in slices), decode.number(value(common, "kvp"))),
            contrast=next((c for c in (True, False) if c in contrasts), None),
            body_part=text(value(common, "body_part")).upper()
            or most_common((s.anatomy for s in slices), ""),
            manufacturer=text(value(common, "manufacturer")),
            model=text(value(common, "model")),
            slices=slices,
            flags=(
                *flags,
                *(() if is_named else (Flag.UID_MISSING,)),
                *(() if len(kept) == len(entries) else (Flag.DUPLICATES_DROPPED,)),
            ),
            scanner=scanner_digest(common, key=self.key),
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
            shared.kernel,
            shared.kvp,
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


def most_common(values: Iterable[_T], otherwise: _T) -> _T:
    """Return the value that most slices state; the first of those that as many do."""
    counts = Counter(value for value in values if value)
    return max(counts, key=lambda value: counts[value]) if counts else otherwise


def _without_copies(entries: list[Entry]) -> list[Entry]:
    """Keep the first of NIfTI files in one series: its UID is a digest, so they are equal."""
    is_nifti = entries[0].shared.common[TRANSFER_SYNTAX] == NIFTI.encode()
    return entries[:1] if is_nifti else entries
