"""A C-STORE service: what it answers, and what it will not let a sender do to it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any, BinaryIO
from weakref import WeakSet

from ctbone.attempts import Failure, guard
from ctbone.errors import InvalidObject, Reason, StorageFull
from ctbone.extras import import_extra
from ctbone.ingest import ObjectIdentity
from ctbone.pacs.receiving import ReceiveConfig
from ctbone.pacs.storage import Kept, ObjectStore, require_uid
from ctbone.pacs.tls import server_context

#: Status of a C-STORE (PS3.4, B.2.3, and PS3.7, annex C) for each reason to refuse an object.
_STATUS = {
    Reason.STORAGE_FULL: 0xA700,
    Reason.INVALID_OBJECT: 0xC000,
    Reason.OBJECT_CONFLICT: 0x0111,
}
_SUCCESS, _PROCESSING_FAILURE = 0x0000, 0x0110

#: Largest message before an object: a proposal of 128 contexts with long lists of syntaxes.
_LARGEST_PROPOSAL = 1 << 20

#: Seconds within which a sender has to say what it wants.
_PROPOSAL_S = 10.0

#: What a DICOM file begins with: an empty preamble and the four letters (PS3.10, 7.1).
_PREAMBLE = bytes(128) + b"DICM"

_P_DATA = 0x04

#: States before a proposal: idle, and awaiting it (PS3.8, 9.2.2).
_UNPROPOSED = frozenset({"Sta1", "Sta2"})

#: Seconds within which a thread that is told to ends.
_ENDED_S = 2.0


@dataclass(slots=True)
class Tally:
    """What came in, kept by the threads of all associations.

    Attributes:
        counts: Objects stored, repeated and refused why.
        studies: Studies of which an object came.
        last: When something last happened, by the monotonic clock.
    """

    counts: Counter[str] = field(default_factory=Counter)
    studies: set[str] = field(default_factory=set)
    last: float = field(default_factory=time.monotonic)
    _lock: Lock = field(default_factory=Lock)

    def add(self, outcome: Kept | Failure) -> None:
        """Count one object."""
        with self._lock:
            self.last = time.monotonic()
            if isinstance(outcome, Failure):
                self.counts[outcome.reason.value] += 1
                return
            self.counts["stored" if outcome.is_new else "repeated"] += 1
            self.studies.add(outcome.identity.study_uid)

    def break_off(self) -> None:
        """Count an association that was ended because of what it did."""
        with self._lock:
            self.last = time.monotonic()
            self.counts["oversized"] += 1


@contextmanager
def listening(
    package: Any,  # noqa: ANN401 - pynetdicom
    config: ReceiveConfig,
    store: ObjectStore,
    tally: Tally,
) -> Iterator[Any]:
    """Listen for senders in the block; associations that are open at its end are aborted.

    Raises:
        OSError: If the address cannot be listened on.
    """
    entity = package.AE(ae_title=config.ae_title)
    entity.maximum_pdu_size = config.max_pdu
    entity.maximum_associations = config.max_associations
    entity.require_calling_aet = list(config.calling)
    entity.dimse_timeout = entity.network_timeout = config.timeout_s
    # Whoever connects without a proposal, as monitors of a network do, takes a place until then.
    entity.acse_timeout = min(config.timeout_s, _PROPOSAL_S)
    for context in package.AllStoragePresentationContexts:
        entity.add_supported_context(context.abstract_syntax, package.ALL_TRANSFER_SYNTAXES)
    entity.add_supported_context("1.2.840.10008.1.1")
    connections = WeakSet[Any]()
    largest = int(config.largest_object_mb * 1e6)
    handlers = [
        (
            package.evt.EVT_CONN_OPEN,
            _bound_messages,
            [max(config.max_pdu, _LARGEST_PROPOSAL), config.timeout_s],
        ),
        (package.evt.EVT_CONN_OPEN, lambda event: connections.add(event.assoc.dul.socket.socket)),
        (package.evt.EVT_PDU_RECV, _bound_objects, [largest + config.max_pdu, tally]),
        (package.evt.EVT_DIMSE_RECV, _begin_anew),
        (package.evt.EVT_C_STORE, _answer, [largest, store, tally]),
    ]
    server = entity.start_server(
        (config.address, config.port),
        block=False,
        ssl_context=server_context(config.tls),
        evt_handlers=handlers,
    )
    try:
        yield server
    finally:
        _dismiss_silent(entity)
        entity.shutdown()
        # Those that never said anything, or not in TLS, the library leaves open.
        for connection in list(connections):
            connection.close()


def _dismiss_silent(entity: Any) -> None:  # noqa: ANN401
    """End what waits for the proposal of whoever connected and said nothing.

    Asked to abort it, as ``shutdown`` asks of all, the library ends in a traceback.
    """
    for association in entity.active_associations:
        waiting = association.dul
        if waiting.state_machine.current_state in _UNPROPOSED:
            waiting.kill_dul()
            waiting.join(_ENDED_S)


def _answer(event: Any, largest: int, store: ObjectStore, tally: Tally) -> int:  # noqa: ANN401
    """Store what a C-STORE request brings and return its status."""
    outcome = guard(lambda: _take(event, largest, store))
    tally.add(outcome)
    if isinstance(outcome, Failure):
        return _STATUS.get(outcome.reason, _PROCESSING_FAILURE)
    return _SUCCESS


def _take(event: Any, largest: int, store: ObjectStore) -> Kept:  # noqa: ANN401
    request = event.request
    named = str(request.AffectedSOPInstanceUID or "")
    # It is written into the file before the object itself is looked at.
    require_uid(named, name="Affected SOP Instance UID")
    content = request.DataSet.getbuffer()
    if len(content) > largest:
        raise StorageFull("the object is larger than any that is taken")

    def write(file: BinaryIO) -> None:
        file.write(_PREAMBLE)
        _write_meta(file, event)
        file.write(content)

    return store.keep(write, size=len(content), check=partial(_require_same, named=named))


def _write_meta(file: BinaryIO, event: Any) -> None:  # noqa: ANN401
    from pydicom.filewriter import write_file_meta_info

    made = import_extra("pynetdicom.dsutils", extra="pacs").create_file_meta(
        sop_class_uid=event.request.AffectedSOPClassUID,
        sop_instance_uid=event.request.AffectedSOPInstanceUID,
        transfer_syntax=event.context.transfer_syntax,
    )
    write_file_meta_info(file, made)


def _require_same(identity: ObjectIdentity, *, named: str) -> None:
    if identity.sop_instance_uid != named:
        raise InvalidObject("the object has another SOPInstanceUID than the request names")


def _bound_messages(event: Any, largest: int, timeout_s: float) -> None:  # noqa: ANN401
    """Refuse to gather a message longer than was agreed, or to wait for its end for ever.

    Its length is the peer's word, up to 4 GB, and the library reads until it has so many bytes.
    """
    socket = event.assoc.dul.socket
    socket.recv = partial(_receive, socket.recv, largest)
    socket.socket.settimeout(timeout_s)


def _receive(receive: Callable[[int], bytearray], largest: int, size: int) -> bytearray:
    if size > largest:
        raise ConnectionAbortedError("a message is longer than was agreed")
    return receive(size)


def _bound_objects(event: Any, largest: int, tally: Tally) -> None:  # noqa: ANN401
    """End an association whose object grows beyond what memory is kept for."""
    tally.last = time.monotonic()
    if event.pdu.pdu_type != _P_DATA:
        return
    association = event.assoc
    before = getattr(association, "ctbone_gathered", 0)
    association.ctbone_gathered = before + event.pdu.pdu_length
    # More of it may be on its way, and is told of once.
    if before <= largest < association.ctbone_gathered:
        tally.break_off()
        association.abort()


def _begin_anew(event: Any) -> None:  # noqa: ANN401
    """Count from nothing once an object is there."""
    event.assoc.ctbone_gathered = 0
