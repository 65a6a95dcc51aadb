"""Addresses of archives, and which of them may be spoken to in the clear.

What passes between archives is patient data with names. Beyond this machine it needs TLS, unless
the caller says in so many words that the network protects it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

#: A host and a port; an IPv6 address stands in brackets.
_PEER = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:]+)\]|(?P<host>[^:\[\]/\s]+)):(?P<port>[0-9]{1,5})")

#: AE titles: up to 16 characters, no backslash and no control characters (PS3.5, 6.2).
_AE_TITLE = re.compile(r"(?=.*\S)[ -\[\]-~]{1,16}")


@dataclass(frozen=True, slots=True)
class Peer:
    """Where a DIMSE application listens.

    Attributes:
        host: Name or IP address.
        port: TCP port.
    """

    host: str
    port: int


def to_peer(text: str) -> Peer:
    """Read ``host:port``.

    Raises:
        ValueError: If it is nothing of the kind.

    Example:
        >>> to_peer("127.0.0.1:4242")
        Peer(host='127.0.0.1', port=4242)
    """
    found = _PEER.fullmatch(text)
    if found is None:
        raise ValueError(f"--peer: expected host:port, such as 127.0.0.1:4242, found {text}")
    require_port(int(found["port"]), option="--peer", least=1)
    return Peer(found["six"] or found["host"], int(found["port"]))


def require_port(port: int, *, option: str, least: int = 0) -> None:
    """Check that a number is one of a TCP port.

    Raises:
        ValueError: If it is not.
    """
    if not least <= port <= 65535:
        raise ValueError(f"{option}: expected a port from {least} to 65535, found {port}")


def require_ae_title(title: str, *, option: str) -> None:
    """Check that a text can be an AE title.

    Raises:
        ValueError: If it cannot.
    """
    if _AE_TITLE.fullmatch(title) is None:
        raise ValueError(f"{option}: expected an AE title of 1 to 16 characters, found {title!r}")


def require_url(url: str) -> None:
    """Check that an address is one of a DICOMweb service, and carries no secret.

    Raises:
        ValueError: If it is not HTTP, names a user or has a query; it is not repeated.
    """
    try:
        parts = urlsplit(url)
        is_whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole:
        raise ValueError("--url: expected an address such as https://archive.example/dicom-web")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(
            "--url must not carry a user, a password or a query: an address is written to "
            "run.json; give --credentials a file"
        )


def is_loopback(host: str) -> bool:
    """Return whether an address is that of this machine alone; names other than one are not.

    Example:
        >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0")]
        [True, True, True, False]
    """
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def require_protection(host: str, *, has_tls: bool, insecure: bool, remedy: str) -> None:
    """Refuse to exchange patient data in the clear beyond this machine.

    Args:
        host: The other end, or the address that is listened on.
        has_tls: Whether TLS protects the connection.
        insecure: Whether the caller takes the risk.
        remedy: Which option gives TLS.

    Raises:
        ValueError: If nothing protects the connection.
    """
    if not (has_tls or insecure or is_loopback(host)):
        raise ValueError(
            f"{host} is not this machine, and without TLS patient data would cross the network "
            f"in the clear: give {remedy}, or --insecure true where the network protects them"
        )
