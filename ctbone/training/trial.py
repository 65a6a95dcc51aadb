"""What a localiser does with simulated patients that it has never seen, scanned as studies are.

Anatomy, fields of view and slices are those of practice rather than those of training: variants of
the spine at the phantom's own rates, chest, abdomen or lumbar spine, slices of 1 to 5 mm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.errors import LocalisationError
from ctbone.localisation import Locator
from ctbone.phantom import PatientConfig, Rendering, ScanConfig, render, sample_patient
from ctbone.records import VertebraLocalisation
from ctbone.resampling import sample_onto
from ctbone.volume import Grid, to_patient

#: Lowest and highest slice of each region, millimetres above the centre of L1: the outermost
#: places at which either end can lie.
_REGIONS: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "chest": ((-90.0, -20.0), (250.0, 330.0)),
    "abdomen": ((-260.0, -120.0), (60.0, 160.0)),
    "chest_abdomen": ((-280.0, -160.0), (220.0, 330.0)),
    "lumbar": ((-190.0, -130.0), (50.0, 110.0)),
}

#: Levels that are asked for.
_WANTED = (VertebralLevel.L1, VertebralLevel.L2)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one simulated study.

    Attributes:
        region: What was scanned.
        variant: How the spine is numbered.
        visible: How many of L1 and L2 lie whole in the field.
        reason: Why it was refused; empty if it was not.
        right: How many of the wanted levels given lie on the vertebra of that name.
        wrong: How many lie on another.
        errors_mm: Distance of each right one from the true centre.
        dices: Dice of each right one's body with the true body.
    """

    region: str
    variant: str
    visible: int
    reason: str
    right: int = 0
    wrong: int = 0
    errors_mm: tuple[float, ...] = ()
    dices: tuple[float, ...] = ()


def try_localiser(locate: Locator, *, seeds: Sequence[int]) -> list[Outcome]:
    """Locate L1 and L2 in one simulated study for each seed."""
    return [_try(locate, seed) for seed in seeds]


def summarise(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Return the figures of a trial, by name, ready for a card."""
    named = [o for o in outcomes if not o.reason]
    visible = [o for o in outcomes if o.visible]
    errors = [e for o in outcomes for e in o.errors_mm]
    dices = [d for o in outcomes for d in o.dices]
    return {
        "studies": len(outcomes),
        "studies_with_l1_or_l2": len(visible),
        "studies_named": len(named),
        "studies_named_with_l1_or_l2": sum(not o.reason for o in visible),
        "levels_right": sum(o.right for o in outcomes),
        "levels_wrong": sum(o.wrong for o in outcomes),
        "studies_with_a_wrong_level": sum(o.wrong > 0 for o in outcomes),
        "refusals": dict(Counter(o.reason for o in outcomes if o.reason)),
        "refusals_of_visible": dict(Counter(o.reason for o in visible if o.reason)),
        "variants_named": dict(Counter(o.variant for o in named)),
        "centre_error_mm": _quantiles(errors),
        "body_dice": _quantiles(dices),
    }


def _try(locate: Locator, seed: int) -> Outcome:
    rng = np.random.default_rng((seed, 23))
    patient = sample_patient(PatientConfig(), seed=seed)
    region = str(rng.choice(list(_REGIONS)))
    grid, scan = _draw_study(region, rng)
    scanned = render(patient, grid=grid, scan=scan, seed=seed)
    truth = {v.level: v for v in scanned.vertebrae if v.is_whole}
    visible = sum(level in truth for level in _WANTED)
    study = Outcome(region=region, variant=patient.variant, visible=visible, reason="")
    try:
        found = locate(scanned.volume)
    except LocalisationError as fault:
        return replace(study, reason=str(fault.reason))
    given = [v for v in found if v.level in _WANTED and v.is_whole]
    errors = [_error(v, scanned) for v in given]
    # Half the distance between neighbours: beyond it lies another vertebra.
    hits = [error < 15.0 for error in errors]
    return replace(
        study,
        right=sum(hits),
        wrong=len(hits) - sum(hits),
        errors_mm=tuple(e for e, hit in zip(errors, hits, strict=True) if hit),
        dices=tuple(_dice(v, scanned) for v, hit in zip(given, hits, strict=True) if hit),
    )


def _draw_study(region: str, rng: np.random.Generator) -> tuple[Grid, ScanConfig]:
    low, high = (float(rng.uniform(*ends)) for ends in _REGIONS[region])
    slice_mm = float(rng.choice([1.0, 1.5, 2.0, 3.0, 5.0]))
    width = float(rng.uniform(130.0, 200.0) if region == "lumbar" else rng.uniform(320.0, 420.0))
    pixel_mm = max(width / 220.0, 1.2)
    sides = (round(width / pixel_mm), round(min(width, 320.0) / pixel_mm))
    shape = (*sides, max(round((high - low) / slice_mm), 12))
    affine = np.diag([pixel_mm, pixel_mm, slice_mm, 1.0])
    # The spine lies behind the middle of a wide field and in the middle of a narrow one.
    middle = (0.0, 0.0 if region == "lumbar" else -45.0)
    affine[:2, 3] = [c - 0.5 * n * pixel_mm for c, n in zip(middle, sides, strict=True)]
    affine[2, 3] = low
    scan = ScanConfig(
        phase=rng.choice(["none", "arterial", "portal"]),
        kernel=rng.choice(["smooth", "standard", "sharp"]),
        noise_hu=float(rng.uniform(8.0, 30.0)),
    )
    return Grid(shape, affine), scan


def _error(vertebra: VertebraLocalisation, scanned: Rendering) -> float:
    """Return the distance to the true centre of that level, infinite where it does not exist."""
    for truth in scanned.vertebrae:
        if truth.level is vertebra.level:
            offset = np.subtract(vertebra.centroid_mm, truth.centroid_mm)
            return float(np.linalg.norm(offset))
    return float("inf")


def _dice(vertebra: VertebraLocalisation, scanned: Rendering) -> float:
    """Return the overlap of a body with the true one, on the voxels of the scan."""
    if vertebra.body is None:
        return 0.0
    truth = scanned.bodies == vertebra.level
    voxels = np.argwhere(truth)
    low = np.maximum(voxels.min(axis=0) - 12, 0)
    high = np.minimum(voxels.max(axis=0) + 13, truth.shape)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    affine = scanned.volume.affine.copy()
    affine[:3, 3] = to_patient(affine, low[None].astype(float))[0]
    body = vertebra.body
    share = sample_onto(body.inside, body.affine, Grid(truth[box].shape, affine), outside=0.0)
    both = (share >= 0.5) & truth[box]
    return float(2.0 * both.sum() / max((share >= 0.5).sum() + truth[box].sum(), 1))


def _quantiles(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return {"p5": round(low, 3), "median": round(middle, 3), "p95": round(high, 3)}
