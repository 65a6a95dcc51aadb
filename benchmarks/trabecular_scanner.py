"""By how much a scanner alone moves the attenuation of trabecular bone in L1 and L2.

Studies as sites make them, painted whole, since what lies about a spine hardens the beam. Each is
reconstructed with neither noise nor beam hardening, with its noise alone and with its beam
hardening alone. The outline is that of the truth, on 1 mm in the vertebra's own frame, the same in
all three, so that nothing differs but the scanner. Vertebrae with any finding are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count, islice
from types import MappingProxyType
from typing import Any

import numpy as np

from benchmarks.localiser.truth import BOX, WANTED
from ctbone.densitometry import measure
from ctbone.errors import NotEvaluable
from ctbone.patches import PatchGrid, extract
from ctbone.phantom import VertebraTruth, paint, reconstruct
from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.training.studies import Study, draw_study
from ctbone.volume import CTVolume, Grid

#: Seed of the first study: far from those of the localiser's benchmark.
FIRST_SEED = 720_000_000

#: Fields that hold L1 and L2 whole.
FIELDS = ("lumbar", "abdomen_pelvis")

#: What is left on, by what is taken away from a study's scanner.
EFFECTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {"noise alone": {"beam_hardening": 0.0}, "beam hardening alone": {"noise_hu": 0.0}}
)

_QUIET: Mapping[str, Any] = MappingProxyType({"noise_hu": 0.0, "beam_hardening": 0.0})


def scanner_effects(studies: int, *, first: int = FIRST_SEED) -> dict[str, list[float]]:
    """Return what each effect adds, Hounsfield units, a value a study.

    Two vertebrae of one patient are not independent; studies are.

    Args:
        studies: How many that show a vertebra without findings; others are passed over.
        first: Seed of the first.
    """
    found = list(islice(filter(None, map(study_effects, _studies(first))), studies))
    return {name: [one[name] for one in found] for name in EFFECTS}


def study_effects(study: Study) -> dict[str, float]:
    """Return what each effect adds in one study, mean of its levels; empty where there is none."""
    scene = paint(study.patient, grid=study.grid, scan=study.scan)
    scans = {
        name: reconstruct(scene, scan=replace(study.scan, **changes), seed=study.seed)
        for name, changes in {"": _QUIET, **EFFECTS}.items()
    }
    rows = [
        row
        for truth in scans[""].vertebrae
        if truth.level in WANTED and truth.is_whole and not truth.findings
        if (row := level_effects(outlined(truth, study), {n: s.volume for n, s in scans.items()}))
    ]
    return {name: float(np.mean([row[name] for row in rows])) for name in EFFECTS if rows}


def level_effects(
    vertebra: VertebraLocalisation, volumes: Mapping[str, CTVolume]
) -> dict[str, float]:
    """Return each volume's attenuation less that of the one without a name, Hounsfield units.

    Args:
        vertebra: What is measured in all of them.
        volumes: By name.

    Returns:
        Nothing where the vertebra cannot be measured in one of them.
    """
    try:
        found = {
            name: measure(extract(volume, vertebra, grid=PatchGrid())).mean_hu
            for name, volume in volumes.items()
        }
    except NotEvaluable:
        return {}
    quiet = found.pop("")
    return {name: value - quiet for name, value in found.items()}


def outlined(truth: VertebraTruth, study: Study) -> VertebraLocalisation:
    """Return a vertebra as a locator that never errs would."""
    grid = Grid.about(truth.centroid_mm, truth.axes, shape=BOX, spacing_mm=1.0)
    labels = paint(study.patient, grid=grid, scan=study.scan).labels["bodies"]
    inside = labels.cpu().numpy().transpose(2, 1, 0) == truth.level
    body = BodyMask(inside, grid.affine)
    return VertebraLocalisation(
        truth.level, truth.centroid_mm, truth.axes, 1.0, body, is_whole=True
    )


def _studies(first: int) -> Iterator[Study]:
    return (study for study in map(draw_study, count(first)) if study.field in FIELDS)
