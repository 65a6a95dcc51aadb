"""The localiser against truth: simulated studies, real CT, and time.

    python -m benchmarks.localiser --cache FOLDER --out FOLDER
    python -m benchmarks.localiser ... --patients 20 --weights localiser.safetensors
    python -m benchmarks.localiser ... --real FOLDER --masks masks.csv --positions positions.csv
    python -m benchmarks.localiser ... --speed --peer-python PATH
    python -m benchmarks.localiser ... --export FOLDER, then --peer-masks masks.csv

Seeds start at 900,000,000; training begins at its own seed times 10,000,000 and uses three million
from there, so that the two do not meet where that seed is below 90. 200 patients are rendered in
some 20 minutes on one free core, once, and kept in the cache. OUT/localiser.json holds every
figure, what it was made with, and each study; OUT/pictures what was found in real CT.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from benchmarks.localiser.cache import rendered
from benchmarks.localiser.figures import judge, trial_figures
from benchmarks.localiser.outcomes import try_study
from benchmarks.localiser.real import real_criteria, try_real
from benchmarks.localiser.records import Outcome
from benchmarks.localiser.speed import measure_speed
from benchmarks.localiser.tables import real_table, speed_table, trial_table
from ctbone import __version__
from ctbone.localisation import Locator, MaskLocator, load_locator, shipped_locator
from ctbone.runs import file_digest, to_plain

#: Seed of the first patient.
FIRST_SEED = 900_000_000

_PACKAGES = ("torch", "monai", "numpy", "scipy")


def main() -> None:
    """Run as the module docstring says."""
    options = _parser().parse_args()
    import torch

    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    locator, sha256 = _locator(options)
    report: dict[str, Any] = {"made_with": _made_with(options, sha256)}
    if options.export:
        _export(options)
    if options.patients:
        report |= _trial(locator, options)
    if options.real:
        report["real"] = _real(locator, options)
    if options.speed:
        report["speed"] = _speed(options)
    text = json.dumps(to_plain(report), indent=1)
    (options.out / "localiser.json").write_text(text + "\n", encoding="utf-8")


def _locator(options: argparse.Namespace) -> tuple[Locator, str]:
    """Return what is tried, and a digest of it."""
    if options.peer_masks is not None:
        masks = MaskLocator.from_csv(options.peer_masks, images=options.cache)
        return masks, file_digest(options.peer_masks)
    given = {"device": options.device}
    weights = options.weights
    locator = load_locator(weights, **given) if weights else shipped_locator(**given)
    return locator, locator.sha256


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.localiser")
    add = parser.add_argument
    add("--cache", type=Path, required=True, help="folder of the rendered studies")
    add("--out", type=Path, required=True, help="folder for localiser.json and pictures")
    add("--patients", type=int, default=200, help="simulated patients; 0 for none")
    add("--first-seed", type=int, default=FIRST_SEED)
    add("--weights", type=Path, help="another localiser than the one that ships")
    add("--peer-masks", type=Path, help="masks.csv of another program, in place of a localiser")
    add("--export", type=Path, help="folder to write the studies to as NIfTI, for that program")
    add("--device", default="cpu", help="cpu or cuda")
    add("--threads", type=int, default=2)
    add("--real", type=Path, help="folder of real CT")
    add("--masks", type=Path, help="masks.csv of label maps for it")
    add("--positions", type=Path, help="positions.csv of levels by eye for it")
    add("--speed", action="store_true", help="time a scan of 512x512x450")
    add("--peer-python", type=Path, help="interpreter that has nnunetv2, to time it too")
    return parser


def _made_with(options: argparse.Namespace, sha256: str) -> dict[str, Any]:
    return {
        "weights_sha256": sha256,
        "first_seed": options.first_seed,
        "patients": options.patients,
        "device": options.device,
        "threads": options.threads,
        "machine": f"{platform.machine()}, {platform.system()}, Python "
        f"{platform.python_version()}",
        "versions": {"ctbone": __version__} | {name: version(name) for name in _PACKAGES},
    }


def _trial(locator: Locator, options: argparse.Namespace) -> dict[str, Any]:
    seeds = range(options.first_seed, options.first_seed + options.patients)
    outcomes = _outcomes(locator, seeds, options.cache)
    trial = trial_figures(outcomes)
    criteria = judge(trial["all"])
    print(trial_table(trial, criteria))
    return {
        "trial": trial,
        "criteria": criteria,
        "studies": [asdict(outcome) for outcome in outcomes],
    }


def _export(options: argparse.Namespace) -> None:
    """Write the studies as NIfTI; a masks.csv for them names series as 2.25.SEED."""
    options.export.mkdir(parents=True, exist_ok=True)
    for seed in range(options.first_seed, options.first_seed + options.patients):
        volume = rendered(seed, options.cache).volume
        # NIfTI counts left and posterior the other way.
        affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine
        nib.save(nib.Nifti1Image(volume.hu, affine), options.export / f"{seed}.nii.gz")


def _outcomes(locator: Locator, seeds: Sequence[int], cache: Path) -> list[Outcome]:
    found = []
    for number, seed in enumerate(seeds, start=1):
        found.append(try_study(locator, rendered(seed, cache)))
        if sys.stderr.isatty():
            print(f"\r{number} of {len(seeds)}", end="", file=sys.stderr)
    return found


def _real(locator: Locator, options: argparse.Namespace) -> dict[str, Any]:
    studies = try_real(
        locator,
        options.real,
        masks=options.masks,
        positions=options.positions,
        out=options.out / "pictures",
    )
    found = {"criteria": real_criteria(studies), "studies": studies}
    print(f"\nReal CT; pictures in {options.out / 'pictures'}\n{real_table(found)}")
    return found


def _speed(options: argparse.Namespace) -> dict[str, Any]:
    found = measure_speed(
        options.cache,
        weights=options.weights,
        device=options.device,
        threads=options.threads,
        peer=options.peer_python,
    )
    print(f"\n{speed_table(found)}")
    return found


if __name__ == "__main__":
    main()
