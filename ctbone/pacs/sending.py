"""What ``ctbone send`` is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ctbone.pacs.addresses import require_ae_title, require_protection, to_peer
from ctbone.pacs.retry import RetryConfig
from ctbone.pacs.service import require_service
from ctbone.pacs.tls import TlsConfig, is_asked_for


@dataclass(frozen=True, kw_only=True)
class SendConfig:
    """Send DICOM files to an archive, by DICOMweb (--url) or by C-STORE (--peer).

    Attributes:
        files: Folder of DICOM files, in any layout, or one file; what is no DICOM is passed over.
        out: Folder for sent.csv, the record of what was sent, and run.json.
        url: Address of a DICOMweb service, such as https://archive.example/dicom-web.
        peer: Host and port of a DIMSE application, such as archive.example:104.
        called_ae: AE title of the peer.
        ae_title: AE title that we go by.
        credentials: File with one line, bearer TOKEN or basic USER:PASSWORD, for --url.
        retry: How long the archive is waited for.
        tls: Certificates; with --tls.ca or --tls.certificate a peer is spoken to with TLS.
        insecure: Send to another machine without TLS.
    """

    files: Path
    out: Path
    url: str | None = None
    peer: str | None = None
    called_ae: str | None = None
    ae_title: str = "CTBONE"
    credentials: Path | None = None
    retry: RetryConfig = field(default_factory=RetryConfig)
    tls: TlsConfig = field(default_factory=TlsConfig)
    insecure: bool = False

    def __post_init__(self) -> None:
        if (self.url is None) == (self.peer is None):
            raise ValueError("expected either --url or --peer")
        if self.url is not None:
            require_service(self.url, insecure=self.insecure)
        if self.peer is not None:
            _require_peer(self, self.peer)


def _require_peer(config: SendConfig, peer: str) -> None:
    if config.called_ae is None:
        raise ValueError("--peer needs --called_ae, the AE title of the archive")
    require_ae_title(config.called_ae, option="--called_ae")
    require_ae_title(config.ae_title, option="--ae_title")
    if config.credentials:
        raise ValueError("--credentials are for --url; a peer knows us by --tls.certificate")
    require_protection(
        to_peer(peer).host,
        has_tls=is_asked_for(config.tls),
        insecure=config.insecure,
        remedy="--tls.ca",
    )
