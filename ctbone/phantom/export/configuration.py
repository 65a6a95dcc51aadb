"""What a simulated export is made from."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np

from ctbone.phantom.anatomy.person import PatientConfig
from ctbone.phantom.export.vendors import Maker
from ctbone.phantom.scanner.configuration import Kernel, Salt
from ctbone.phantom.tissue import Potential

#: Parts of the body that a study can show.
Region = Literal["chest", "abdomen", "abdomen_pelvis", "chest_abdomen", "lumbar"]

#: What can be wrong with a study.
Fault = Literal[
    "missing_slices", "truncated_file", "no_torso", "missing_rescale", "scout_only", "short_field",
    "contradicting_slices", "lossy_compression", "thick_slices",
]  # fmt: skip

#: How pixels are stored: RLE, JPEG-LS lossless, JPEG lossless (process 14), JPEG 2000 lossless;
#: the last is for the fault of that name alone.
Compression = Literal["none", "rle", "jpegls", "jpeg", "jpeg2000", "lossy_jpeg2000"]

#: How files lie: a folder a series; all of a study in one folder; a folder and files named by UID.
Layout = Literal["series", "flat", "uids"]

#: Where the reference result of cohort.csv comes from.
Reference = Literal["simulated", "QCT", "DXA"]


def _require_day(name: str, text: str) -> None:
    """Refuse what is no date."""
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} must be a date as in 2022-01-31, got {text!r}") from None


def _require_shares(config: SiteConfig | SimulateConfig) -> None:
    """Refuse a share that is none."""
    for name in (f.name for f in fields(config) if f.name.endswith("_fraction")):
        share = getattr(config, name)
        if not 0.0 <= share <= 1.0:
            raise ValueError(f"{name} must lie in [0, 1], got {share}")


@dataclass(frozen=True)
class SiteConfig:
    """A hospital: its scanner, its habits and its patients."""

    name: str
    """Its name in the cohort."""
    maker: Maker
    """Who made its scanner."""
    weight: float = 1.0
    """Share of the patients, relative to the other sites."""
    external: bool = False
    """Whether its patients are the external test."""
    potentials_kv: tuple[Potential, ...] = (120,)
    """Tube potentials in use, equally often."""
    kernels: tuple[Kernel, ...] = ("standard",)
    """Kernels of the first axial series, equally often."""
    slice_thicknesses_mm: tuple[float, ...] = (2.5,)
    """Slice thicknesses and distances, equally often, mm."""
    thick_mm: float = 5.0
    """Slice thickness and distance of a second, thicker series, mm."""
    enhanced_fraction: float = 0.3
    """Share of portal-venous or arterial studies."""
    multiphase_fraction: float = 0.0
    """Share of the enhanced studies with an unenhanced acquisition before."""
    noise_hu: float | None = 12.0
    """Noise of the first axial series, HU; null where it follows from the tube and the patient."""
    iterative: float = 0.0
    """Strength of iterative reconstruction, 0 to 1."""
    beam_hardening: float = 0.0
    """Cupping and dark bands left after correction, relative to a typical scanner."""
    breathing_fraction: float = 0.0
    """Share of acquisitions in which the patient breathes on."""
    calibrator: Salt | None = None
    """Rods of a calibration phantom under every patient; null for none."""
    bone_slope: float = 1.0
    """Attenuation of bone on this scanner, relative to the mean scanner."""
    offset_hu: float = 0.0
    """Shift of all tissue on this scanner, HU."""
    layout: Layout = "series"
    """How its archive names folders and files."""
    patient: PatientConfig | None = None
    """What its patients are drawn from; null for what the cohort's are."""

    def __post_init__(self) -> None:
        if not self.potentials_kv or not self.kernels or not self.slice_thicknesses_mm:
            raise ValueError(
                "potentials_kv, kernels and slice_thicknesses_mm of a site must not be empty"
            )
        if not self.weight > 0.0:
            raise ValueError(f"weight of a site must be positive, got {self.weight}")
        if not self.thick_mm > 0.0:
            raise ValueError(f"thick_mm of a site must be positive, got {self.thick_mm}")
        _require_shares(self)


#: Sites unless a configuration names others. Slopes and offsets are inferred: no pair holds for
#: every scanner, and even a scanner's own fitted line errs by 2.2 to 4.0 mg/cm3 (Pan 2020).
DEFAULT_SITES = (
    SiteConfig("north", "siemens", 1.2, kernels=("smooth", "standard")),
    SiteConfig("east", "ge", 1.0, bone_slope=1.02, offset_hu=1.0, noise_hu=14.0),
    SiteConfig(
        "south", "philips", 1.0, external=True, bone_slope=0.98, offset_hu=-1.5, noise_hu=10.0
    ),
)


@dataclass(frozen=True)
class SimulateConfig:
    """Make a PACS-like export of simulated patients, with the truth beside it."""

    out: Path
    """Folder for the export, its cohort, its masks and its truth; must be empty or new."""
    patients: int = 10
    """How many patients."""
    seed: int = 0
    """Source of all chance: the same seed and configuration give the same files."""
    patient: PatientConfig = field(default_factory=PatientConfig)
    """What bodies are drawn from, at sites that do not say."""
    sites: tuple[SiteConfig, ...] = DEFAULT_SITES
    """Where patients are scanned."""
    matrix: int = 192
    """Rows and columns of a slice."""
    pixel_mm: float = 2.0
    """Distance between pixels, mm."""
    fit_field: bool = False
    """Whether the field is fitted to the width of each patient; else it is matrix times pixel_mm,
    which it never exceeds."""
    regions: tuple[Region, ...] = ("chest_abdomen", "abdomen_pelvis", "abdomen", "chest", "lumbar")
    """Parts of the body scanned, equally often."""
    internal_fractions: tuple[float, float, float] = (0.6, 0.15, 0.25)
    """Shares of train, validation and internal test at sites that are not external."""
    temporal_from: str | None = None
    """First day (ISO 8601) of the temporal test: who is first scanned at a site that is not
    external on it or later belongs to that. First studies lie from 2018-01-01 to 2023-06-23."""
    follow_up_fraction: float = 0.0
    """Share of patients with a second study about a year later."""
    loss_mg_cm3_per_year: float = 2.0
    """Mean loss of trabecular density between two studies, mg/cm3 of K2HPO4 a year: 2.5 HU (Jang,
    Radiology 2019;291:360) at the phantom's 1.25 HU per mg/cm3."""
    second_series_fraction: float = 0.25
    """Share of acquisitions with further axial series: thicker, of a bone kernel, or both."""
    reformat_fraction: float = 0.0
    """Share of studies with sagittal or coronal reformats."""
    lateral_localizer_fraction: float = 0.25
    """Share of studies with a lateral localizer beside the frontal one."""
    secondary_capture_fraction: float = 0.25
    """Share of studies with a page of doses as secondary capture."""
    dose_report_fraction: float = 0.0
    """Share of studies with an X-Ray Radiation Dose structured report."""
    duplicate_fraction: float = 0.0
    """Share of studies with a slice that was stored twice."""
    clutter_fraction: float = 0.0
    """Share of studies with files among them that are not DICOM."""
    directory_fraction: float = 0.0
    """Share of studies with a DICOMDIR; only where files lie in a folder a series."""
    compressed_fraction: float = 0.25
    """Share of studies stored with lossless compression."""
    compressions: tuple[Compression, ...] = ("rle", "jpegls")
    """Ways of lossless compression, equally often."""
    broken_fraction: float = 0.0
    """Share of studies with a deliberate fault."""
    faults: tuple[Fault, ...] = (
        "missing_slices", "truncated_file", "no_torso", "missing_rescale", "scout_only",
        "short_field",
    )  # fmt: skip
    """Faults to choose from."""
    reference_standard: Reference = "simulated"
    """Whether the reference is the truth, a QCT of limited precision, or a DXA with its errors."""
    qct_sd_mg_cm3: float = 0.9
    """Precision error of that QCT, mg/cm3; Wang, Sci Rep 2017: RMS-SD 0.53 to 0.91."""
    dxa_cv: float = 0.01
    """Precision error of DXA of a spine, relative; recalled as about 1 per cent in vivo."""
    workers: int = 1
    """Processes that write studies."""

    def __post_init__(self) -> None:
        for name, least in (("patients", 1), ("workers", 1), ("matrix", 16), ("seed", 0)):
            if (found := getattr(self, name)) < least:
                raise ValueError(f"{name} must be at least {least}, got {found}")
        if not self.pixel_mm > 0.0:
            raise ValueError(f"pixel_mm must be positive, got {self.pixel_mm}")
        if not (self.sites and self.regions and self.faults and self.compressions):
            raise ValueError("sites, regions, faults and compressions must not be empty")
        if min(self.internal_fractions) < 0.0 or not np.isclose(sum(self.internal_fractions), 1.0):
            raise ValueError(f"internal_fractions must sum to 1, got {self.internal_fractions}")
        if self.temporal_from is not None:
            _require_day("temporal_from", self.temporal_from)
        if self.dxa_cv < 0.0 or self.qct_sd_mg_cm3 < 0.0:
            raise ValueError("dxa_cv and qct_sd_mg_cm3 must not be negative")
        _require_shares(self)
