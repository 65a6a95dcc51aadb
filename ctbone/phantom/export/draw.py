"""Drawing plans: who is scanned where, when and how, and what an archive keeps of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TypeVar

import numpy as np
from numpy.random import Generator

from ctbone.cohort import Split
from ctbone.phantom.export.configuration import Compression, Fault, SimulateConfig, SiteConfig
from ctbone.phantom.export.plan import (
    AcquisitionPlan,
    ExtrasPlan,
    Moment,
    Plane,
    SeriesPlan,
    StudyPlan,
    make_uid,
)
from ctbone.phantom.export.vendors import VENDORS
from ctbone.phantom.export.visits import last_birthday
from ctbone.phantom.scanner.configuration import Kernel, ScanConfig
from ctbone.phantom.tissue import Phase, Potential

T = TypeVar("T")

#: First studies lie in this many days after the first one.
_FIRST_DAY, _DAYS = date(2018, 1, 1), 2000

#: Faults that make every series of a study unfit, so that nothing else is to be read in its place.
_ALONE: tuple[Fault, ...] = (
    "missing_slices", "truncated_file", "missing_rescale", "scout_only", "contradicting_slices",
    "lossy_compression", "thick_slices",
)  # fmt: skip

#: How long after the beginning of a study a phase is acquired, beside what comes before it.
_MINUTES: dict[Phase, float] = {"none": 2.0, "arterial": 6.0, "portal": 6.0, "excretory": 14.0}

#: Thickness of the slices of the fault of that name, mm.
_TOO_THICK_MM = 8.0

#: How much louder than the main series a bone kernel is, and thicker slices.
_SHARP_NOISE, _THICK_NOISE = 2.2, 0.8


def plan_patient(config: SimulateConfig, index: int) -> tuple[StudyPlan, ...]:
    """Draw the studies of one patient; they do not depend on how many patients there are."""
    rng = np.random.default_rng((config.seed, 3, index))
    weights = np.array([site.weight for site in config.sites])
    site = config.sites[int(rng.choice(len(config.sites), p=weights / weights.sum()))]
    day = _FIRST_DAY + timedelta(days=int(rng.integers(0, _DAYS)))
    split = _split(config, site, day, rng)
    later = timedelta(days=int(rng.integers(300, 430)))
    loss = float(rng.normal(config.loss_mg_cm3_per_year, 0.5 * config.loss_mg_cm3_per_year))
    has_second = rng.random() < config.follow_up_fraction
    birthday = last_birthday(day, rng)
    visits = [(day, 0.0), (day + later, later.days / 365.25)][: 1 + has_second]
    return tuple(
        _plan_study(
            config,
            index,
            visit,
            (site, split),
            Moment(when, birthday, years, round(loss * years, 3)),
        )
        for visit, (when, years) in enumerate(visits)
    )


def _split(config: SimulateConfig, site: SiteConfig, day: date, rng: Generator) -> Split:
    draw = rng.random()
    if site.external:
        return "external_test"
    if config.temporal_from is not None and day >= date.fromisoformat(config.temporal_from):
        return "temporal_test"
    train, validation, _ = config.internal_fractions
    if draw < train:
        return "train"
    return "validation" if draw < train + validation else "internal_test"


def _plan_study(
    config: SimulateConfig,
    index: int,
    visit: int,
    place: tuple[SiteConfig, Split],
    time: Moment,
) -> StudyPlan:
    """Draw one study; every draw is made whatever its use, so that no option moves another."""
    rng = np.random.default_rng((config.seed, 7, index, visit))
    uid = make_uid(config.seed, "study", index, *([visit] if visit else []))
    site, split = place
    region = _pick(config.regions, rng)
    is_broken = rng.random() < config.broken_fraction
    drawn = _pick(config.faults, rng)
    fault = drawn if is_broken else None
    is_packed = rng.random() < config.compressed_fraction
    packed = _pick(config.compressions, rng)
    up, down, x, y, z = rng.normal(0.0, (18.0, 18.0, 8.0, 8.0, 300.0))
    return StudyPlan(
        index=index,
        visit=visit,
        seed=int(np.random.default_rng((config.seed, 4, index)).integers(2**31)),
        patient_id=f"SIM{config.seed:04d}{index:06d}",
        study_uid=uid,
        study_date=time.when,
        minute=int(rng.integers(7 * 60, 20 * 60)),
        birthday=time.birthday,
        years=time.years,
        loss_mg_cm3=time.loss_mg_cm3,
        site=site,
        split=split,
        region=region,
        jitter_mm=(float(up), float(down)),
        offset_mm=(round(float(x), 1), round(float(y), 1), round(float(z), 1)),
        position="FFS" if rng.random() < 0.1 else "HFS",
        acquisitions=_acquisitions(config, uid, site, fault, rng),
        extras=_extras(config, site, fault, rng),
        compression=_compression(fault, packed if is_packed else "none"),
        fault=fault,
    )


def _pick(options: tuple[T, ...], rng: Generator) -> T:
    """Draw one of several; takes one number from the source, however many there are."""
    return options[int(rng.random() * len(options))]


def _compression(fault: Fault | None, drawn: Compression) -> Compression:
    return "lossy_jpeg2000" if fault == "lossy_compression" else drawn


def _extras(
    config: SimulateConfig, site: SiteConfig, fault: Fault | None, rng: Generator
) -> ExtrasPlan:
    lateral, capture, report, reformat, twice, clutter, directory = rng.random(7)
    plane: Plane = "sagittal" if rng.random() < 0.6 else "coronal"
    is_reformatted = reformat < config.reformat_fraction and fault not in _ALONE
    return ExtrasPlan(
        has_lateral=bool(lateral < config.lateral_localizer_fraction),
        has_capture=bool(capture < config.secondary_capture_fraction),
        has_dose_report=bool(report < config.dose_report_fraction),
        reformat=plane if is_reformatted else None,
        has_duplicate=bool(twice < config.duplicate_fraction) and fault is None,
        has_clutter=bool(clutter < config.clutter_fraction),
        has_directory=bool(directory < config.directory_fraction) and site.layout == "series",
    )


def _acquisitions(
    config: SimulateConfig, uid: str, site: SiteConfig, fault: Fault | None, rng: Generator
) -> tuple[AcquisitionPlan, ...]:
    """Draw one acquisition, or an unenhanced one and one after the agent."""
    kvp = _pick(site.potentials_kv, rng)
    enhanced, before, when = rng.random(3)
    kernel = _pick(site.kernels, rng)
    thickness = _pick(site.slice_thicknesses_mm, rng)
    breath, current = float(rng.normal(0.0, 9.0)), int(rng.integers(80, 320))
    phases: list[Phase] = ["portal" if when < 0.7 else "arterial" if when < 0.9 else "excretory"]
    if enhanced >= site.enhanced_fraction:
        phases = ["none"]
    elif before < site.multiphase_fraction:
        phases.insert(0, "none")
    made: list[AcquisitionPlan] = []
    # Of its own, so that it moves nothing else.
    (breaths,) = rng.spawn(1)
    for number, phase in enumerate(phases, start=1):
        wanted = _reconstructions(config, site, (kernel, thickness), fault, rng)
        first = 2 + sum(len(done.series) for done in made)
        scan = (kvp, phase, current, first, _breathing(site, breaths))
        made.append(
            AcquisitionPlan(
                number=number,
                kvp=kvp,
                phase=phase,
                minutes=_MINUTES[phase] + 2.0 * number,
                breath_mm=round(breath, 1) if number > 1 else 0.0,
                current_ma=current,
                series=_series(uid, site, scan, wanted),
            )
        )
    return tuple(made)


def _breathing(site: SiteConfig, rng: Generator) -> float:
    """Draw how far the front of a patient moves during one acquisition, mm; mostly not at all.

    Quiet breathing moves the diaphragm by 10 to 20 mm, so half of that either way (recalled).
    """
    breathes, far = rng.random() < site.breathing_fraction, float(rng.uniform(4.0, 10.0))
    return round(far, 1) if breathes else 0.0


def _reconstructions(
    config: SimulateConfig,
    site: SiteConfig,
    main: tuple[Kernel, float],
    fault: Fault | None,
    rng: Generator,
) -> list[tuple[Kernel, float, float]]:
    """Draw kernel, thickness and relative noise of the series of one acquisition."""
    has_more, which = rng.random(2)
    kernel, thickness = main
    if fault == "thick_slices":
        return [(kernel, _TOO_THICK_MM, _THICK_NOISE)]
    wanted: list[tuple[Kernel, float, float]] = [(kernel, thickness, 1.0)]
    if has_more < config.second_series_fraction and which < 0.7:
        wanted.append((kernel, max(site.thick_mm, thickness), _THICK_NOISE))
    if has_more < config.second_series_fraction and which >= 0.4:
        wanted.append(("sharp", thickness, _SHARP_NOISE))
    return wanted


def _series(
    uid: str,
    site: SiteConfig,
    scan: tuple[Potential, Phase, int, int, float],
    wanted: list[tuple[Kernel, float, float]],
) -> tuple[SeriesPlan, ...]:
    """Return the series of one acquisition, numbered on."""
    kvp, phase, current, first, breathing_mm = scan
    vendor = VENDORS[site.maker]
    charge = current * vendor.rotation_s / vendor.pitch
    return tuple(
        SeriesPlan(
            series_uid=make_uid(uid, "series", number),
            number=number,
            scan=ScanConfig(
                kvp=kvp,
                phase=phase,
                kernel=kernel,
                slice_thickness_mm=thick,
                slice_increment_mm=thick,
                noise_hu=(site.noise_hu or 0.0) * louder,
                tube_charge_mas=charge if site.noise_hu is None else None,
                iterative=site.iterative,
                beam_hardening=site.beam_hardening,
                breathing_mm=breathing_mm,
                calibrator=site.calibrator,
                bone_slope=site.bone_slope,
                offset_hu=site.offset_hu,
            ),
            spacing_mm=thick,
        )
        for number, (kernel, thick, louder) in enumerate(wanted, start=first)
    )
