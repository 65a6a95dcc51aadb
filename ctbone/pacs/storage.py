"""Objects on disk: whole or not at all, each once, named by UIDs alone, within a limit.

An object lies at ``STUDY/SERIES/OBJECT.dcm``, where each part is a UID that was checked to be
digits and dots, so that no name leads out of the folder and none is one of a patient. It is
written under a temporary name first, synced and moved, so that a reader never meets a part of one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import BinaryIO

from ctbone.attempts import is_full_disk
from ctbone.errors import (
    InvalidObject,
    ObjectConflict,
    StorageFull,
    TransferError,
    UnreadableFile,
)
from ctbone.ingest import ObjectIdentity, identify
from ctbone.uids import is_uid

SUFFIX = ".dcm"

#: Where a file states how long its file meta information is (PS3.10, 7.1).
_META = slice(140, 144)

#: Bytes that are compared at a time.
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """An object that is on disk.

    Attributes:
        identity: Which it is.
        is_new: Whether it was not there before.
        size: Its bytes.
    """

    identity: ObjectIdentity
    is_new: bool
    size: int


@dataclass(slots=True)
class ObjectStore:
    """A folder of objects; may be used by several threads of one process.

    Attributes:
        folder: Where the objects lie.
        scratch: Where they are written, on the same file system.
        limit_bytes: What the objects of the folder may take together, if limited.
        reserve_bytes: What is to stay free on the disk.
        used_bytes: What the objects take.
    """

    folder: Path
    scratch: Path
    limit_bytes: int | None = None
    reserve_bytes: int = 0
    used_bytes: int = 0
    _lock: Lock = field(default_factory=Lock)

    def open(self) -> None:
        """Make the folders, remove what a killed run was writing, and count what is there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.scratch.mkdir(parents=True, exist_ok=True)
        for part in self.scratch.glob("*.part"):
            part.unlink()
        self.used_bytes = sum(path.stat().st_size for path in objects_in(self.folder))

    def keep(
        self,
        write: Callable[[BinaryIO], object],
        *,
        size: int = 0,
        check: Callable[[ObjectIdentity], object] = lambda _: None,
    ) -> Kept:
        """Store one object.

        Args:
            write: Writes it as a DICOM file.
            size: Its bytes, as far as they are known before.
            check: Is shown which object it is, and raises to refuse it.

        Raises:
            InvalidObject: If it is broken, or has identifiers that are no UIDs.
            ObjectConflict: If another object of the same identifiers is there.
            StorageFull: If there is no room.
            TransferError: If the disk refuses for another reason.
        """
        self._require_room(size)
        with self._temporary(write) as part:
            identity = _identify(part)
            check(identity)
            return self._settle(part, identity)

    def _settle(self, part: Path, identity: ObjectIdentity) -> Kept:
        size = part.stat().st_size
        final = self.folder / place_of(identity)
        # Two senders may send one object at the same time.
        with self._lock:
            if final.exists():
                if not _is_same(part, final):
                    raise ObjectConflict("another object of the same SOPInstanceUID is kept")
                return Kept(identity, is_new=False, size=size)
            if self.limit_bytes is not None and self.used_bytes + size > self.limit_bytes:
                raise StorageFull("the limit of what may be stored is reached")
            final.parent.mkdir(parents=True, exist_ok=True)
            part.replace(final)
            self.used_bytes += size
        return Kept(identity, is_new=True, size=size)

    def _require_room(self, size: int) -> None:
        if self.limit_bytes is not None and self.used_bytes + size > self.limit_bytes:
            raise StorageFull("the limit of what may be stored is reached")
        if shutil.disk_usage(self.scratch).free - size < self.reserve_bytes:
            raise StorageFull("the disk has less left than is to stay free")

    @contextmanager
    def _temporary(self, write: Callable[[BinaryIO], object]) -> Iterator[Path]:
        """Write a file under a name that means nothing, and remove it unless it was moved."""
        handle, name = tempfile.mkstemp(suffix=".part", dir=self.scratch)
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            yield part
        except OSError as error:
            if is_full_disk(error):
                raise StorageFull("the disk is full") from None
            raise TransferError(f"the disk refuses to store it: {error.strerror}") from None
        finally:
            with suppress(FileNotFoundError):
                part.unlink()


def require_uid(text: str, *, name: str) -> str:
    """Return a UID that may become part of a path.

    Raises:
        InvalidObject: If it is none; the message does not repeat it, as it can be anything.
    """
    if not is_uid(text):
        raise InvalidObject(f"{name}: expected a UID, digits and dots, found something else")
    return text


def place_of(identity: ObjectIdentity) -> Path:
    """Return where an object lies below its folder.

    Raises:
        InvalidObject: If its identifiers are no UIDs.
    """
    study = require_uid(identity.study_uid, name="StudyInstanceUID")
    series = require_uid(identity.series_uid, name="SeriesInstanceUID")
    sop = require_uid(identity.sop_instance_uid, name="SOPInstanceUID")
    return Path(study) / series / f"{sop}{SUFFIX}"


def objects_in(folder: Path) -> Iterator[Path]:
    """Yield the objects of a folder, in the order of their names."""
    yield from sorted(folder.glob(f"*/*/*{SUFFIX}"))


def _is_same(part: Path, final: Path) -> bool:
    """Return whether two files hold one data set; who wrote them stands before it."""
    with part.open("rb") as one, final.open("rb") as other:
        for file in (one, other):
            file.seek(_data_set_start(file.read(_META.stop)))
        while (block := one.read(_BLOCK)) == other.read(_BLOCK):
            if not block:
                return True
        return False


def _data_set_start(head: bytes) -> int:
    """Return where the data set begins, by the length that the file meta information states."""
    has_length = head[132 : _META.start] == b"\x02\0\0\0UL\x04\0"
    return _META.stop + int.from_bytes(head[_META], "little") if has_length else 132


def _identify(part: Path) -> ObjectIdentity:
    try:
        return identify(part)
    except UnreadableFile as fault:
        raise InvalidObject(str(fault)) from None
