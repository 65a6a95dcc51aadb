"""Attenuation of trabecular bone, heights and axes of L1 and L2 against the truth.

    python -m benchmarks.trabecular --patients 20 --first 5000 --studies 8

Each patient is painted once about L1 and L2 and reconstructed by every protocol. Masks are those
of the truth, moved as a network's err: by noise of a stated standard deviation that is smooth over
some millimetres, and in or out as a whole. Vertebrae with a finding that is no sound bone are left
out of the attenuation, but for those the heights count too. What is true is the mean over all bone
from 4 mm inside the surface on (``VertebraTruth.bmd_mg_cm3``), in the attenuation of the scan.
What noise alone and beam hardening alone add is told apart in whole studies
(``trabecular_scanner``).

For a benchmark of a locator: ``true_hu``, ``is_sound`` and ``summary`` take what it has measured.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats

from benchmarks.trabecular_scanner import scanner_effects
from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import measure
from ctbone.errors import NotEvaluable
from ctbone.localisation.outlining import spine_tangents, vertebra_axes
from ctbone.morphometry import with_morphometry
from ctbone.patches import PatchGrid, extract
from ctbone.phantom import (
    Patient,
    PatientConfig,
    Rendering,
    ScanConfig,
    VertebraTruth,
    paint,
    reconstruct,
    sample_patient,
)
from ctbone.phantom.painting.palette import Palette
from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.volume import Grid, to_patient

LEVELS = (VertebralLevel.L1, VertebralLevel.L2)

#: Millimetres about the middle of L1 and L2 that are painted, and the spacing.
HALF_MM, SPACING_MM = (36.0, 34.0, 52.0), (0.8, 0.8, 1.0)

#: Findings beside which the bone of a body can be measured.
HARMLESS = ("osteophytes", "hyperostosis", "vacuum", "disc_calcification")

#: What is scanned; the first is where masks come from.
PROTOCOLS: Mapping[str, ScanConfig] = {
    "1 mm": ScanConfig(noise_hu=0.0, integer=False),
    "1 mm sharp": ScanConfig(noise_hu=0.0, integer=False, kernel="sharp"),
    "3 mm": ScanConfig(noise_hu=0.0, slice_thickness_mm=3.0, slice_increment_mm=3.0),
    "5 mm": ScanConfig(noise_hu=0.0, slice_thickness_mm=5.0, slice_increment_mm=5.0),
    "1 mm noisy": ScanConfig(noise_hu=25.0),
    "1 mm sharp noisy": ScanConfig(noise_hu=60.0, kernel="sharp"),
    "5 mm noisy": ScanConfig(noise_hu=15.0, slice_thickness_mm=5.0, slice_increment_mm=5.0),
    "5 mm sharp noisy": ScanConfig(
        noise_hu=40.0, kernel="sharp", slice_thickness_mm=5.0, slice_increment_mm=5.0
    ),
}

#: Masks: how far the surface is moved outwards, and the standard deviation of its error, mm.
MASKS: Mapping[str, tuple[float, float]] = {
    "truth": (0.0, 0.0),
    "0.7 mm noise": (0.0, 0.7),
    "5 % larger": (0.25, 0.3),
    "5 % smaller": (-0.25, 0.3),
}


@dataclass(frozen=True, slots=True)
class Examined:
    """What one mask in one scan gave.

    Attributes:
        protocol: Name of the scan.
        mask: Name of the mask.
        hu: Measured less true attenuation; ``None`` where bone is not sound, or not measured.
        volume_mm3: Volume of the region.
        heights_mm: Measured less true heights.
        turns_deg: Angle between found and true superior, and left.
        given_deg: The same of the axes before they were refined.
    """

    protocol: str
    mask: str
    hu: float | None
    volume_mm3: float
    heights_mm: tuple[float, float, float] | None
    turns_deg: tuple[float, float]
    given_deg: tuple[float, float]


def true_hu(truth: VertebraTruth, scan: ScanConfig) -> float:
    """Return what the trabecular bone of a vertebra attenuates in a scan, Hounsfield units."""
    return Palette(scan).bone(truth.bmd_mg_cm3)


def is_sound(truth: VertebraTruth) -> bool:
    """Say whether the body is free of lesions, fractures, sclerosis and implants."""
    return all(found.kind in HARMLESS for found in truth.findings)


def summary(differences: Sequence[float]) -> str:
    """Return number, mean with its 95 % interval, spread, share within 2 HU and the worst."""
    found = np.asarray(differences)
    half = float(stats.t.ppf(0.975, max(found.size - 1, 1)) * stats.sem(found))
    within = float(np.mean(np.abs(found) <= 2.0))
    return (
        f"{found.size:4d}  {found.mean():+6.2f} ({found.mean() - half:+.2f} to "
        f"{found.mean() + half:+.2f})  SD {found.std(ddof=1):4.2f}  within 2: {within:4.0%}  "
        f"worst {np.abs(found).max():4.1f}"
    )


def examine(seed: int) -> Iterator[Examined]:
    """Yield what every mask gives in every scan of one patient."""
    patient = sample_patient(PatientConfig(), seed=seed)
    scene = paint(patient, grid=_grid(patient), scan=PROTOCOLS["1 mm"])
    scans = {name: reconstruct(scene, scan=scan, seed=seed) for name, scan in PROTOCOLS.items()}
    thin = scans["1 mm"]
    rng = np.random.default_rng(seed)
    axes = axes_of_curve(patient, rng=rng)
    for truth in thin.vertebrae:
        if truth.level not in LEVELS or not truth.is_whole:
            continue
        for name, (shift, noise) in MASKS.items():
            inside = moved(thin.bodies == truth.level, shift_mm=shift, noise_mm=noise, rng=rng)
            vertebra = localised(truth, inside, thin, axes=axes[truth.level])
            for protocol, scan in scans.items():
                if name == "truth" or protocol in ("1 mm", "5 mm"):
                    yield _examined(vertebra, truth, scan, (protocol, name))
        thick = scans["5 mm"]
        inside = thick.bodies == truth.level
        vertebra = localised(truth, inside, thick, axes=axes[truth.level])
        yield _examined(vertebra, truth, thick, ("5 mm", "drawn on 5 mm"))


def moved(
    inside: NDArray[np.bool_], *, shift_mm: float, noise_mm: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Return a mask whose surface is moved outwards, and in and out over some 8 mm."""
    if shift_mm == noise_mm == 0.0:
        return inside
    (box,) = ndimage.find_objects(inside.astype(np.uint8))
    box = tuple(slice(max(cut.start - 5, 0), cut.stop + 5) for cut in box)
    part = inside[box]
    within, without = (
        ndimage.distance_transform_edt(side, sampling=SPACING_MM) for side in (part, ~part)
    )
    half = 0.5 * float(np.mean(SPACING_MM))
    depth = np.where(part, within - half, half - without)
    noise = ndimage.gaussian_filter(rng.normal(size=part.shape), 4.0 / np.asarray(SPACING_MM))
    result = np.zeros_like(inside)
    result[box] = depth + shift_mm + noise * (noise_mm / noise.std()) > 0.0
    return result


def axes_of_curve(
    patient: Patient, *, rng: np.random.Generator
) -> dict[VertebralLevel, NDArray[np.float64]]:
    """Return each level's axes as the curve of the spine gives them to a locator.

    Its centres are found to 1.5 mm; posterior is the patient's own.
    """
    column = sorted(
        (v for v in patient.column.vertebrae if v.level is not None), key=lambda v: v.level.order
    )
    centres = [v.centre_mm + rng.normal(0.0, 1.5 / np.sqrt(3.0), 3) for v in column]
    tangents = spine_tangents(centres)
    return {v.level: vertebra_axes(t) for v, t in zip(column, tangents, strict=True)}


def localised(
    truth: VertebraTruth,
    inside: NDArray[np.bool_],
    scan: Rendering,
    *,
    axes: NDArray[np.float64],
) -> VertebraLocalisation:
    """Return a vertebra as a locator would: its body, and axes from the curve of the spine."""
    affine = scan.volume.affine
    (box,) = ndimage.find_objects(inside.astype(np.uint8))
    placed = affine.copy()
    start = np.array([[cut.start for cut in box]], float)
    placed[:3, 3] = to_patient(affine, start)[0]
    part = np.pad(inside[box], 1)
    placed[:3, 3] -= placed[:3, :3].sum(axis=1)
    x, y, z = to_patient(placed, np.argwhere(part).mean(axis=0, keepdims=True))[0].tolist()
    body = BodyMask(part, placed)
    return VertebraLocalisation(truth.level, (x, y, z), axes, 1.0, body, is_whole=True)


def _examined(
    vertebra: VertebraLocalisation, truth: VertebraTruth, scan: Rendering, names: tuple[str, str]
) -> Examined:
    given, vertebra = vertebra, with_morphometry(vertebra)
    patch = extract(scan.volume, vertebra, grid=PatchGrid())
    hu, volume = None, 0.0
    if is_sound(truth):
        try:
            found = measure(patch)
        except NotEvaluable:
            pass
        else:
            hu = found.mean_hu - true_hu(truth, PROTOCOLS[names[0]])
            volume = found.volume_mm3
    heights = _height_errors(vertebra, truth)
    return Examined(*names, hu, volume, heights, _turns(vertebra, truth), _turns(given, truth))


def _height_errors(
    vertebra: VertebraLocalisation, truth: VertebraTruth
) -> tuple[float, float, float] | None:
    found = vertebra.morphometry
    if found is None:
        return None
    front, middle, back = truth.heights_mm
    return (
        found.height_anterior_mm - front,
        found.height_middle_mm - middle,
        found.height_posterior_mm - back,
    )


def _turns(vertebra: VertebraLocalisation, truth: VertebraTruth) -> tuple[float, float]:
    cosines = (vertebra.axes * truth.axes).sum(axis=0).clip(-1.0, 1.0)
    left, _, superior = np.degrees(np.arccos(cosines))
    return float(superior), float(left)


def _grid(patient: Patient) -> Grid:
    centres = [v.centre_mm for v in patient.column.vertebrae if v.level in LEVELS]
    shape = tuple(int(2.0 * h / s) + 1 for h, s in zip(HALF_MM, SPACING_MM, strict=True))
    affine = np.diag([*SPACING_MM, 1.0])
    affine[:3, 3] = np.mean(centres, axis=0) - 0.5 * (np.array(shape) - 1.0) * SPACING_MM
    return Grid((shape[0], shape[1], shape[2]), affine)


def main() -> None:
    """Run as the module docstring says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=20, help="0 for none")
    parser.add_argument("--first", type=int, default=5000, help="seed of the first patient")
    parser.add_argument("--studies", type=int, default=8, help="at least 2, or 0 for none")
    options = parser.parse_args()
    if options.studies == 1:
        parser.error("expected --studies 0, or 2 and more, whose spread can be told, got 1")
    if options.patients:
        _print_patients(range(options.first, options.first + options.patients))
    if options.studies:
        print("trabecular HU, what the scanner alone adds, a value a study")
        for name, found in scanner_effects(options.studies).items():
            print(f"{name:32s}{summary(found)}")


def _print_patients(seeds: range) -> None:
    groups: dict[tuple[str, str], list[Examined]] = defaultdict(list)
    for seed in seeds:
        for row in examine(seed):
            groups[row.protocol, row.mask].append(row)
    print("trabecular HU, measured less true")
    for (protocol, mask), rows in groups.items():
        found = [row.hu for row in rows if row.hu is not None]
        volume = np.mean([row.volume_mm3 for row in rows if row.hu is not None])
        print(f"{protocol:18s}{mask:14s}{summary(found)}  region {volume:5.0f} mm3")
    print("heights (anterior, middle, posterior), measured less true, mm; turns, degrees")
    for mask in dict.fromkeys(mask for _, mask in groups):
        rows = groups["5 mm" if "5 mm" in mask else "1 mm", mask]
        print(f"{mask:14s}{_shape_line(rows)}")


def _shape_line(rows: Sequence[Examined]) -> str:
    heights = np.array([row.heights_mm for row in rows if row.heights_mm is not None])
    turns = np.array([(*row.turns_deg, *row.given_deg) for row in rows])
    means = " ".join(f"{m:+.2f} (SD {s:.2f})" for m, s in zip(*_moments(heights), strict=True))
    most = ", ".join(
        f"{name} median {np.median(turns[:, i]):.1f} worst {turns[:, i].max():.1f} "
        f"(before {np.median(turns[:, i + 2]):.1f}, {turns[:, i + 2].max():.1f})"
        for i, name in enumerate(("superior", "left"))
    )
    return f"{len(heights):4d} of {len(rows)}  {means}  {most}"


def _moments(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return values.mean(axis=0), values.std(axis=0, ddof=1)


if __name__ == "__main__":
    main()
