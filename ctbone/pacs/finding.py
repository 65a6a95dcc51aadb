"""Which studies and series of an archive are to be fetched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any

from ctbone.delimited import read_rows
from ctbone.errors import InvalidObject, NoEligibleSeries, ObjectNotFound
from ctbone.pacs.fetching import FetchConfig, date_range
from ctbone.pacs.retry import persist
from ctbone.pacs.storage import require_uid
from ctbone.pacs.web import WebArchive, listed, text_of

_STUDY, _SERIES, _OBJECT = "0020000D", "0020000E", "00080018"
_STUDY_DESCRIPTION, _SERIES_DESCRIPTION = "00081030", "0008103E"
_MODALITY, _BODY_PART = "00080060", "00180015"


def studies_asked(config: FetchConfig) -> tuple[str, ...]:
    """Return the studies that are asked for by name.

    Raises:
        ValueError: If the file is no table with UIDs.
    """
    return () if config.studies is None else _read_uids(config.studies)


def find_studies(archive: WebArchive, config: FetchConfig, uids: Iterable[str]) -> list[str]:
    """Return the studies to fetch: those named, or else what the archive says fits.

    Raises:
        TransferError: If the archive does not say.
    """
    if named := list(uids):
        return named
    query = {"ModalitiesInStudy": config.modality, "StudyDate": date_range(config)}
    found = _search(
        archive,
        config,
        "search_for_studies",
        key=_STUDY,
        fields=["StudyDescription"],
        search_filters={name: value for name, value in query.items() if value},
    )
    return sorted(
        uid
        for uid, item in found.items()
        if _fits(text_of(item, _STUDY_DESCRIPTION), config.study_description)
    )


def find_series(archive: WebArchive, config: FetchConfig, study_uid: str) -> list[str]:
    """Return the series of a study to fetch.

    Raises:
        TransferError: If the archive does not say.
        ObjectNotFound: If it does not know the study.
        NoEligibleSeries: If no series fits what is asked.
    """
    require_uid(study_uid, name="StudyInstanceUID")
    found = _search(
        archive,
        config,
        "search_for_series",
        key=_SERIES,
        study_instance_uid=study_uid,
        fields=["BodyPartExamined", "SeriesDescription"],
    )
    if not found:
        raise ObjectNotFound("the archive holds no series of the study")
    fitting = sorted(uid for uid, item in found.items() if _is_asked_for(item, config))
    if not fitting:
        raise NoEligibleSeries(f"none of {len(found)} series is what was asked for")
    return fitting


def find_objects(
    archive: WebArchive, config: FetchConfig, study_uid: str, series_uid: str
) -> list[str]:
    """Return the SOPInstanceUIDs of a series.

    Raises:
        TransferError: If the archive does not say, or if they are no UIDs.
        ObjectNotFound: If there are none.
    """
    require_uid(series_uid, name="SeriesInstanceUID")
    found = _search(
        archive,
        config,
        "search_for_instances",
        key=_OBJECT,
        study_instance_uid=study_uid,
        series_instance_uid=series_uid,
    )
    if not found:
        raise ObjectNotFound("the archive holds no objects of the series")
    return [require_uid(uid, name="SOPInstanceUID") for uid in sorted(found)]


def _search(
    archive: WebArchive,
    config: FetchConfig,
    search: str,
    **query: Any,  # noqa: ANN401
) -> dict[str, Mapping[str, Any]]:
    return persist(
        partial(listed, archive, getattr(archive.client, search), **query), retry=config.retry
    )


def _is_asked_for(item: Mapping[str, Any], config: FetchConfig) -> bool:
    return (
        text_of(item, _MODALITY) == config.modality
        and _fits(text_of(item, _BODY_PART), config.body_part)
        and _fits(text_of(item, _SERIES_DESCRIPTION), config.series_description)
    )


def _fits(text: str, patterns: tuple[str, ...]) -> bool:
    """Return whether a text fits one of some patterns; one that is not stated always does."""
    if not patterns or not text:
        return True
    return any(fnmatchcase(text.lower(), pattern.lower()) for pattern in patterns)


def _read_uids(path: Path) -> tuple[str, ...]:
    found = []
    for line, row in read_rows(path, required=("study_uid",)):
        try:
            found.append(require_uid(row["study_uid"], name="study_uid"))
        except InvalidObject as fault:
            raise ValueError(f"{path.name}, line {line}: {fault}") from None
    if not found:
        raise ValueError(f"{path.name}: expected a study a line, found none")
    return tuple(dict.fromkeys(found))
