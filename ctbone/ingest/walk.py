"""A walk through an export: every file gets a number, a status and, if it has one, a study."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path

from ctbone.attempts import Failure, guard
from ctbone.errors import Reason, UnreadableFile
from ctbone.ingest.attributes import pseudonym, value
from ctbone.ingest.catalogue import Catalogue, FileRow, FileStatus, open_catalogue
from ctbone.ingest.elements import Unusual
from ctbone.ingest.entries import Entry, Orphan, Shared
from ctbone.ingest.fallback import begins_like_dicom, read_identity, read_unusual
from ctbone.ingest.folders import require_folder
from ctbone.ingest.grouping import Grouping
from ctbone.ingest.header import WINDOW, Header, to_header
from ctbone.ingest.layouts import Layouts
from ctbone.ingest.nifti_header import is_nifti, nifti_digest, nifti_uid
from ctbone.ingest.places import Place, find_places
from ctbone.ingest.tags import TAGS
from ctbone.records import NIFTI, FileFault, StudyRecord

#: Objects that are no images although they may carry Pixel Data.
_NOT_IMAGES = frozenset({
    "AU", "DOC", "ECG", "FID", "KO", "M3D", "PLAN", "PMAP", "PR", "REG",
    "RTDOSE", "RTIMAGE", "RTPLAN", "RTRECORD", "RTSTRUCT", "SEG", "SR", "STAIN",
})  # fmt: skip

#: SOP classes whose objects must carry Pixel Data: CT, enhanced and converted CT, MR, PET,
#: secondary capture.
_IMAGE_CLASSES = frozenset(
    f"1.2.840.10008.5.1.4.1.1.{tail}" for tail in ("2", "2.1", "2.2", "4", "128", "7")
)

#: Files that are read one after the other before it is decided how to go on.
_PROBE = 64

#: Seconds a header takes on storage that is worth reading in threads: from a local disk or the
#: page cache it takes 30 to 100 microseconds, and threads only get in each other's way.
_SLOW = 2e-3

#: Threads on slow storage, and how many files they may be ahead.
_THREADS, _AHEAD = 16, 512


def index_export(
    root: Path,
    *,
    key: bytes,
    catalogue: Path | None = None,
    tell: Callable[[int], None] = lambda _: None,
    name: str = "",
) -> Iterator[StudyRecord]:
    """Walk an export and yield its studies one at a time, by study UID.

    Every file of the tree gets a number, in the order of its path. Between the walk and the yield
    only a compact entry stands for a file, so that memory is bounded by the largest study and some
    hundred bytes a file.

    Args:
        root: Folder of the export.
        key: Site key of the pseudonyms.
        catalogue: Where to write the catalogue of the files, if at all.
        tell: Told how many studies there are, once every file has been looked at.
        name: The one file of the folder that is looked at; all of the tree without it.

    Yields:
        Studies, among them those that consist of unreadable files alone.

    Raises:
        ValueError: If ``root`` is not a folder.
    """
    require_folder(root)
    with open_catalogue(catalogue) as rows:
        grouping = Grouping(root=root, key=key)
        _gather(grouping, rows, [Place("", name, "")] if name else find_places(root))
        for study_uid, numbers in grouping.part_patients():
            rows.move_files(numbers, study_uid)
        rows.flush()
        study_uids = grouping.study_uids()
        tell(len(study_uids))
        for study_uid in study_uids:
            known = {
                fault.number
                for fault in grouping.faults.get(study_uid, ())
                if fault.reason is Reason.UNREADABLE_FILE
            }
            study = _take(grouping, study_uid)
            for fault in study.faults:
                if fault.number not in known:
                    rows.amend_file(fault.number, fault.reason, fault.detail)
            rows.add_study(study)
            yield study


def _take(grouping: Grouping, study_uid: str) -> StudyRecord:
    """Build the record of a study; one that brings a bug to light consists of that fault alone."""
    number = grouping.first_number(study_uid)
    found = guard(lambda: grouping.take(study_uid))
    if not isinstance(found, Failure):
        return found
    return StudyRecord(
        study_uid=study_uid,
        patient_id=pseudonym(study_uid, key=grouping.key),
        study_date=None,
        age_years=None,
        sex=None,
        series=(),
        faults=(FileFault(number, Reason.UNREADABLE_FILE, found.detail),),
    )


def _gather(grouping: Grouping, rows: Catalogue, places: Iterable[Place]) -> None:
    """Read the header of every file; those that name no study are given to one at the end."""
    orphans: list[tuple[Place, Orphan]] = []
    for number, (place, seen) in enumerate(_looks(grouping.root, iter(places)), start=1):
        found = _take_in(grouping, place, number, seen) if isinstance(seen, Header) else seen
        if isinstance(found, Orphan):
            orphans.append((place, found._replace(number=number)))
        else:
            rows.add_file(found if found.number else found._replace(number=number))
    for place, orphan in orphans:
        rows.add_file(_adopt(grouping, place, orphan))


def _looks(
    root: Path, places: Iterator[Place]
) -> Iterator[tuple[Place, Header | Orphan | FileRow]]:
    """Yield every file and what it is, in order; in threads where the storage is slow."""
    look = partial(_guarded_look, str(root), Layouts())
    start = time.perf_counter()
    for place in islice(places, _PROBE):
        yield place, look(place)
    if (time.perf_counter() - start) / _PROBE < _SLOW:
        for place in places:
            yield place, look(place)
        return
    with ThreadPoolExecutor(_THREADS) as threads:
        while ahead := list(islice(places, _AHEAD)):
            yield from zip(ahead, threads.map(look, ahead), strict=True)


def _guarded_look(root: str, layouts: Layouts, place: Place) -> Header | Orphan | FileRow:
    found = guard(lambda: _look(root, layouts, place))
    if isinstance(found, Failure):
        return Orphan(0, place.directory, found.detail, is_claimed=True)
    return found


def _look(root: str, layouts: Layouts, place: Place) -> Header | Orphan | FileRow:
    """Return what a file is: a DICOM header, a fault without a study, or something else."""
    if place.fault:
        return _not_dicom(place, place.fault)
    path = f"{root}{os.sep}{place.path}"
    try:
        file = os.open(path, os.O_RDONLY)
    except OSError as error:
        return Orphan(0, place.directory, f"cannot be opened: {error.strerror}", is_claimed=False)
    try:
        size = os.fstat(file).st_size
        head = os.read(file, WINDOW)
        if head[128:132] == b"DICM":
            return _named(layouts.read(file, head, size), Path(path))
    except Unusual:
        return _unusual(Path(path), place)
    except OSError as error:
        return Orphan(0, place.directory, f"cannot be read: {error.strerror}", is_claimed=False)
    finally:
        os.close(file)
    return _without_preamble(Path(path), place, head)


def _without_preamble(path: Path, place: Place, head: bytes) -> Header | Orphan | FileRow:
    if not head:
        return Orphan(0, place.directory, "the file is empty", is_claimed=False)
    if is_nifti(place.name):
        return _nifti(path, place)
    if begins_like_dicom(head):
        try:
            return read_unusual(path)
        except UnreadableFile:
            return _not_dicom(place, "no DICOM preamble, and no data set that parses without")
    return _not_dicom(place, "no DICOM preamble")


def _unusual(path: Path, place: Place) -> Header | Orphan:
    try:
        return read_unusual(path)
    except UnreadableFile as fault:
        orphan = Orphan(0, place.directory, str(fault), is_claimed=True)
        return read_identity(path, fault=orphan.detail) or orphan


def _named(header: Header, path: Path) -> Header:
    """Return a header as it is, or, where a fault came before the name of the study, with that."""
    if not header.fault or value(header.common, "study_uid"):
        return header
    return read_identity(path, fault=header.fault) or header


def _nifti(path: Path, place: Place) -> Header | Orphan:
    try:
        digest = nifti_digest(path)
    except UnreadableFile as fault:
        return Orphan(0, place.directory, str(fault), is_claimed=True)
    stated = {
        "study_uid": nifti_uid(digest, ""),
        "series_uid": nifti_uid(digest, "series"),
        "modality": "CT",
    }
    values = [stated.get(name, "").encode() for name in TAGS]
    return to_header(values, NIFTI.encode(), has_pixels=True)


def _not_dicom(place: Place, detail: str) -> FileRow:
    return FileRow(0, place.path, FileStatus.NOT_DICOM, Reason.NOT_AN_IMAGE, detail, None, None)


def _take_in(grouping: Grouping, place: Place, number: int, header: Header) -> FileRow | Orphan:
    """Give a file to its study and return its row of the catalogue."""
    shared = grouping.share(header.common)
    is_image = header.has_pixels and shared.modality not in _NOT_IMAGES
    detail = header.fault or _missing_pixels(header, shared)
    if detail:
        return _fault(grouping, place, FileFault(number, Reason.UNREADABLE_FILE, detail), shared)
    if not is_image and not shared.is_named:
        return FileRow(number, place.path, FileStatus.OBJECT, None, "names no study", None, None)
    uids = grouping.add(
        Entry(number, place.directory, place.name, shared, header[:3], header[4:6], is_image)
    )
    status = FileStatus.SLICE if is_image else FileStatus.OBJECT
    return FileRow(number, place.path, status, None, "", *uids)


def _fault(grouping: Grouping, place: Place, fault: FileFault, shared: Shared) -> FileRow | Orphan:
    if not shared.is_named:
        return Orphan(fault.number, place.directory, fault.detail, is_claimed=True)
    study_uid = grouping.add_fault(shared, place.directory, fault)
    has_series = bool(value(shared.common, "series_uid"))
    series_uid = grouping.uids(shared, place.directory)[1] if has_series else None
    status = FileStatus.UNREADABLE
    return FileRow(
        fault.number, place.path, status, fault.reason, fault.detail, study_uid, series_uid
    )


def _missing_pixels(header: Header, shared: Shared) -> str:
    """Return why an image is none, empty when it is one or never meant to be."""
    if header.has_pixels or shared.sop_class_uid not in _IMAGE_CLASSES:
        return ""
    if value(header.common, "encrypted"):
        return "expected Pixel Data, found encrypted attributes"
    return "expected Pixel Data, found none"


def _adopt(grouping: Grouping, place: Place, orphan: Orphan) -> FileRow:
    # Every NIfTI file is a study of its own, and so is one that cannot be read.
    alone = place.name if is_nifti(place.name) else ""
    study_uid = grouping.adopt(orphan, alone=alone)
    if study_uid is None:
        return _not_dicom(place, orphan.detail)._replace(number=orphan.number)
    reason = Reason.UNREADABLE_FILE
    status = FileStatus.UNREADABLE
    return FileRow(orphan.number, place.path, status, reason, orphan.detail, study_uid, None)
