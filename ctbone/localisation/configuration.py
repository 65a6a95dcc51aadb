"""What ``ctbone localise`` is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ctbone.anatomy import MeasuredLevel, require_levels
from ctbone.devices import Device
from ctbone.ingest import SeriesRule
from ctbone.localisation.locator import LocatorName
from ctbone.localisation.masks import PatientModule
from ctbone.localisation.opening import locator_choice
from ctbone.localisation.trust import TrustConfig, require_fallback


@dataclass(frozen=True, kw_only=True)
class LocaliseConfig:
    """Find the vertebral bodies of every study: masks, centres and a picture to check them by."""

    export: Path
    """Folder of DICOM or NIfTI files, in any layout."""
    out: Path
    """Folder for vertebrae.csv, rejections.csv, masks, pictures and run.json."""
    masks: Path | None = None
    """masks.csv that lists a label map for each series; by default the shipped localiser works."""
    locator: LocatorName = "native"
    """What finds vertebrae: the shipped localiser, masks.csv, or TotalSegmentator if installed."""
    localiser: Path | None = None
    """Weights that ctbone train wrote, instead of those that ship."""
    review: Path | None = None
    """review.csv of a person who looked at an earlier run: studies are rejected, and vertebrae and
    their masks named, as it says (docs/trust.md)."""
    dicom_seg: PatientModule | None = None
    """Write masks as DICOM segmentations too, with the pseudonym of the patient, or with the
    patient of the source, without whom an archive does not file them beside the CT."""
    levels: tuple[MeasuredLevel, ...] = ("L1", "L2")
    """A study in which none of these may be measured is rejected."""
    fallback: tuple[MeasuredLevel, ...] = ()
    """The levels to measure in a study in which none of those may be; their rows are flagged."""
    trust: TrustConfig = field(default_factory=TrustConfig)
    """When a vertebra is not measured; docs/trust.md says what each threshold does."""
    series: SeriesRule = field(default_factory=SeriesRule)
    """Which series of a study are eligible."""
    site_key: Path | None = None
    """File whose bytes key the pseudonyms; by default a random key is kept in the catalogue."""
    device: Device = "auto"
    """Where the localiser runs; auto takes a GPU where there is one."""

    def __post_init__(self) -> None:
        require_levels(self.levels)
        require_fallback(self.levels, self.fallback)
        # Built once here, so that what excludes each other is said before anything runs.
        locator_choice(self, images=self.export)
