"""One study to one volume: the preferred series that can be read.

Headers rule out most of what cannot be read before a series is chosen; what only its pixels show,
such as a stream cut short, costs a study nothing where another series is fit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Literal

from ctbone.errors import IngestError, NoEligibleSeries, OutOfDomain
from ctbone.ingest.findings import SeriesRule
from ctbone.ingest.read import read_volume
from ctbone.ingest.select import select_series
from ctbone.records import Flag, SeriesRecord, StudyRecord
from ctbone.volume import CTVolume

Step = Literal["select", "read"]


def read_study(study: StudyRecord, *, rule: SeriesRule) -> tuple[SeriesRecord, CTVolume]:
    """Return the first series of a study, by preference, that can be read, and its volume.

    Args:
        study: The study.
        rule: Which series are eligible.

    Raises:
        NoEligibleSeries: If no series is fit to be read.
        IngestError: If none of those that are can be read: the fault of the preferred one.
    """
    return first_readable(study, select=partial(select_series, rule=rule))


def first_readable(
    study: StudyRecord,
    *,
    select: Callable[[StudyRecord], SeriesRecord],
    read: Callable[[SeriesRecord], CTVolume] = read_volume,
    enter: Callable[[Step], None] = lambda _: None,
) -> tuple[SeriesRecord, CTVolume]:
    """Do what ``read_study`` does, by other ways to select and to read.

    Args:
        study: The study.
        select: Returns its preferred series, or raises.
        read: Reads one.
        enter: Told ``select`` and ``read`` as they begin.

    Returns:
        The series and its volume; one that is not of the preferred series is flagged by what was
        wrong with those before it.
    """
    enter("select")
    series = select(study)
    enter("read")
    try:
        return series, read(series)
    except IngestError as fault:
        return _read_other(study, series, fault, select=select, read=read)


def _read_other(
    study: StudyRecord,
    preferred: SeriesRecord,
    fault: IngestError,
    *,
    select: Callable[[StudyRecord], SeriesRecord],
    read: Callable[[SeriesRecord], CTVolume],
) -> tuple[SeriesRecord, CTVolume]:
    """Read one of the other series; raise the fault of the preferred one if none can be read."""
    rest, series = _without(study, preferred), preferred
    passed_over = [_passed_over(fault)]
    tried = {preferred.series_uid}
    while rest.series and rest != study:
        study = rest
        try:
            series = select(study)
            volume = read(series)
        except NoEligibleSeries:
            break
        except IngestError as other:
            passed_over.append(_passed_over(other))
            rest = _without(study, series)
            tried.add(series.series_uid)
            continue
        own = (Flag.STACK_CHOSEN,) if series.series_uid in tried else ()
        flags = (*volume.flags, *own, *dict.fromkeys(passed_over))
        return series, replace(volume, flags=flags)
    raise fault


def _passed_over(fault: IngestError) -> Flag:
    is_readable = isinstance(fault, OutOfDomain)
    return Flag.PREFERRED_OUT_OF_DOMAIN if is_readable else Flag.PREFERRED_UNREADABLE


def _without(study: StudyRecord, read: SeriesRecord) -> StudyRecord:
    """Return a study without the slices of one of its stacks."""
    dropped = {id(item) for item in read.slices}
    kept = []
    for series in study.series:
        slices = tuple(item for item in series.slices if id(item) not in dropped)
        if slices or series.series_uid != read.series_uid:
            kept.append(replace(series, slices=slices))
    return replace(study, series=tuple(kept))
