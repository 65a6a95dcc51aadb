"""``ctbone send``: DICOM files to an archive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from ctbone.attempts import Failure, guard
from ctbone.delimited import write_rows
from ctbone.errors import NothingUsable, TransferError
from ctbone.pacs.credentials import caution
from ctbone.pacs.cstore import store_sender
from ctbone.pacs.outgoing import Listing, Outgoing, Sender, list_files
from ctbone.pacs.progress import counts_line, report, shown
from ctbone.pacs.quiet import quiet
from ctbone.pacs.retry import persist
from ctbone.pacs.sending import SendConfig
from ctbone.pacs.sent import SentRecord
from ctbone.pacs.service import WebConfig
from ctbone.pacs.stow import stow_sender
from ctbone.pacs.tls import require_readable
from ctbone.runs import RunLog

_COLUMNS = ("file", "study_uid", "series_uid", "sop_instance_uid", "status", "reason", "detail")
_SENT, _BEFORE, _FAILED = "sent", "sent before", "failed"


@dataclass(frozen=True, slots=True)
class ObjectOutcome:
    """What came of one file.

    Attributes:
        number: Its place among all files, in the order of their paths.
        item: The object that it holds, ``None`` where it holds none.
        status: sent, sent before or failed.
        reason: Why it failed, empty where it did not.
        detail: What was found, or the archive's remark.
    """

    number: int
    item: Outgoing | None
    status: str
    reason: str = ""
    detail: str = ""


def send(config: SendConfig) -> None:
    """Send every DICOM file; those that the archive has from an earlier run are not sent again.

    Raises:
        NothingUsable: If there is no DICOM file.
        TransferError: If none could be sent.
        ValueError: If a file that is named cannot be used.
    """
    require_readable(config.tls)
    log = RunLog(command="send", config=config)
    log.begin(config.out, writes=("sent.csv",))
    with log.stage("look"), quiet():
        listing = list_files(config.files)
    if config.credentials and (said := caution(config.credentials)):
        log.warnings.append(said)
    outcomes = [_fault(number, fault) for number, fault in listing.faults]
    try:
        with log.stage("send"):
            for outcome in _outcomes(config, listing):
                outcomes.append(outcome)  # noqa: PERF402 - what went stays if this breaks off
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            "interrupted; the same command sends what was not sent yet"
        ) from None
    finally:
        _write(log, config, listing, outcomes)
    _end(log, config, outcomes)


def _outcomes(config: SendConfig, listing: Listing) -> Iterator[ObjectOutcome]:
    """Send object by object, showing how far it is."""
    destination = config.url or f"{config.peer} {config.called_ae}"
    counts: Counter[str] = Counter()
    with (
        SentRecord(config.out / "sent.sqlite3", destination=destination) as record,
        _sender(config, listing) as sender,
        shown() as show,
    ):
        for number, item in enumerate(listing.objects, start=1):
            outcome = _deliver(item, sender, record, config)
            counts[outcome.status] += 1
            show(f"object {number} of {len(listing.objects)}: {counts_line(counts)}")
            yield outcome


def _sender(config: SendConfig, listing: Listing) -> AbstractContextManager[Sender]:
    if config.url is None:
        return store_sender(config, listing.objects)
    return stow_sender(WebConfig(config.url, config.credentials, config.tls, config.retry))


def _deliver(
    item: Outgoing, sender: Sender, record: SentRecord, config: SendConfig
) -> ObjectOutcome:
    if record.has(item):
        return ObjectOutcome(item.number, item, _BEFORE)
    said = guard(lambda: persist(partial(sender, item), retry=config.retry))
    if isinstance(said, Failure):
        return ObjectOutcome(item.number, item, _FAILED, said.reason.value, said.detail)
    record.add(item)
    return ObjectOutcome(item.number, item, _SENT, detail=said)


def _fault(number: int, fault: Failure) -> ObjectOutcome:
    return ObjectOutcome(number, None, _FAILED, fault.reason.value, fault.detail)


def _write(
    log: RunLog, config: SendConfig, listing: Listing, outcomes: list[ObjectOutcome]
) -> None:
    write_rows(config.out / "sent.csv", _COLUMNS, map(_cells, outcomes))
    statuses = Counter(outcome.status for outcome in outcomes)
    log.counts = {"objects": len(outcomes)}
    log.counts |= {name: statuses[name] for name in (_SENT, _BEFORE, _FAILED)}
    log.counts |= dict(sorted(Counter(o.reason for o in outcomes if o.reason).items()))
    if listing.n_other:
        log.counts["no DICOM files"] = listing.n_other
    # Until it is known that the run ended well.
    log.write(config.out, exit_code=1)


def _cells(outcome: ObjectOutcome) -> dict[str, object]:
    cells: dict[str, object] = {
        "file": outcome.number,
        "status": outcome.status,
        "reason": outcome.reason or None,
        "detail": outcome.detail or None,
    }
    if outcome.item is not None:
        identity = outcome.item.identity
        cells |= {name: getattr(identity, name) for name in _COLUMNS[1:4]}
    return cells


def _end(log: RunLog, config: SendConfig, outcomes: list[ObjectOutcome]) -> None:
    if not outcomes:
        log.write(config.out, exit_code=3)
        raise NothingUsable("expected DICOM files, found none")
    failed = log.counts[_FAILED]
    if failed == len(outcomes):
        log.write(config.out, exit_code=1)
        raise TransferError(f"none of {failed} objects could be sent; sent.csv says why of each")
    if failed:
        log.warnings.append(f"{failed} objects were not sent; the same command tries them again")
    log.write(config.out)
    report(log, title="Sent", where=config.out / "sent.csv")
