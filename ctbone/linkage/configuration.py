"""What ``ctbone cohort`` is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from ctbone.ingest import SeriesRule
from ctbone.linkage.mapping import Sheet


@dataclass(frozen=True, kw_only=True)
class LinkRule:
    """Which row is the reference of which study."""

    window_days: int = 90
    """Most days between CT and reference, either way: flow and timing of QUADAS-2."""

    studies: Literal["all", "nearest"] = "all"
    """All studies of a patient that have a reference, or only the one nearest to it."""

    check_identity: bool = True
    """Refuse a pair whose sexes differ, or whose ages differ by more than two years."""

    def __post_init__(self) -> None:
        if self.window_days < 0:
            raise ValueError(f"window_days must not be negative, got {self.window_days}")


@dataclass(frozen=True, kw_only=True)
class Eligibility:
    """Who is left out."""

    age_range_years: tuple[float, float] | None = None
    """Youngest and oldest age at the CT, both included; unknown ages are then left out."""

    without_contrast: bool = False
    """Leave out CT with contrast agent, by spreadsheet or header; unknown is kept."""

    without_implants: bool = False
    """Leave out patients with an implant, by spreadsheet; unknown is kept."""

    def __post_init__(self) -> None:
        if self.age_range_years is not None:
            low, high = self.age_range_years
            if not 0.0 <= low <= high:
                found = f"{low:g} to {high:g}"
                raise ValueError(f"age_range_years must run from low to high, got {found}")


@dataclass(frozen=True, kw_only=True)
class SplitRule:
    """What each patient is used for; a patient has one split, whatever the studies."""

    train: float = 0.7
    """Share of the internal patients to train on."""

    validation: float = 0.15
    """Share of the internal patients to choose models by."""

    internal_test: float = 0.15
    """Share of the internal patients to test on."""

    temporal_after: str | None = None
    """Patients all of whose studies are later than this date (ISO 8601) are ``temporal_test``."""

    external_sites: tuple[str, ...] = ()
    """Sites whose patients are ``external_test``."""

    several_sites: Literal["refuse", "exclude"] = "refuse"
    """What becomes of a patient at an external site and at another: an error, or left out."""

    seed: int = 0
    """Source of chance: the same seed and studies give the same splits, whatever the key."""

    def __post_init__(self) -> None:
        shares = (self.train, self.validation, self.internal_test)
        if min(shares) < 0.0 or abs(sum(shares) - 1.0) > 1e-6:
            found = " + ".join(f"{share:g}" for share in shares)
            raise ValueError(f"train, validation and internal_test must add up to 1, got {found}")
        if self.seed < 0:
            raise ValueError(f"seed must not be negative, got {self.seed}")
        _ = self.last_day

    @property
    def last_day(self) -> date | None:
        """Last day before the temporal test.

        Raises:
            ValueError: If it is no date.
        """
        if self.temporal_after is None:
            return None
        try:
            return date.fromisoformat(self.temporal_after)
        except ValueError:
            expected = "a date as in 2025-06-21 (ISO 8601)"
            found = repr(self.temporal_after)
            raise ValueError(f"temporal_after must be {expected}, got {found}") from None


@dataclass(frozen=True, kw_only=True)
class CohortConfig:
    """Link reference results in spreadsheets to the studies of an export, and split by patient."""

    export: Path
    """Folder of the PACS export: DICOM or NIfTI files, in any layout."""

    labels: tuple[Path, ...]
    """Spreadsheets with the reference results: CSV or .xlsx."""

    out: Path
    """Folder for cohort.csv, unmatched.csv, links.csv, README.md, cohort.html and run.json."""

    sheets: tuple[Sheet, ...] = ()
    """How they are read: once for all files, or once for each in the order of labels."""

    site_key: Path | None = None
    """File whose bytes are the key of the pseudonyms; without it a random key is made once and
    kept in the catalogue."""

    link: LinkRule = field(default_factory=LinkRule)
    """Which row is the reference of which study."""

    exclude: Eligibility = field(default_factory=Eligibility)
    """Who is left out."""

    split: SplitRule = field(default_factory=SplitRule)
    """What each patient is used for."""

    series: SeriesRule = field(default_factory=SeriesRule)
    """Which series of a study are eligible."""

    def __post_init__(self) -> None:
        if not self.labels:
            raise ValueError("labels must name at least one spreadsheet, got none")
        if len(self.sheets) not in (1, len(self.labels)):
            raise ValueError(
                "sheets must say how the spreadsheets are read, once for all or once for each of "
                f"{len(self.labels)}, got {len(self.sheets)}"
            )
        self._require_columns()

    def _require_columns(self) -> None:
        if self.exclude.without_implants and not any(s.columns.implant for s in self.sheets):
            raise ValueError("without_implants needs a column of implants, and no sheet names one")
        decided = [s.columns.split is not None for s in self.sheets]
        if any(decided) and not all(decided):
            raise ValueError("columns.split must be named in all sheets or in none")
        if any(decided) and (self.split.external_sites or self.split.temporal_after):
            raise ValueError("give either columns.split, or external_sites and temporal_after")


# A method of the class would be taken for a command of its own.
def sheet_of(config: CohortConfig, number: int) -> Sheet:
    """Return how a file is read, by its number from 1."""
    return config.sheets[0 if len(config.sheets) == 1 else number - 1]
