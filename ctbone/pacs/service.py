"""What every command that speaks to a DICOMweb service is asked about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ctbone.pacs.addresses import require_protection, require_url
from ctbone.pacs.retry import RetryConfig
from ctbone.pacs.tls import TlsConfig


@dataclass(frozen=True, slots=True)
class WebConfig:
    """A DICOMweb service, and how it is spoken to.

    Attributes:
        url: Its address.
        credentials: File that says who asks.
        tls: Certificates.
        retry: How long it is waited for.
    """

    url: str
    credentials: Path | None = None
    tls: TlsConfig = field(default_factory=TlsConfig)
    retry: RetryConfig = field(default_factory=RetryConfig)


def require_service(url: str, *, insecure: bool) -> None:
    """Check that an address is one of a service that may be spoken to.

    Raises:
        ValueError: If it is not, or if patient data would cross a network in the clear.
    """
    require_url(url)
    parts = urlsplit(url)
    require_protection(
        parts.hostname or "",
        has_tls=parts.scheme == "https",
        insecure=insecure,
        remedy="an address that begins with https",
    )
