"""From headers to studies.

Between the walk and the yield only a compact entry stands for a file: the values that differ from
slice to slice, and one tuple of the values that its series shares. The full records of a study are
built when its turn comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ctbone.errors import Reason
from ctbone.ingest import attributes as decode
from ctbone.ingest.attributes import as_linked, derived_uid, keyed_digest, link_key, text, value
from ctbone.ingest.building import SeriesBuilder
from ctbone.ingest.entries import Entry, Orphan, Shared
from ctbone.ingest.identifying import LINKED_BY, PSEUDONYM_OF
from ctbone.records import FileFault, Flag, StudyKeys, StudyRecord
from ctbone.uids import is_uid

_T = TypeVar("_T")

#: What is said of a file that names no patient among files that name several.
_UNCLEAR = "expected a PatientID where several patients share one study UID, found none"


@dataclass(slots=True)
class Grouping:
    """Entries by study, gathered while the export is walked.

    Attributes:
        root: Root of the export.
        key: Key of the pseudonyms.
        entries: Sound files by study UID.
        faults: Faulty files by study UID.
        identities: The shared values of the first faulty file of a study, by study UID.
        directories: Study UIDs by folder.
        owners: The patient that a faulty file names, by its number.
        disputed: Studies that stand for one patient of several that claim one study UID.
    """

    root: Path
    key: bytes
    entries: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    faults: dict[str, list[FileFault]] = field(default_factory=lambda: defaultdict(list))
    identities: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    directories: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    owners: dict[int, str] = field(default_factory=dict)
    disputed: set[str] = field(default_factory=set)
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
        self.identities.setdefault(study_uid, shared.common)
        self.owners[fault.number] = patient_of(shared)
        return study_uid

    def adopt(self, orphan: Orphan, *, alone: str = "") -> str | None:
        """Give a faulty file to the only study of its folder, else to a study made up for it.

        A file that claims nothing, in a folder without images, belongs to none. One that could
        only have been a whole study, named by ``alone``, belongs to no neighbour.
        """
        if alone:
            study_uid = derived_uid(keyed_digest(self.key, "file", orphan.directory, alone))
            return self._blame(study_uid, orphan)
        near = self.directories.get(orphan.directory, set())
        if not near and not orphan.is_claimed:
            return None
        if len(near) == 1:
            (study_uid,) = near
        else:
            study_uid = derived_uid(keyed_digest(self.key, "folder", orphan.directory))
        return self._blame(study_uid, orphan)

    def _blame(self, study_uid: str, orphan: Orphan) -> str:
        fault = FileFault(orphan.number, Reason.UNREADABLE_FILE, orphan.detail)
        self.faults[study_uid].append(fault)
        return study_uid

    def uids(self, shared: Shared, directory: str) -> tuple[str, str]:
        """Return the UIDs of study and series, derived where they are missing."""
        known = shared.uids.get(directory)
        if known is None:
            study_uid = self._study_uid(shared.common, directory)
            known = study_uid, self._series_uid(shared.common, study_uid, directory)
            shared.uids[directory] = known
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
        if is_uid(stated):
            return stated
        return derived_uid(keyed_digest(self.key, "uid", stated))

    def study_uids(self) -> list[str]:
        """Return the UIDs of all studies in order."""
        return sorted({*self.entries, *self.faults})

    def first_number(self, study_uid: str) -> int:
        """Return the number in the catalogue of the first file of a study."""
        numbers = [entry.number for entry in self.entries.get(study_uid, ())]
        return min(numbers + [fault.number for fault in self.faults.get(study_uid, ())])

    def take(self, study_uid: str) -> StudyRecord:
        """Build the record of a study and forget its entries."""
        entries = self.entries.pop(study_uid, [])
        faults = self.faults.pop(study_uid, [])
        by_series: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
        for entry in entries:
            by_series[self._series_key(entry)].append(entry)
        builder = SeriesBuilder(root=self.root, key=self.key, faults=faults)
        is_disputed = self._is_conflict(study_uid, entries)
        flags = (Flag.PATIENT_ID_CONFLICT,) if is_disputed else ()
        series = tuple(
            builder.build(uid, found, flags=flags)
            for (uid, _, _), found in sorted(by_series.items())
        )
        stated = _identities(entries, self.identities.pop(study_uid, None))
        return StudyRecord(
            study_uid=study_uid,
            patient_id=self._pseudonym(stated, study_uid),
            study_date=_first(decode.day(value(common, "study_date")) for common in stated),
            age_years=_first(decode.age_years(common) for common in stated),
            sex=_first(decode.sex(common) for common in stated),
            series=series,
            faults=tuple(sorted(faults, key=lambda fault: fault.number)),
            keys=self._keys(stated),
            is_disputed=is_disputed,
        )

    def part_patients(self) -> Iterator[tuple[str, list[int]]]:
        """Give each patient of a study UID that several claim a study, once all files are known.

        Which patient the UID belongs to cannot be told, so that each gets one derived from it and
        from the PatientID, and whoever links by the UID finds neither. A file that names nobody
        goes with its series where that names one patient, else it is refused. Faulty files that
        name nobody may be anyone's: they are kept with each.

        Yields:
            The UID of each new study, and the numbers of its files.
        """
        for study_uid in self.study_uids():
            patients = {
                patient_of(e.shared) for e in self.entries.get(study_uid, ()) if e.is_image
            }
            if len(patients - {""}) > 1:
                yield from self._part(study_uid)

    def _part(self, study_uid: str) -> Iterator[tuple[str, list[int]]]:
        entries, faults = self.entries.pop(study_uid), self.faults.pop(study_uid, [])
        by_patient = _by_patient(entries)
        for patient in {self.owners.get(fault.number, "") for fault in faults} - {""}:
            by_patient.setdefault(patient, [])
        for patient, theirs in sorted(by_patient.items()):
            uid = derived_uid(keyed_digest(self.key, "patient", study_uid, patient))
            self.disputed.add(uid)
            own = [f for f in faults if self.owners.get(f.number, "") in ("", patient)]
            if patient:
                self.entries[uid] = theirs
            else:
                own += [FileFault(e.number, Reason.PATIENT_UNCLEAR, _UNCLEAR) for e in theirs]
            self.faults[uid] = own
            yield uid, [entry.number for entry in theirs] + [fault.number for fault in own]

    def _is_conflict(self, study_uid: str, entries: list[Entry]) -> bool:
        """Return whether files of the study name, or named, several patients."""
        return (
            study_uid in self.disputed or len({patient_of(e.shared) for e in entries} - {""}) > 1
        )

    def _series_key(self, entry: Entry) -> tuple[str, str, str]:
        shared = entry.shared
        _, series_uid = self.uids(shared, entry.directory)
        return series_uid, shared.modality, shared.sop_class_uid

    def _pseudonym(self, stated: list[tuple[bytes, ...]], study_uid: str) -> str:
        for common in stated:
            patient_id, issuer = (text(value(common, name)) for name in PSEUDONYM_OF)
            if as_linked(patient_id):
                return decode.pseudonym(patient_id, key=self.key, issuer=issuer)
        return decode.pseudonym(study_uid, key=self.key)

    def _keys(self, stated: list[tuple[bytes, ...]]) -> StudyKeys:
        """Return what a table finds a study by, of the first file that names it."""
        found = (
            next((t for common in stated if (t := text(value(common, name)))), "")
            for name in LINKED_BY
        )
        patient, accession = found
        return StudyKeys(
            patient=link_key(patient, kind="patient", key=self.key),
            accession=link_key(accession, kind="accession", key=self.key),
        )


def patient_of(shared: Shared) -> str:
    """Return PatientID without what systems add and drop: case and white space."""
    return as_linked(text(value(shared.common, "patient_id")))


def _by_patient(entries: list[Entry]) -> dict[str, list[Entry]]:
    """Return the files of each patient; those of nobody stand under an empty name."""
    patients: dict[bytes, set[str]] = defaultdict(set)
    for shared in {entry.shared for entry in entries}:
        patients[value(shared.common, "series_uid")].add(patient_of(shared))
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        patient = patient_of(entry.shared)
        near = patients[value(entry.shared.common, "series_uid")] - {""}
        found[next(iter(near)) if not patient and len(near) == 1 else patient].append(entry)
    return found


def _identities(entries: list[Entry], faulty: tuple[bytes, ...] | None) -> list[tuple[bytes, ...]]:
    """Return whose files these may be, by their shared values, images before other objects."""
    ordered = sorted(entries, key=lambda entry: (not entry.is_image, entry.number))
    found = list(dict.fromkeys(entry.shared.common for entry in ordered))
    return found or ([faulty] if faulty else [])


def _first(found: Iterable[_T | None]) -> _T | None:
    return next((item for item in found if item is not None), None)
