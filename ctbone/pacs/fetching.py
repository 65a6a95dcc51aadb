"""What ``ctbone fetch`` is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ctbone.pacs.retry import RetryConfig
from ctbone.pacs.service import require_service
from ctbone.pacs.tls import TlsConfig


@dataclass(frozen=True, kw_only=True)
class FetchConfig:
    """Fetch studies from an archive by DICOMweb, and store them for screen.

    Attributes:
        url: Address of the service, such as https://archive.example/dicom-web.
        out: Folder: whole series go to objects/, which is what screen --export takes; fetched.csv
            and run.json beside it.
        studies: CSV with a column study_uid: these studies and no others.
        since: First date of a study, as 2024-01-31.
        until: Last date of a study.
        modality: Modality of the series that are fetched.
        body_part: Patterns of the body part, such as *ABD*; one has to fit. A series that states
            none is fetched.
        study_description: Patterns of the description of a study, likewise.
        series_description: Patterns of the description of a series, likewise.
        credentials: File with one line, bearer TOKEN or basic USER:PASSWORD.
        largest_object_mb: Largest object, megabytes.
        limit_gb: What all objects of the folder may take, gigabytes; by default no limit.
        reserve_gb: What is to stay free on the disk, gigabytes.
        retry: How long the archive is waited for.
        tls: Certificates.
        insecure: Speak to an archive on another machine without TLS.
    """

    url: str
    out: Path
    studies: Path | None = None
    since: str | None = None
    until: str | None = None
    modality: str = "CT"
    body_part: tuple[str, ...] = ()
    study_description: tuple[str, ...] = ()
    series_description: tuple[str, ...] = ()
    credentials: Path | None = None
    largest_object_mb: float = 1024.0
    limit_gb: float | None = None
    reserve_gb: float = 1.0
    retry: RetryConfig = field(default_factory=RetryConfig)
    tls: TlsConfig = field(default_factory=TlsConfig)
    insecure: bool = False

    def __post_init__(self) -> None:
        require_service(self.url, insecure=self.insecure)
        dates = [_day(text, name) for name, text in _dates(self).items() if text]
        if dates != sorted(dates):
            raise ValueError(f"--since {self.since} is later than --until {self.until}")
        if not (dates or self.studies or self.study_description):
            raise ValueError(
                "expected --studies, --since, --until or --study_description, found none: a whole "
                "archive is never fetched"
            )
        if self.studies and (dates or self.study_description):
            raise ValueError(
                "--studies names the studies to fetch: give it without --since, --until and "
                "--study_description, which choose among all"
            )
        if not self.largest_object_mb > 0.0:
            raise ValueError(f"largest_object_mb must be positive, got {self.largest_object_mb:g}")
        if not (self.limit_gb is None or self.limit_gb > 0.0) or not self.reserve_gb >= 0.0:
            raise ValueError("limit_gb must be positive, and reserve_gb not negative")


def date_range(config: FetchConfig) -> str:
    """Return the dates as QIDO takes them, empty where none is given."""
    first, last = (
        _day(text, "").strftime("%Y%m%d") if text else "" for text in _dates(config).values()
    )
    return f"{first}-{last}" if first or last else ""


def _dates(config: FetchConfig) -> dict[str, str | None]:
    return {"--since": config.since, "--until": config.until}


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{option}: expected a date such as 2024-01-31, found {text}") from None
