"""What a simulated export is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from ctbone.phantom.anatomy.patient import PatientConfig
from ctbone.phantom.export.vendors import Maker
from ctbone.phantom.scanner.reconstruction import Kernel
from ctbone.phantom.tissue import Potential

#: Parts of the body that a study can show.
Region = Literal["chest", "abdomen", "abdomen_pelvis", "chest_abdomen", "lumbar"]

#: What can be wrong with a study.
Fault = Literal[
    "missing_slices", "truncated_file", "no_torso", "missing_rescale", "scout_only", "short_field"
]


@dataclass(frozen=True)
class SiteConfig:
    """A hospital: its scanner and its habits."""

    name: str
    """Its name in the cohort."""
    maker: Maker
    """Who made its scanner."""
    weight: float = 1.0
    """Share of the studies, relative to the other sites."""
    external: bool = False
    """Whether its patients are the external test."""
    potentials_kv: tuple[Potential, ...] = (120,)
    """Tube potentials in use, equally often."""
    kernels: tuple[Kernel, ...] = ("standard",)
    """Kernels of the first axial series, equally often."""
    slice_thicknesses_mm: tuple[float, ...] = (2.5,)
    """Slice thicknesses and distances, equally often, mm."""
    enhanced_fraction: float = 0.3
    """Share of portal-venous or arterial studies."""
    noise_hu: float = 12.0
    """Standard deviation of the noise in an average patient, HU."""
    bone_slope: float = 1.0
    """Attenuation of bone on this scanner, relative to the mean scanner."""
    offset_hu: float = 0.0
    """Shift of all tissue on this scanner, HU."""


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
    """How many patients, of one study each."""
    seed: int = 0
    """Source of all chance: the same seed and configuration give the same files."""
    patient: PatientConfig = field(default_factory=PatientConfig)
    """What bodies are drawn from."""
    sites: tuple[SiteConfig, ...] = DEFAULT_SITES
    """Where patients are scanned."""
    matrix: int = 192
    """Rows and columns of a slice."""
    pixel_mm: float = 2.0
    """Distance between pixels, mm."""
    regions: tuple[Region, ...] = ("chest_abdomen", "abdomen_pelvis", "abdomen", "chest", "lumbar")
    """Parts of the body scanned, equally often."""
    internal_fractions: tuple[float, float, float] = (0.6, 0.15, 0.25)
    """Shares of train, validation and internal test at sites that are not external."""
    second_series_fraction: float = 0.25
    """Share of studies with a second axial series, thicker or of a sharper kernel."""
    secondary_capture_fraction: float = 0.25
    """Share of studies with a dose report as secondary capture."""
    compressed_fraction: float = 0.25
    """Share of studies stored with lossless compression (RLE or JPEG-LS)."""
    broken_fraction: float = 0.0
    """Share of studies with a deliberate fault."""
    faults: tuple[Fault, ...] = (
        "missing_slices", "truncated_file", "no_torso", "missing_rescale", "scout_only",
        "short_field",
    )  # fmt: skip
    """Faults to choose from."""
    reference_standard: Literal["simulated", "QCT"] = "simulated"
    """Whether the reference is the truth, or a QCT of limited precision."""
    qct_sd_mg_cm3: float = 0.9
    """Precision error of that QCT, mg/cm3; Wang, Sci Rep 2017: RMS-SD 0.53 to 0.91."""
    workers: int = 1
    """Processes that write studies."""

    def __post_init__(self) -> None:
        for name, least in (("patients", 1), ("workers", 1), ("matrix", 16), ("seed", 0)):
            if (found := getattr(self, name)) < least:
                raise ValueError(f"{name} must be at least {least}, got {found}")
        if not self.pixel_mm > 0.0:
            raise ValueError(f"pixel_mm must be positive, got {self.pixel_mm}")
        if not self.sites or not self.regions or not self.faults:
            raise ValueError("sites, regions and faults must not be empty")
        if min(self.internal_fractions) < 0.0 or not np.isclose(sum(self.internal_fractions), 1.0):
            raise ValueError(f"internal_fractions must sum to 1, got {self.internal_fractions}")
        for name in ("second_series", "secondary_capture", "compressed", "broken"):
            share = getattr(self, f"{name}_fraction")
            if not 0.0 <= share <= 1.0:
                raise ValueError(f"{name}_fraction must lie in [0, 1], got {share}")
