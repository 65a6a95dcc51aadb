"""TLS of a connection, at either end."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: What Python speaks by itself, but not where a distribution has built it to ask the system.
_OLDEST = ssl.TLSVersion.TLSv1_2


@dataclass(frozen=True, kw_only=True)
class TlsConfig:
    """Certificates of a connection.

    Attributes:
        certificate: PEM file that shows who we are; a listener needs one for TLS.
        key: PEM file of its private key, where the certificate's file does not hold it.
        ca: PEM file of the authorities that the other end's certificate may come from; by default
            those that the system trusts.
        require_peer: Whether a listener asks senders for a certificate of those authorities.
    """

    certificate: Path | None = None
    key: Path | None = None
    ca: Path | None = None
    require_peer: bool = False

    def __post_init__(self) -> None:
        if self.key and not self.certificate:
            raise ValueError("tls.key belongs to a certificate: give --tls.certificate with it")
        if self.require_peer and not (self.certificate and self.ca):
            raise ValueError(
                "tls.require_peer needs --tls.certificate, and --tls.ca to know peers by"
            )


def is_asked_for(tls: TlsConfig) -> bool:
    """Return whether a connection by DIMSE is to have TLS; HTTP says it in its address."""
    return tls.certificate is not None or tls.ca is not None


def server_context(tls: TlsConfig) -> ssl.SSLContext | None:
    """Return what a listener speaks TLS with, ``None`` where it has no certificate.

    Raises:
        ValueError: If a file is none of a certificate, key or authority.
    """
    if tls.certificate is None:
        return None
    context = _ServerContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _OLDEST
    _load(context, tls)
    if tls.ca:
        _trust(context, tls.ca)
    if tls.require_peer:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class _ServerContext(ssl.SSLContext):
    """Lets a sender shake hands when it first says something, in a thread of its own.

    At once, as is usual, one that connects and says nothing would keep all others waiting.
    """

    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:  # noqa: ANN401
        return super().wrap_socket(*args, **kwargs | {"do_handshake_on_connect": False})


def client_context(tls: TlsConfig) -> ssl.SSLContext | None:
    """Return what a sender speaks TLS with, ``None`` where it is not asked for.

    The name of the other end is always checked against its certificate.

    Raises:
        ValueError: If a file is none of a certificate, key or authority.
    """
    if not is_asked_for(tls):
        return None
    context = ssl.create_default_context()
    if tls.ca:
        # Those authorities alone: the system's would vouch for anybody on the internet.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _trust(context, tls.ca)
    context.minimum_version = _OLDEST
    if tls.certificate:
        _load(context, tls)
    return context


def require_readable(tls: TlsConfig) -> None:
    """Check that every file can be used, before anything is begun.

    Raises:
        ValueError: If a file is none of a certificate, key or authority.
    """
    server_context(tls)
    client_context(tls)


def _load(context: ssl.SSLContext, tls: TlsConfig) -> None:
    try:
        context.load_cert_chain(str(tls.certificate), tls.key and str(tls.key), _no_password)
    except (OSError, ValueError) as error:
        raise ValueError(
            "expected --tls.certificate and --tls.key to be a certificate and its private key, "
            f"in PEM and without a password, found {_words(error)}"
        ) from None


def _trust(context: ssl.SSLContext, ca: Path) -> None:
    try:
        context.load_verify_locations(str(ca))
    except OSError as error:
        raise ValueError(
            f"expected --tls.ca to be certificates in PEM, found {_words(error)}"
        ) from None


def _no_password() -> str:
    """Stand in for the person whom the library would ask: nobody watches a run."""
    raise ValueError("a key that is encrypted")


def _words(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    return (
        "files that are not, or do not belong together"
        if isinstance(error, OSError)
        else str(error)
    )
