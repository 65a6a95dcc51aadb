"""Files on their way out: which objects they hold, and what came of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ctbone.attempts import Failure, guard
from ctbone.errors import InvalidObject, UnreadableFile
from ctbone.ingest import ObjectIdentity, find_places, has_preamble, identify
from ctbone.pacs.storage import place_of
from ctbone.runs import file_digest


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file that holds an object.

    Attributes:
        number: Its place among all files, in the order of their paths: paths can carry names.
        path: The file.
        identity: The object.
        digest: SHA-256 of the file.
    """

    number: int
    path: Path
    identity: ObjectIdentity
    digest: str


#: Delivers one object and returns what the archive has to say of it, empty where it is content.
Sender = Callable[[Outgoing], str]


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a folder.

    Attributes:
        objects: Those that hold an object, by study, series and number.
        faults: Why others hold none, by number.
        n_other: How many are no DICOM files.
    """

    objects: tuple[Outgoing, ...]
    faults: tuple[tuple[int, Failure], ...]
    n_other: int


def list_files(root: Path) -> Listing:
    """Look at a file, or at every file below a folder; symbolic links are not followed.

    Raises:
        ValueError: If there is neither.
    """
    if not root.exists():
        raise ValueError(f"--files: expected a folder or a file, found none at {root}")
    objects, faults, n_other = [], [], 0
    for number, path in enumerate(_paths(root), start=1):
        found = guard(lambda path=path, number=number: _look(path, number))  # type: ignore[misc]
        if isinstance(found, Failure):
            faults.append((number, found))
        elif found is None:
            n_other += 1
        else:
            objects.append(found)
    objects.sort(key=lambda item: (item.identity.study_uid, item.identity.series_uid, item.number))
    return Listing(tuple(objects), tuple(faults), n_other)


def _paths(root: Path) -> Iterator[Path]:
    if root.is_file():
        yield root
        return
    yield from (root / place.path for place in find_places(root) if not place.fault)


def _look(path: Path, number: int) -> Outgoing | None:
    try:
        if not has_preamble(path):
            return None
        identity = identify(path)
    except OSError as error:
        raise UnreadableFile(f"the file cannot be read: {error.strerror}") from None
    place_of(identity)
    if not (identity.sop_class_uid and identity.transfer_syntax_uid):
        raise InvalidObject("expected a SOP class and a transfer syntax, found none")
    return Outgoing(number, path, identity, file_digest(path))
