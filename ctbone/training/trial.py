"""What a localiser does with simulated patients that it has never seen, scanned as studies are.

Anatomy, fields of view and slices are those of practice (``studies``), not those of training.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ctbone.anatomy import VertebralLevel
from ctbone.errors import LocalisationError
from ctbone.localisation import Locator
from ctbone.localisation.trust import assess, choose
from ctbone.phantom import Rendering, render
from ctbone.records import VertebraLocalisation
from ctbone.resampling import sample_onto
from ctbone.training.studies import draw_study
from ctbone.volume import Grid, to_patient

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
    drawn = draw_study(seed)
    scanned = render(drawn.patient, grid=drawn.grid, scan=drawn.scan, seed=seed)
    truth = {v.level: v for v in scanned.vertebrae if v.is_whole}
    visible = sum(level in truth for level in _WANTED)
    variant = drawn.patient.variant
    study = Outcome(region=drawn.field, variant=variant, visible=visible, reason="")
    try:
        given = choose(assess(scanned.volume, locate(scanned.volume)), levels=_WANTED).vertebrae
    except LocalisationError as fault:
        return replace(study, reason=str(fault.reason))
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
