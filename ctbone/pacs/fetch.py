"""``ctbone fetch``: studies of an archive, by DICOMweb.

A series is gathered in ``incoming/`` and moved to ``objects/`` once it is whole, so that a
screening never meets half of one. What is on disk is never asked for again.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ctbone.attempts import Failure, guard
from ctbone.delimited import write_rows
from ctbone.errors import NothingUsable, TransferError
from ctbone.pacs.credentials import caution
from ctbone.pacs.fetching import FetchConfig
from ctbone.pacs.finding import find_series, find_studies, studies_asked
from ctbone.pacs.gathering import Gathering, gather_series
from ctbone.pacs.progress import counts_line, report, shown
from ctbone.pacs.service import WebConfig
from ctbone.pacs.storage import ObjectStore, objects_in
from ctbone.pacs.tls import require_readable
from ctbone.pacs.web import WebArchive, opened
from ctbone.runs import RunLog

_OBJECTS, _INCOMING = "objects", "incoming"

_COLUMNS = ("study_uid", "status", "reason", "detail", "n_series", "n_objects", "n_new", "seconds")


@dataclass(slots=True)
class StudyOutcome:
    """What came of one study.

    Attributes:
        study_uid: StudyInstanceUID.
        n_series: Series that are whole on disk.
        n_objects: Their objects.
        n_new: Those that came in this run.
        failures: Why the others are not.
        seconds: Wall time in this run.
    """

    study_uid: str
    n_series: int = 0
    n_objects: int = 0
    n_new: int = 0
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0


def fetch(config: FetchConfig) -> None:
    """Fetch what is asked for; go on where an earlier run stopped.

    Raises:
        NothingUsable: If the archive holds nothing that is asked for.
        TransferError: If the archive does not say what it holds, or nothing could be fetched.
        ValueError: If a file that is named cannot be used.
    """
    require_readable(config.tls)
    named = studies_asked(config)
    service = WebConfig(config.url, config.credentials, config.tls, config.retry)
    with opened(service) as archive:
        log = RunLog(command="fetch", config=config)
        log.begin(config.out, writes=("fetched.csv",), reads=(config.studies,))
        if config.credentials and (said := caution(config.credentials)):
            log.warnings.append(said)
        with log.stage("find"):
            studies = find_studies(archive, config, named)
        outcomes: list[StudyOutcome] = []
        try:
            with log.stage("fetch"):
                for outcome in _outcomes(archive, config, studies):
                    outcomes.append(outcome)  # noqa: PERF402 - what came stays if this breaks off
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                "interrupted; the same command goes on from what is on disk"
            ) from None
        finally:
            _write(log, config.out, outcomes)
    _end(log, config, outcomes)


def _outcomes(
    archive: WebArchive, config: FetchConfig, studies: list[str]
) -> Iterator[StudyOutcome]:
    """Fetch study by study, showing how far it is."""
    gathering = Gathering(archive, config, _store(config), config.out / _OBJECTS)
    counts: Counter[str] = Counter()
    with shown() as show:
        for number, study_uid in enumerate(studies, start=1):
            outcome = _fetch_study(gathering, study_uid)
            counts["failed" if outcome.failures else "fetched"] += 1
            show(f"study {number} of {len(studies)}: {counts_line(counts)}")
            yield outcome


def _store(config: FetchConfig) -> ObjectStore:
    store = ObjectStore(
        folder=config.out / _INCOMING,
        scratch=config.out / _INCOMING,
        limit_bytes=None if config.limit_gb is None else int(config.limit_gb * 1e9),
        reserve_bytes=int(config.reserve_gb * 1e9),
    )
    store.open()
    store.used_bytes += sum(path.stat().st_size for path in objects_in(config.out / _OBJECTS))
    return store


def _fetch_study(gathering: Gathering, study_uid: str) -> StudyOutcome:
    began = time.perf_counter()
    outcome = StudyOutcome(study_uid)
    find = partial(find_series, gathering.archive, gathering.config, study_uid)
    series = guard(find)
    for series_uid in [] if isinstance(series, Failure) else series:
        found = guard(partial(gather_series, gathering, study_uid, series_uid))
        if isinstance(found, Failure):
            outcome.failures.append(found)
        else:
            outcome.n_series += 1
            outcome.n_objects += found.n_objects
            outcome.n_new += found.n_new
    if isinstance(series, Failure):
        outcome.failures.append(series)
    outcome.seconds = time.perf_counter() - began
    return outcome


def _write(log: RunLog, out: Path, outcomes: list[StudyOutcome]) -> None:
    write_rows(out / "fetched.csv", _COLUMNS, map(_cells, outcomes))
    failed = [outcome for outcome in outcomes if outcome.failures]
    log.counts = {"studies": len(outcomes), "fetched": len(outcomes) - len(failed)}
    log.counts |= {"objects": sum(o.n_objects for o in outcomes)}
    log.counts |= {"objects new": sum(o.n_new for o in outcomes)}
    log.counts |= dict(sorted(Counter(o.failures[0].reason.value for o in failed).items()))
    # Until it is known that the run ended well.
    log.write(out, exit_code=1)


def _cells(outcome: StudyOutcome) -> dict[str, object]:
    first = outcome.failures[0] if outcome.failures else None
    several = f"{len(outcome.failures)} series, the first: " if len(outcome.failures) > 1 else ""
    return {
        "study_uid": outcome.study_uid,
        "status": "failed" if first else "fetched",
        "reason": first.reason.value if first else None,
        "detail": f"{several}{first.detail}" if first else None,
        "n_series": outcome.n_series,
        "n_objects": outcome.n_objects,
        "n_new": outcome.n_new,
        "seconds": round(outcome.seconds, 3),
    }


def _end(log: RunLog, config: FetchConfig, outcomes: list[StudyOutcome]) -> None:
    if not outcomes:
        log.write(config.out, exit_code=3)
        raise NothingUsable("expected studies that fit in the archive, found none")
    if not log.counts["objects"]:
        log.write(config.out, exit_code=1)
        raise TransferError(
            f"none of {len(outcomes)} studies could be fetched; fetched.csv says why of each"
        )
    if failed := log.counts["studies"] - log.counts["fetched"]:
        log.warnings.append(
            f"{failed} studies are not whole; the same command fetches what is missing"
        )
    log.write(config.out)
    report(log, title="Fetched", where=config.out / _OBJECTS)
