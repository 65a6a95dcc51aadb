"""Objects to an archive by C-STORE, byte for byte as they lie on disk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ctbone.errors import InvalidObject, PeerRefused, PeerUnavailable
from ctbone.ingest.fallback import HOSTILE
from ctbone.pacs.addresses import to_peer
from ctbone.pacs.library import dimse
from ctbone.pacs.outgoing import Outgoing, Sender
from ctbone.pacs.sending import SendConfig
from ctbone.pacs.tls import client_context

#: What an association can negotiate (PS3.8, 7.1.1.13).
_MOST_CONTEXTS = 128

#: Classes of status (PS3.4, table B.2-1): stored with a remark, and out of resources.
_WARNINGS = frozenset({0xB000, 0xB006, 0xB007})
_NO_RESOURCES = range(0xA700, 0xA800)

#: Result of a rejected association that may be otherwise the next time (PS3.8, table 9-21).
_TRANSIENT = 2

#: A SOP class and a transfer syntax.
_Kind = tuple[str, str]


@contextmanager
def store_sender(config: SendConfig, items: Iterable[Outgoing]) -> Iterator[Sender]:
    """Give what sends an object to a DIMSE application.

    Args:
        config: Where to.
        items: All that will be sent: what they are has to be agreed on beforehand.

    Raises:
        ValueError: If the library is not installed, or a certificate cannot be used.
    """
    kinds = sorted({_kind(item) for item in items})
    with dimse() as package:
        entity = package.AE(ae_title=config.ae_title)
        entity.acse_timeout = entity.dimse_timeout = config.retry.timeout_s
        entity.network_timeout = entity.connection_timeout = config.retry.timeout_s
        line = _Line(package, entity, config, kinds)
        try:
            yield line.send
        finally:
            line.hang_up()


@dataclass(slots=True)
class _Line:
    """An association that is made when it is needed, and made again when it was lost.

    Attributes:
        package: pynetdicom.
        entity: We.
        config: Where to.
        kinds: Everything that will be sent, in order.
        association: The one that is open, if any.
        agreed: The kinds that it was made for.
    """

    package: Any
    entity: Any
    config: SendConfig
    kinds: list[_Kind]
    association: Any = None
    agreed: tuple[_Kind, ...] = ()

    def send(self, item: Outgoing) -> str:
        """Send one object; return a warning of the archive, empty where it has none.

        Raises:
            PeerUnavailable: If the archive cannot be reached or breaks off.
            PeerRefused: If it does not take the object.
            InvalidObject: If the file cannot be sent.
        """
        self._connect(_kind(item))
        if not self._is_taken(_kind(item)):
            raise PeerRefused("the archive does not take this SOP class in this transfer syntax")
        try:
            answer = self.association.send_c_store(item.path)
        except RuntimeError:
            raise PeerUnavailable("the association was lost") from None
        except HOSTILE as error:
            raise InvalidObject(f"the file cannot be sent: {type(error).__name__}") from None
        return self._judge(answer)

    def hang_up(self) -> None:
        """End the association, if there is one."""
        if self.association is not None and self.association.is_established:
            self.association.release()
        self.association = None

    def _connect(self, kind: _Kind) -> None:
        is_open = self.association is not None and self.association.is_established
        if is_open and kind in self.agreed:
            return
        self.hang_up()
        first = self.kinds.index(kind) // _MOST_CONTEXTS * _MOST_CONTEXTS
        self.agreed = tuple(self.kinds[first : first + _MOST_CONTEXTS])
        peer = to_peer(str(self.config.peer))
        context = client_context(self.config.tls)
        self.association = self.entity.associate(
            peer.host,
            peer.port,
            contexts=[self.package.build_context(*one) for one in self.agreed],
            ae_title=self.config.called_ae,
            tls_args=(context, peer.host) if context else None,
        )
        if not self.association.is_established:
            _close(self.association)
            raise _why_not(self.association)

    def _is_taken(self, kind: _Kind) -> bool:
        accepted = self.association.accepted_contexts
        return any((c.abstract_syntax, *c.transfer_syntax[:1]) == kind for c in accepted)

    def _judge(self, answer: Any) -> str:  # noqa: ANN401
        if "Status" not in answer:
            self.association.abort()
            raise PeerUnavailable("the archive broke off, or did not answer in time")
        status = int(answer.Status)
        if status in _NO_RESOURCES:
            raise PeerUnavailable(f"the archive is out of resources: status {status:#06x}")
        if status and status not in _WARNINGS:
            raise PeerRefused(f"the archive did not store it: status {status:#06x}")
        return f"status {status:#06x}" if status else ""


def _kind(item: Outgoing) -> _Kind:
    return item.identity.sop_class_uid, item.identity.transfer_syntax_uid


def _close(association: Any) -> None:  # noqa: ANN401
    """Close the connection of an association that came to nothing; the library may not."""
    connection = association.dul.socket and association.dul.socket.socket
    if connection:
        connection.close()


def _why_not(association: Any) -> PeerUnavailable | PeerRefused:  # noqa: ANN401
    if not association.is_rejected:
        return PeerUnavailable("no association: the archive cannot be reached, or broke off")
    answer = association.acceptor.primitive
    said = f"the archive refuses an association: {answer.reason_str}"
    return PeerUnavailable(said) if answer.result == _TRANSIENT else PeerRefused(said)
