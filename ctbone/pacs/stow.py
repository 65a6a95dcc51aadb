"""Objects to an archive by STOW-RS, one a request, so that each has an answer of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ctbone.errors import InvalidObject, PeerRefused, UnexpectedAnswer
from ctbone.ingest.fallback import HOSTILE
from ctbone.pacs.outgoing import Outgoing, Sender
from ctbone.pacs.service import WebConfig
from ctbone.pacs.web import LARGEST_LIST, WebArchive, asking, opened


@contextmanager
def stow_sender(service: WebConfig) -> Iterator[Sender]:
    """Give what sends an object to a DICOMweb service.

    Raises:
        ValueError: As ``web.opened``.
    """
    with opened(service) as archive:
        yield lambda item: _send(archive, item)


def _send(archive: WebArchive, item: Outgoing) -> str:
    """Send one object; return a warning of the archive, empty where it has none.

    Raises:
        TransferError: If the archive does not say that it is stored.
    """
    dataset = _read(item)
    archive.meter.reset(LARGEST_LIST)
    with asking():
        answer = archive.client.store_instances([dataset])
        stored = _named(answer, "ReferencedSOPSequence", item)
        failed = _named(answer, "FailedSOPSequence", item)
    if failed is not None:
        raise PeerRefused(f"the archive did not store it{_code(failed, 'FailureReason')}")
    if stored is None:
        raise UnexpectedAnswer("the archive does not say whether it was stored")
    return _code(stored, "WarningReason").removeprefix(": ")


def _read(item: Outgoing) -> Any:  # noqa: ANN401
    from pydicom import dcmread
    from pydicom.errors import BytesLengthException, InvalidDicomError

    try:
        return dcmread(item.path)
    except (InvalidDicomError, BytesLengthException, *HOSTILE) as error:
        raise InvalidObject(f"the file cannot be read: {type(error).__name__}") from None


def _named(answer: Any, sequence: str, item: Outgoing) -> Any:  # noqa: ANN401
    """Return what an answer says of an object in one of its sequences, ``None`` if nothing."""
    uid = item.identity.sop_instance_uid
    entries = answer.get(sequence) or []
    return next((e for e in entries if e.get("ReferencedSOPInstanceUID") == uid), None)


def _code(entry: Any, name: str) -> str:  # noqa: ANN401
    code = entry.get(name)
    return f": {name} {int(code):#06x}" if code is not None else ""
