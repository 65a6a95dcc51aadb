"""What a locator does with one simulated study, beside what is true of it (``records``)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.localiser.records import Call, Chain, Outcome, Target
from benchmarks.localiser.truth import WANTED, Rendered, Truth
from ctbone.anatomy import VertebralLevel
from ctbone.attempts import Failure, guard
from ctbone.densitometry import measure
from ctbone.errors import NotEvaluable
from ctbone.localisation import Locator
from ctbone.localisation.trust import assess, assessed_levels, choose
from ctbone.patches import PatchGrid, extract
from ctbone.records import BodyMask, VertebraLocalisation
from ctbone.resampling import sample_onto
from ctbone.volume import CTVolume, Grid

#: Findings that forbid a measurement; a fracture counts from grade 1, a fifth of the height, on.
FORBIDDING = (
    "fracture", "cement", "pedicle_screws", "cage", "disc_prosthesis", "haemangioma",
    "lytic_metastasis", "sclerotic_metastasis", "endplate_sclerosis",
)  # fmt: skip

#: Half the distance between neighbours, millimetres: beyond it lies another vertebra.
NEAR_MM = 15.0


def try_study(locate: Locator, study: Rendered) -> Outcome:
    """Locate the vertebrae of a study and compare them with the truth."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = guard(lambda: assessed(locate, study.volume))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    refused = isinstance(answer, Failure)
    found = () if isinstance(answer, Failure) else answer
    ending, detail = end_of(answer)
    return Outcome(
        seed=study.seed,
        facts=dict(study.facts),
        landmark=_has_landmark(study),
        ending=ending,
        detail=detail,
        chain="refused" if refused else _chain(found, study.truths),
        targets=tuple(
            _target(truth, found, ending)
            for truth in study.truths
            if truth.level in WANTED and truth.is_whole
        ),
        calls=tuple(_call(v, study) for v in found if v.level in WANTED and is_evaluable(v)),
        wall_s=wall,
        cpu_s=cpu,
    )


def assessed(locate: Locator, volume: CTVolume) -> tuple[VertebraLocalisation, ...]:
    """Locate and assess as the commands do."""
    return assess(volume, locate(volume), levels=assessed_levels(WANTED))


def end_of(answer: tuple[VertebraLocalisation, ...] | Failure) -> tuple[str, str]:
    """Return how a study ends, located or with a reason, and what is said of it."""
    end = answer if isinstance(answer, Failure) else guard(lambda: choose(answer, levels=WANTED))
    return (str(end.reason), end.detail) if isinstance(end, Failure) else ("located", "")


def is_evaluable(vertebra: VertebraLocalisation) -> bool:
    """Say whether a locator lets a vertebra be measured."""
    return vertebra.is_whole and vertebra.reason is None


def body_dice(found: BodyMask, truth: BodyMask) -> float:
    """Return the overlap of two bodies on the voxels of the second, which holds a margin."""
    share = sample_onto(
        found.inside, found.affine, Grid(truth.inside.shape, truth.affine), outside=0.0
    )
    inside = share >= 0.5
    both = inside & truth.inside
    return float(2.0 * both.sum() / max(inside.sum() + truth.inside.sum(), 1))


def _has_landmark(study: Rendered) -> bool:
    """Say whether what vouches for a level is in view: the last ribs' vertebra or S1."""
    levels = {truth.level for truth in study.truths}
    ribbed = (VertebralLevel.T12, VertebralLevel.T13)
    return VertebralLevel.S1 in levels or any(level in levels for level in ribbed)


def _nearest(
    vertebra: VertebraLocalisation, truths: Sequence[Truth]
) -> tuple[Truth | None, float]:
    """Return the true vertebra next to one that was found, if any, and how far off it is."""
    if not truths:
        return None, float("inf")
    away = [
        float(np.linalg.norm(np.subtract(vertebra.centroid_mm, t.centroid_mm))) for t in truths
    ]
    best = int(np.argmin(away))
    return (truths[best] if away[best] < NEAR_MM else None), away[best]


def _chain(found: Sequence[VertebraLocalisation], truths: Sequence[Truth]) -> Chain:
    matched = [_nearest(v, truths)[0] for v in found]
    # A vertebra that the field cuts may be given although its centre lies outside.
    inner = matched[1:-1] if len(matched) > 2 else matched
    if any(truth is None for truth in inner):
        return "misfound"
    order = [truths.index(truth) for truth in matched if truth is not None]
    if order != list(range(order[0], order[0] + len(order))) if order else True:
        return "misfound"
    pairs = zip(found, matched, strict=True)
    is_right = all(truth is None or truth.level is v.level for v, truth in pairs)
    return "right" if is_right else "misnamed"


def _target(truth: Truth, found: Sequence[VertebraLocalisation], ending: str) -> Target:
    named = [v for v in found if v.level is truth.level]
    if ending == "located":
        ending = _ending_of(named[0]) if named else "not_found"
    return Target(
        level=truth.level.name,
        forbidden=_forbidden(truth),
        found=any(_nearest(v, [truth])[0] is truth for v in found),
        ending=ending,
    )


def _ending_of(vertebra: VertebraLocalisation) -> str:
    if vertebra.reason is not None:
        return str(vertebra.reason)
    return "measured" if vertebra.is_whole else "called_cut_off"


def _forbidden(truth: Truth) -> tuple[str, ...]:
    return tuple(f for f in truth.findings if any(word in f for word in FORBIDDING))


def _call(vertebra: VertebraLocalisation, study: Rendered) -> Call:
    truth, away = _nearest(vertebra, study.truths)
    plain = Call(
        level=vertebra.level.name,
        actual="" if truth is None else truth.level.name,
        whole=truth is not None and truth.is_whole,
        confidence=round(vertebra.confidence, 4),
        forbidden=() if truth is None else _forbidden(truth),
    )
    if truth is None or truth.body is None or not plain.is_right:
        return plain
    dice = 0.0 if vertebra.body is None else body_dice(vertebra.body, truth.body)
    known = replace(
        vertebra, centroid_mm=truth.centroid_mm, axes=np.asarray(truth.axes), body=truth.body
    )
    scanned = attenuation(study.volume, vertebra)
    quiet = None if study.quiet is None else attenuation(study.quiet, vertebra)
    region = None if study.quiet is None else attenuation(study.quiet, known)
    return replace(
        plain,
        error_mm=away,
        dice=dice,
        heights_error_mm=_heights_error(vertebra, truth),
        hu_error=_less(scanned, truth.trabecular_hu),
        quiet_hu_error=_less(quiet, truth.trabecular_hu),
        region_hu_error=_less(quiet, region),
    )


def _heights_error(
    vertebra: VertebraLocalisation, truth: Truth
) -> tuple[float, float, float] | None:
    if (found := vertebra.morphometry) is None:
        return None
    given = (found.height_anterior_mm, found.height_middle_mm, found.height_posterior_mm)
    front, middle, back = np.subtract(given, truth.heights_mm)
    return float(front), float(middle), float(back)


def attenuation(volume: CTVolume, vertebra: VertebraLocalisation) -> float | None:
    """Measure the trabecular region; ``None`` where it is refused."""
    try:
        return measure(extract(volume, vertebra, grid=PatchGrid())).mean_hu
    except NotEvaluable:
        return None


def _less(found: float | None, truth: float | None) -> float | None:
    return None if found is None or truth is None else found - truth
