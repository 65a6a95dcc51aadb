"""``ctbone receive``: take in what an archive or a scanner sends."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ctbone.delimited import write_rows
from ctbone.errors import NothingUsable
from ctbone.pacs.library import dimse
from ctbone.pacs.listening import Tally, listening
from ctbone.pacs.progress import counts_line, report, shown
from ctbone.pacs.receiving import ReceiveConfig
from ctbone.pacs.storage import ObjectStore, objects_in
from ctbone.pacs.tls import require_readable
from ctbone.runs import RunLog

OBJECTS, _SCRATCH = "objects", "incoming"

_COLUMNS = ("study_uid", "n_series", "n_objects", "n_bytes")

#: Seconds between two looks at whether to stop.
_LOOK_S = 0.1


def receive(config: ReceiveConfig) -> None:
    """Listen until told to stop, or for as long as ``idle_s`` and ``studies`` say.

    Raises:
        NothingUsable: If nothing came until then.
        ValueError: If a certificate cannot be used, or the folder is of another command.
        OSError: If the address cannot be listened on.
    """
    with _until_told() as is_told:
        receive_until(config, is_told=is_told)


def receive_until(
    config: ReceiveConfig,
    *,
    is_told: Callable[[], bool],
    begun: Callable[[int], object] = lambda _: None,
) -> None:
    """Listen until told to stop, or for as long as ``idle_s`` and ``studies`` say.

    Args:
        config: What is asked.
        is_told: Whether to stop now.
        begun: Is told the port once it is listened on.

    Raises:
        NothingUsable: If nothing came, and nobody told us to stop.
        ValueError: If a certificate cannot be used, or the folder is of another command.
        OSError: If the address cannot be listened on.
    """
    require_readable(config.tls)
    with dimse() as package:
        log = RunLog(command="receive", config=config)
        # What came earlier stays: a receiver is stopped and started again.
        log.begin(config.out, writes=())
        store = _store(config)
        store.open()
        tally = Tally()
        with log.stage("receive"), listening(package, config, store, tally) as server:
            begun(server.server_address[1])
            _wait(config, server, tally, is_told)
    _write(log, config.out, store, tally)
    if not store.used_bytes and not is_told():
        log.write(config.out, exit_code=3)
        raise NothingUsable("expected objects from a sender, none came")
    log.write(config.out)
    report(log, title="Received", where=store.folder)


def _store(config: ReceiveConfig) -> ObjectStore:
    return ObjectStore(
        folder=config.out / OBJECTS,
        scratch=config.out / _SCRATCH,
        limit_bytes=None if config.limit_gb is None else int(config.limit_gb * 1e9),
        reserve_bytes=int(config.reserve_gb * 1e9),
    )


def _wait(config: ReceiveConfig, server: Any, tally: Tally, is_told: Callable[[], bool]) -> None:  # noqa: ANN401
    port = server.server_address[1]
    with shown() as show:
        while not (is_told() or _is_over(config, server, tally)):
            counts = dict(sorted(tally.counts.items()))
            show(f"{config.ae_title} on {config.address}:{port}: {counts_line(counts)}")
            time.sleep(_LOOK_S)


def _is_over(config: ReceiveConfig, server: Any, tally: Tally) -> bool:  # noqa: ANN401
    quiet_s = time.monotonic() - tally.last
    if config.idle_s is not None and quiet_s > config.idle_s:
        return True
    has_all = config.studies is not None and len(tally.studies) >= config.studies
    return has_all and not any(one.is_established for one in server.active_associations)


def _write(log: RunLog, out: Path, store: ObjectStore, tally: Tally) -> None:
    objects: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    series: dict[str, set[str]] = {}
    for path in objects_in(store.folder):
        study, of_series, _ = path.parts[-3:]
        objects[study] += 1
        sizes[study] += path.stat().st_size
        series.setdefault(study, set()).add(of_series)
    rows = [(uid, len(series[uid]), objects[uid], sizes[uid]) for uid in sorted(objects)]
    write_rows(out / "received.csv", _COLUMNS, [dict(zip(_COLUMNS, r, strict=True)) for r in rows])
    log.counts = {"studies": len(rows), "objects": objects.total()} | {
        f"{name} now": count for name, count in sorted(tally.counts.items())
    }
    if lost := tally.counts.total() - tally.counts["stored"] - tally.counts["repeated"]:
        log.warnings.append(f"{lost} objects were refused, and their senders told so")


@contextmanager
def _until_told() -> Iterator[Callable[[], bool]]:
    """Give what says whether the process was asked to end; then it ends in its own time."""
    told = threading.Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(one, lambda *_: told.set()) for one in signals]
    try:
        yield told.is_set
    finally:
        for one, handler in zip(signals, before, strict=True):
            signal.signal(one, handler)
