"""What a simulated export is made from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np

from ctbone.phantom.anatomy.person import PatientConfig
from ctbone.phantom.export.vendors import Maker
from ctbone.phantom.scanner.configuration import Kernel, Salt, ScanConfig
from ctbone.phantom.tissue import Potential

#: Parts of the body that a study can show.
Region = Literal["chest", "abdomen", "abdomen_pelvis", "chest_abdomen", "lumbar"]

#: What can be wrong with a study.
Fault = Literal[
    "missing_slices", "truncated_file", "no_torso", "missing_rescale", "scout_only", "short_field",
    "contradicting_slices", "lossy_compression", "thick_slices",
]  # fmt: skip

#: Lossless compression: RLE, JPEG-LS, JPEG (process 14), JPEG 2000.
Lossless = Literal["rle", "jpegls", "jpeg", "jpeg2000"]

#: How pixels are stored; the last is for the fault of that name alone.
Compression = Literal["none", "rle", "jpegls", "jpeg", "jpeg2000", "lossy_jpeg2000"]

#: How files lie: a folder a series; all of a study in one folder; a folder and files named by UID.
Layout = Literal["series", "flat", "uids"]

#: Names of sites: they stand in headers (ISO_IR 100, at most 64 characters) and name folders.
_SITE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,63}")

#: Rows of a slice, from what is hardly a picture to what no scanner writes; distances of pixels
#: and width of the field, mm: readers of scans take others for an error of units.
_MATRICES, _PIXELS_MM, _FIELDS_MM = (16, 2048), (0.1, 5.0), (50.0, 1000.0)

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


def _require_picture(config: SimulateConfig) -> None:
    """Refuse slices that no memory holds, or that show nothing."""
    for name, (low, high) in (("matrix", _MATRICES), ("pixel_mm", _PIXELS_MM)):
        if not low <= (found := getattr(config, name)) <= high:
            raise ValueError(f"{name} must lie in [{low}, {high}], got {found}")
    low, high = _FIELDS_MM
    width_mm = config.matrix * config.pixel_mm
    if width_mm < low or (width_mm > high and not config.fit_field):
        raise ValueError(
            f"matrix times pixel_mm must lie in [{low:g}, {high:g}] mm, got {width_mm:g}"
        )


def _require_names(sites: tuple[SiteConfig, ...]) -> None:
    """Refuse two sites of one name, in capitals or not: they would share tables and folders."""
    names = [site.name.lower() for site in sites]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"sites must have different names, got {twice[0]!r} more than once")


@dataclass(frozen=True)
class SiteConfig:
    """A hospital: its scanner, its habits and its patients."""

    name: str
    """Its name in the cohort and in the export: letters, digits, spaces, - and _."""
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
    """Share of studies with a contrast agent: portal-venous, arterial or excretory."""
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
        if not _SITE_NAME.fullmatch(self.name):
            raise ValueError(
                "name of a site must be 1 to 64 letters, digits, spaces, - and _, "
                f"and begin with a letter or digit, got {self.name!r}"
            )
        if not self.potentials_kv or not self.kernels or not self.slice_thicknesses_mm:
            raise ValueError(
                "potentials_kv, kernels and slice_thicknesses_mm of a site must not be empty"
            )
        for name in ("weight", "thick_mm"):
            if not 0.0 < (found := getattr(self, name)) < np.inf:
                raise ValueError(f"{name} of a site must be positive and finite, got {found}")
        _require_shares(self)
        for thickness_mm in self.slice_thicknesses_mm:
            self._require_scan(thickness_mm)

    def _require_scan(self, thickness_mm: float) -> None:
        """Refuse what no scan can be made with now, not in the middle of a cohort."""
        ScanConfig(
            slice_thickness_mm=thickness_mm,
            noise_hu=self.noise_hu or 0.0,
            iterative=self.iterative,
            beam_hardening=self.beam_hardening,
            bone_slope=self.bone_slope,
        )


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
    """Where patients are scanned; no two of one name."""
    matrix: int = 192
    """Rows and columns of a slice, 16 to 2048."""
    pixel_mm: float = 2.0
    """Distance between pixels, mm, 0.1 to 5."""
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
    compressions: tuple[Lossless, ...] = ("rle", "jpegls")
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
        for name, least in (("patients", 1), ("workers", 1), ("seed", 0)):
            if (found := getattr(self, name)) < least:
                raise ValueError(f"{name} must be at least {least}, got {found}")
        _require_picture(self)
        if not (self.sites and self.regions and self.faults and self.compressions):
            raise ValueError("sites, regions, faults and compressions must not be empty")
        _require_names(self.sites)
        if min(self.internal_fractions) < 0.0 or not np.isclose(sum(self.internal_fractions), 1.0):
            raise ValueError(f"internal_fractions must sum to 1, got {self.internal_fractions}")
        if self.temporal_from is not None:
            _require_day("temporal_from", self.temporal_from)
        if self.dxa_cv < 0.0 or self.qct_sd_mg_cm3 < 0.0:
            raise ValueError("dxa_cv and qct_sd_mg_cm3 must not be negative")
        _require_shares(self)
