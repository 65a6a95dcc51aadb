"""Density by tissues of the patient against density by a line of the site, on simulated patients.

    python -m benchmarks.internal_calibration --patients 40 --first 1000

Patients of 50 to 90 years without a finding in L1 and L2 are scanned at 100, 120 and 140 kV, each
with noise and a rest of beam hardening of its own. Masks are those of the truth. The line of the
site is fitted to other patients at 120 kV on a scanner without error. Errors of scanners are added
to what was measured, as the simulation has them: an offset of all of the patient, and a slope of
bone alone, which no soft tissue shows. The last rows of a potential draw both for every patient:
offsets with a standard deviation of 5 HU, slopes with one of 3 %.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import (
    Calibration,
    Correction,
    InternalReference,
    calibration_by_tissues,
    fit_calibration,
    load_named,
    measure,
    sample_tissues,
)
from ctbone.errors import CalibratorNotFound
from ctbone.patches import PatchGrid, extract
from ctbone.phantom import Patient, PatientConfig, Rendering, ScanConfig, render, sample_patient
from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.volume import Grid

LEVELS = (VertebralLevel.L1, VertebralLevel.L2)
POTENTIALS = (100, 120, 140)

#: Offset, HU, and slope of bone of a scanner; None for those that are drawn.
ERRORS: tuple[tuple[float, float] | None, ...] = (
    (0.0, 1.0), (8.0, 1.0), (-8.0, 1.0), (0.0, 1.03), (0.0, 0.97), None,
)  # fmt: skip

REFERENCE = load_named(Path("soft_tissue"), InternalReference)
TABLE = load_named(Path("pompe2015_aapm2026"), Correction)

#: How far the energy of a beam is believed when nothing is: tissues alone decide.
FREE_KEV = 30.0


@dataclass(frozen=True, slots=True)
class Examined:
    """One patient at one potential: tissues and bone as measured (HU), and the true density."""

    kvp: int
    tissues_hu: Mapping[str, float]
    bone_hu: float
    bmd_mg_cm3: float

    def seen_by(self, offset_hu: float, slope: float) -> Examined:
        """Return the same as a scanner with errors sees it; air is calibrated."""
        shifted = {
            name: hu + (0.0 if name == "air" else offset_hu)
            for name, hu in self.tissues_hu.items()
        }
        return replace(self, tissues_hu=shifted, bone_hu=slope * self.bone_hu + offset_hu)


def patients(first: int, count: int) -> Iterator[tuple[int, Patient]]:
    """Yield patients whose L1 and L2 are sound."""
    config, seed = PatientConfig(age_range_years=(50.0, 90.0)), first
    while count:
        patient = sample_patient(config, seed=seed)
        if not {found.level for found in patient.findings} & set(LEVELS):
            count -= 1
            yield seed, patient
        seed += 1


def examine(seed: int, patient: Patient, kvp: int) -> Examined:
    """Scan and measure a patient."""
    rng = np.random.default_rng(seed)
    noise_hu, hardening = rng.uniform(8.0, 20.0), rng.uniform(0.0, 1.0)
    scan = ScanConfig(kvp=kvp, noise_hu=noise_hu, beam_hardening=hardening)  # type: ignore[arg-type]
    grid = Grid.about(
        (0.0, -35.0, -25.0), np.eye(3), shape=(280, 220, 40), spacing_mm=(1.6, 1.6, 2.5)
    )
    made = render(patient, grid=grid, scan=scan, seed=seed)
    located = list(localised(made))
    bones = [one for one in located if one.level in LEVELS]
    patch = PatchGrid((56, 56, 40))
    true = {one.level: one.bmd_mg_cm3 for one in made.vertebrae}
    hu = [measure(extract(made.volume, one, grid=patch)).mean_hu for one in bones]
    found = sample_tissues(made.volume, located)
    tissues = {name: sample.hu for name, sample in found.items() if sample.hu is not None}
    density = float(np.mean([true[one.level] for one in bones]))
    return Examined(kvp, tissues, float(np.mean(hu)), density)


def localised(made: Rendering) -> Iterator[VertebraLocalisation]:
    """Yield whole vertebrae as the truth has them."""
    for one in made.vertebrae:
        if one.is_whole:
            body = BodyMask(made.bodies == one.level, made.volume.affine)
            yield VertebraLocalisation(
                one.level, one.centroid_mm, one.axes, 1.0, body, is_whole=True
            )


def own_reference(fitted: list[Examined], site: Calibration) -> InternalReference:
    """Return a reference of the site's own: tissues of its patients, energies by its line."""
    kev = np.arange(60.0, 90.0, 0.05)
    slopes = [REFERENCE.slope_hu(float(one)) for one in kev]
    at_120 = float(kev[np.argmin(np.abs(np.array(slopes) - 1.0 / site.slope_mg_cm3_per_hu))])
    moved = at_120 - REFERENCE.beam_kev[120.0]
    means = {
        name: float(np.mean([one.tissues_hu[name] for one in fitted if name in one.tissues_hu]))
        for name in REFERENCE.mean_hu
    }
    beams = {kvp: one + moved for kvp, one in REFERENCE.beam_kev.items()}
    return replace(REFERENCE, mean_hu=means, beam_kev=beams)


def ways(
    site: Calibration, own: InternalReference
) -> Mapping[str, Callable[[Examined], tuple[float, float | None]]]:
    """Return ways to a density, each with its standard deviation where it has one."""

    def by_site(one: Examined, ratio: float = 1.0) -> tuple[float, float | None]:
        return site.density_mg_cm3(ratio * one.bone_hu), None

    def corrected(one: Examined) -> tuple[float, float | None]:
        return by_site(one, TABLE.ratio(float(one.kvp)))

    def internal(
        one: Examined, *, known: bool = True, reference: InternalReference = REFERENCE
    ) -> tuple[float, float | None]:
        kvp = float(one.kvp) if known else None
        line = calibration_by_tissues(one.tissues_hu, reference, kvp=kvp)  # type: ignore[arg-type]
        return line.density_mg_cm3(one.bone_hu), line.sd_at_mg_cm3(one.bone_hu)

    return {
        "site": by_site,
        "site, corrected to 120 kV": corrected,
        "internal": internal,
        "internal, kV unknown": lambda one: internal(one, known=False),
        "internal, energy free": lambda one: internal(
            one, reference=replace(REFERENCE, beam_sd_kev=FREE_KEV)
        ),
        "internal, own reference": lambda one: internal(one, reference=own),
    }


def figures(
    examined: list[Examined], way: Callable[[Examined], tuple[float, float | None]]
) -> str:
    """Return mean absolute error, bias and SD of errors, coverage at 90 % and refusals."""
    errors, inside, refused = [], [], 0
    for one in examined:
        try:
            density, sd = way(one)
        except (CalibratorNotFound, ValueError):
            refused += 1
            continue
        errors.append(density - one.bmd_mg_cm3)
        if sd is not None:
            inside.append(abs(errors[-1]) <= 1.645 * sd)
    if not errors:
        return f"all {refused} refused"
    covered = f"  covered {np.mean(inside):4.0%}" if inside else ""
    return (
        f"MAE {np.mean(np.abs(errors)):5.1f}  bias {np.mean(errors):+5.1f}  "
        f"SD {np.std(errors):4.1f}{covered}" + (f"  refused {refused}" if refused else "")
    )


def drawn(examined: list[Examined]) -> list[Examined]:
    """Return patients, each at twenty scanners."""
    rng = np.random.default_rng(0)
    return [
        one.seen_by(rng.normal(0.0, 5.0), rng.normal(1.0, 0.03))
        for one in examined
        for _ in range(20)
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=40)
    parser.add_argument("--first", type=int, default=1000)
    given = parser.parse_args()
    fitted = [examine(seed, one, 120) for seed, one in patients(given.first + 4000, 16)]
    site = fit_calibration(
        np.array([one.bone_hu for one in fitted]),
        np.array([one.bmd_mg_cm3 for one in fitted]),
        phantom="k2hpo4", scanner="of the site", kvp=120.0, source="simulated patients",
    )  # fmt: skip
    found = [
        examine(seed, one, kvp)
        for seed, one in patients(given.first, given.patients)
        for kvp in POTENTIALS
    ]
    for kvp in POTENTIALS:
        same = [one for one in found if one.kvp == kvp]
        means = {name: np.mean([one.tissues_hu[name] for one in same if name in one.tissues_hu])
                 for name in REFERENCE.mean_hu}  # fmt: skip
        print(f"{kvp} kV", {name: f"{hu:.0f} HU" for name, hu in means.items()})
        for error in ERRORS:
            seen = [one.seen_by(*error) for one in same] if error else drawn(same)
            title = f"offset {error[0]:+.0f} HU, slope {error[1]:.2f}" if error else "drawn"
            for name, way in ways(site, own_reference(fitted, site)).items():
                print(f"  {title:28}{name:28}{figures(seen, way)}")


if __name__ == "__main__":
    main()
