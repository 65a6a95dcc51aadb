"""Which studies a simulated export holds: drawn from the seed, before any voxel."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np
from numpy.random import Generator

from ctbone.cohort import Split
from ctbone.phantom.export.configuration import Fault, Region, SimulateConfig, SiteConfig
from ctbone.phantom.scanner.reconstruction import Kernel, ScanConfig
from ctbone.phantom.tissue import Phase

#: How pixels are stored.
Compression = Literal["none", "rle", "jpegls"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPlan:
    """One axial series.

    Attributes:
        series_uid: SeriesInstanceUID.
        number: SeriesNumber.
        scan: How it is reconstructed.
        spacing_mm: Distance between slices.
    """

    series_uid: str
    number: int
    scan: ScanConfig
    spacing_mm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPlan:
    """One study of one patient, before any voxel.

    Attributes:
        index: Number of the patient, from 0.
        seed: Source of the body.
        patient_id: PatientID as written in the files.
        study_uid: StudyInstanceUID.
        study_date: StudyDate.
        site: Where it is scanned.
        split: What it is used for.
        region: Part of the body.
        jitter_mm: How far the upper and lower end of the field are off the region's.
        offset_mm: Where the centre of L1 lies in the coordinates of the scanner.
        series: Its axial series; the first is the main one.
        compression: How pixels are stored.
        has_capture: Whether a dose report is kept as secondary capture.
        fault: What is wrong with it; ``None`` for nothing.
    """

    index: int
    seed: int
    patient_id: str
    study_uid: str
    study_date: date
    site: SiteConfig
    split: Split
    region: Region
    jitter_mm: tuple[float, float]
    offset_mm: tuple[float, float, float]
    series: tuple[SeriesPlan, ...]
    compression: Compression
    has_capture: bool
    fault: Fault | None


def make_uid(*parts: object) -> str:
    """Return a UID under 2.25 that depends on nothing but its parts.

    Example:
        >>> make_uid(1, "study", 0) == make_uid(1, "study", 0)
        True
    """
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return f"2.25.{int.from_bytes(digest[:15])}"


def plan_study(config: SimulateConfig, index: int) -> StudyPlan:
    """Draw one study; it does not depend on how many there are."""
    rng = np.random.default_rng((config.seed, 3, index))
    weights = np.array([site.weight for site in config.sites])
    site = config.sites[int(rng.choice(len(config.sites), p=weights / weights.sum()))]
    split = _split(config, site, rng)
    region = config.regions[int(rng.integers(len(config.regions)))]
    day = date(2018, 1, 1) + timedelta(days=int(rng.integers(0, 2000)))
    series = _series(config, index, site, rng)
    # Every draw is made whatever its use, so that one option does not move the others.
    is_packed, how = rng.random() < config.compressed_fraction, rng.random()
    packed: Compression = "rle" if how < 0.5 else "jpegls"
    is_broken = rng.random() < config.broken_fraction
    fault = config.faults[int(rng.integers(len(config.faults)))]
    up, down, x, y, z = rng.normal(0.0, (18.0, 18.0, 8.0, 8.0, 300.0))
    return StudyPlan(
        index=index,
        seed=int(np.random.default_rng((config.seed, 4, index)).integers(2**31)),
        patient_id=f"SIM{config.seed:04d}{index:06d}",
        study_uid=make_uid(config.seed, "study", index),
        study_date=day,
        site=site,
        split=split,
        region=region,
        jitter_mm=(float(up), float(down)),
        offset_mm=(round(float(x), 1), round(float(y), 1), round(float(z), 1)),
        series=series,
        compression=packed if is_packed else "none",
        has_capture=bool(rng.random() < config.secondary_capture_fraction),
        fault=fault if is_broken else None,
    )


def _split(config: SimulateConfig, site: SiteConfig, rng: Generator) -> Split:
    draw = rng.random()
    if site.external:
        return "external_test"
    train, validation, _ = config.internal_fractions
    if draw < train:
        return "train"
    return "validation" if draw < train + validation else "internal_test"


def _series(
    config: SimulateConfig, index: int, site: SiteConfig, rng: Generator
) -> tuple[SeriesPlan, ...]:
    """Draw one or two reconstructions of one scan."""
    kvp = site.potentials_kv[int(rng.integers(len(site.potentials_kv)))]
    is_enhanced, when = rng.random() < site.enhanced_fraction, rng.random()
    phase: Phase = "none"
    if is_enhanced:
        phase = "portal" if when < 0.75 else "arterial"
    kernel = site.kernels[int(rng.integers(len(site.kernels)))]
    thickness = float(rng.choice(site.slice_thicknesses_mm))
    second = rng.random() < config.second_series_fraction
    sharp = rng.random() < 0.5
    wanted: list[tuple[Kernel, float, float]] = [(kernel, thickness, 1.0)]
    if second:
        wanted.append(
            ("sharp", thickness, 2.2) if sharp else (kernel, max(2 * thickness, 5.0), 0.8)
        )
    return tuple(
        SeriesPlan(
            series_uid=make_uid(config.seed, "series", index, number),
            number=number,
            scan=ScanConfig(
                kvp=kvp,
                phase=phase,
                kernel=family,
                slice_thickness_mm=thick,
                noise_hu=site.noise_hu * louder,
                field_diameter_mm=config.matrix * config.pixel_mm,
                bone_slope=site.bone_slope,
                offset_hu=site.offset_hu,
            ),
            spacing_mm=thick,
        )
        for number, (family, thick, louder) in enumerate(wanted, start=2)
    )
