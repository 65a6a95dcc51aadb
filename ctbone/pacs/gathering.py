"""One series: what of it is missing on disk, fetched and put beside the rest until it is whole."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from ctbone.errors import InvalidObject, TransferIncomplete
from ctbone.ingest import ObjectIdentity
from ctbone.ingest.fallback import HOSTILE
from ctbone.pacs.fetching import FetchConfig
from ctbone.pacs.finding import find_objects
from ctbone.pacs.retry import persist
from ctbone.pacs.storage import SUFFIX, ObjectStore
from ctbone.pacs.web import WebArchive, asking

#: Objects as the archive keeps them: without this it would decompress them.
_AS_STORED = (("application/dicom", "*"),)


@dataclass(frozen=True, slots=True)
class Gathering:
    """What it takes to fetch a series.

    Attributes:
        archive: Where from.
        config: What is asked.
        store: Where objects are gathered.
        whole: Folder of series that are whole.
    """

    archive: WebArchive
    config: FetchConfig
    store: ObjectStore
    whole: Path


@dataclass(frozen=True, slots=True)
class Gathered:
    """A series that is whole on disk.

    Attributes:
        n_objects: Its objects.
        n_new: Those that came just now.
    """

    n_objects: int
    n_new: int


def gather_series(gathering: Gathering, study_uid: str, series_uid: str) -> Gathered:
    """Fetch what is missing of a series, and put it among those that are whole.

    Raises:
        TransferError: If it cannot be had whole; what came stays for another run.
    """
    wanted = set(find_objects(gathering.archive, gathering.config, study_uid, series_uid))
    place = Path(study_uid) / series_uid
    whole, part = gathering.whole / place, gathering.store.folder / place
    if not (missing := wanted - _on_disk(whole)):
        return Gathered(len(wanted), n_new=0)
    # The archive has got more since: the series is not whole until that is here too.
    _move(whole, part)
    missing -= _on_disk(part)
    persist(
        partial(_complete, gathering, study_uid, series_uid, wanted), retry=gathering.config.retry
    )
    _move(part, whole)
    return Gathered(len(wanted), n_new=len(missing))


def _complete(gathering: Gathering, study_uid: str, series_uid: str, wanted: set[str]) -> None:
    """Fetch what is missing: the series at one stroke, or object by object once part is there."""
    part = gathering.store.folder / study_uid / series_uid
    there = _on_disk(part)
    if there.isdisjoint(wanted):
        found = _of_series(gathering, study_uid, series_uid)
    else:
        found = _of_objects(gathering, study_uid, series_uid, sorted(wanted - there))
    # What is not read to its end is hung up on, rather than left to the collector of garbage.
    with closing(found):
        for dataset in found:
            _keep(gathering, dataset, study_uid, series_uid)
    if lacking := wanted - _on_disk(part):
        raise TransferIncomplete(
            f"{len(lacking)} of {len(wanted)} objects of a series are missing"
        )


def _of_series(gathering: Gathering, study_uid: str, series_uid: str) -> Generator[Any]:
    """Yield the objects of a series as they come, one at a time in memory."""
    archive = gathering.archive
    _allow_object(gathering)
    try:
        with asking():
            coming = archive.client.iter_series(study_uid, series_uid, media_types=_AS_STORED)
        while (dataset := _next(coming)) is not None:
            yield dataset
            _allow_object(gathering)
    finally:
        archive.meter.close()


def _next(coming: Iterator[Any]) -> Any:  # noqa: ANN401
    with asking():
        return next(coming, None)


def _of_objects(
    gathering: Gathering, study_uid: str, series_uid: str, wanted: list[str]
) -> Generator[Any]:
    for sop_uid in wanted:
        _allow_object(gathering)
        with asking():
            dataset = gathering.archive.client.retrieve_instance(
                study_uid, series_uid, sop_uid, media_types=_AS_STORED
            )
        yield dataset


def _allow_object(gathering: Gathering) -> None:
    gathering.archive.meter.reset(int(gathering.config.largest_object_mb * 1e6))


def _keep(gathering: Gathering, dataset: Any, study_uid: str, series_uid: str) -> None:  # noqa: ANN401
    def require_asked(identity: ObjectIdentity) -> None:
        if (identity.study_uid, identity.series_uid) != (study_uid, series_uid):
            raise InvalidObject("it belongs to another series")

    try:
        gathering.store.keep(partial(_save, dataset), check=require_asked)
    except InvalidObject as fault:
        # Perhaps on its way: the next try will tell.
        raise TransferIncomplete(f"an object of a series is of no use: {fault}") from None


def _save(dataset: Any, file: BinaryIO) -> None:  # noqa: ANN401
    try:
        dataset.save_as(file, enforce_file_format=True)
    except OSError:
        raise
    except HOSTILE as error:
        raise InvalidObject(f"it cannot be written: {type(error).__name__}") from None


def _on_disk(folder: Path) -> set[str]:
    return {path.name.removesuffix(SUFFIX) for path in folder.glob(f"*{SUFFIX}")}


def _move(folder: Path, to: Path) -> None:
    """Move the objects of a folder into another, at one stroke where that one is empty."""
    if not folder.is_dir():
        return
    to.parent.mkdir(parents=True, exist_ok=True)
    if to.exists():
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            path.replace(to / path.name)
        folder.rmdir()
    else:
        folder.replace(to)
    # The folder of the study, unless another of its series is there.
    with suppress(OSError):
        folder.parent.rmdir()
