"""What ``ctbone receive`` is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ctbone.pacs.addresses import require_ae_title, require_port, require_protection
from ctbone.pacs.tls import TlsConfig

#: Smallest and largest message for objects, bytes (PS3.8, D.1; the upper end bounds memory).
_MESSAGES = (4096, 1 << 20)


@dataclass(frozen=True, kw_only=True)
class ReceiveConfig:
    """Listen for DICOM objects that an archive sends (C-STORE), and store them for screen.

    Attributes:
        out: Folder: objects go to objects/, which is what screen --export takes; received.csv and
            run.json beside it.
        port: TCP port that is listened on; 0 takes any that is free.
        address: Address that is listened on; by default that of this machine alone.
        ae_title: What senders call us.
        calling: AE titles of the senders that are let in; by default all.
        idle_s: Stop once nothing has come for so many seconds; by default never.
        studies: Stop once objects of so many studies have come and no sender is connected; by
            default never.
        max_pdu: Largest message that senders may use for objects, bytes.
        max_associations: Senders that may be connected at a time.
        largest_object_mb: Largest object, megabytes; each sender may fill as much memory.
        limit_gb: What all objects of the folder may take, gigabytes; by default no limit.
        reserve_gb: What is to stay free on the disk, gigabytes.
        timeout_s: Seconds without a sign of life after which a sender is let go.
        tls: Certificates; with --tls.certificate senders must use TLS.
        insecure: Listen beyond this machine without TLS.
    """

    out: Path
    port: int = 11112
    address: str = "127.0.0.1"
    ae_title: str = "CTBONE"
    calling: tuple[str, ...] = ()
    idle_s: float | None = None
    studies: int | None = None
    max_pdu: int = 131072
    max_associations: int = 4
    largest_object_mb: float = 1024.0
    limit_gb: float | None = None
    reserve_gb: float = 1.0
    timeout_s: float = 60.0
    tls: TlsConfig = field(default_factory=TlsConfig)
    insecure: bool = False

    def __post_init__(self) -> None:
        require_port(self.port, option="--port")
        require_ae_title(self.ae_title, option="--ae_title")
        for title in self.calling:
            require_ae_title(title, option="--calling")
        _require_bounds(self)
        require_protection(
            self.address,
            has_tls=self.tls.certificate is not None,
            insecure=self.insecure,
            remedy="--tls.certificate",
        )


def _require_bounds(config: ReceiveConfig) -> None:
    least, most = _MESSAGES
    if not least <= config.max_pdu <= most:
        raise ValueError(f"max_pdu must be {least} to {most} bytes, got {config.max_pdu}")
    counts = {"max_associations": config.max_associations, "studies": config.studies}
    for name, count in counts.items():
        if count is not None and count < 1:
            raise ValueError(f"{name} must be at least 1, got {count}")
    amounts = {
        "largest_object_mb": config.largest_object_mb,
        "limit_gb": config.limit_gb,
        "idle_s": config.idle_s,
        "timeout_s": config.timeout_s,
    }
    for name, amount in amounts.items():
        if amount is not None and not amount > 0.0:
            raise ValueError(f"{name} must be positive, got {amount:g}")
    if not config.reserve_gb >= 0.0:
        raise ValueError(f"reserve_gb must not be negative, got {config.reserve_gb:g}")
