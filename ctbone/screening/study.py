"""One study, start to finish."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import DecisionRule, decide
from ctbone.errors import LevelNotInField, NotEvaluable
from ctbone.estimation import BmdEstimator
from ctbone.ingest import first_readable
from ctbone.localisation import Locator
from ctbone.patches import extract
from ctbone.records import (
    BmdEstimate,
    Flag,
    ScreeningResult,
    SeriesRecord,
    StudyRecord,
    VertebraLocalisation,
)
from ctbone.screening.acquisition import acquisition_of
from ctbone.volume import CTVolume

Stage = Literal["select", "read", "locate", "estimate", "decide", "show"]

#: Draws the quality-control picture of a study, and says what a reader has to know of it.
Show = Callable[
    [str, CTVolume, Sequence[VertebraLocalisation], Sequence[BmdEstimate]], tuple[Flag, ...]
]


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """The steps that a study goes through, in order.

    Attributes:
        select: Choose the series; asked again, for what else there is, where it cannot be read.
        read: Read its voxels.
        locate: Find the vertebrae.
        estimate: Measure one vertebra.
        levels: The levels to measure.
        rule: How measurements become a category.
        show: Draw the result, by StudyInstanceUID; ``None`` for no picture.
        suits: Say what a reader has to know of measuring such a series so.
    """

    select: Callable[[StudyRecord], SeriesRecord]
    read: Callable[[SeriesRecord], CTVolume]
    locate: Locator
    estimate: BmdEstimator
    levels: tuple[VertebralLevel, ...]
    rule: DecisionRule
    show: Show | None = None
    suits: Callable[[SeriesRecord], tuple[Flag, ...]] = lambda _: ()


def screen_study(
    study: StudyRecord, *, pipeline: Pipeline, enter: Callable[[Stage], None] = lambda _: None
) -> ScreeningResult:
    """Screen one study.

    Args:
        study: The study.
        pipeline: The steps.
        enter: Told the name of each stage as it begins.

    Raises:
        CtboneError: If the study cannot be screened; the subclass names the reason.
    """
    began = time.perf_counter()
    series, volume = first_readable(study, select=pipeline.select, read=pipeline.read, enter=enter)
    enter("locate")
    vertebrae = pipeline.locate(volume)
    wanted = _whole(vertebrae, pipeline.levels)
    enter("estimate")
    estimates = _estimates(volume, wanted, pipeline.estimate)
    enter("decide")
    decision = decide(estimates, rule=pipeline.rule)
    shown: tuple[Flag, ...] = ()
    if pipeline.show:
        enter("show")
        shown = pipeline.show(study.study_uid, volume, vertebrae, estimates)
    known = (*_patient_flags(study), *series.flags, *volume.flags, *pipeline.suits(series))
    flags = (*known, *decision.flags, *shown)
    return ScreeningResult(
        study_uid=study.study_uid,
        patient_id=study.patient_id,
        series_uid=series.series_uid,
        vertebrae=vertebrae,
        estimates=estimates,
        decision=decision,
        flags=tuple(dict.fromkeys(flags)),
        model=pipeline.estimate.name,
        seconds=time.perf_counter() - began,
        acquisition=acquisition_of(series),
    )


def fingerprint(study: StudyRecord) -> str:
    """Return a digest of what a study consists of: its slices, their order, and its faults.

    Studies that a transfer completed, or that lost a file, have another one.
    """
    slices = [
        (item.sop_instance_uid, item.frame, item.position_mm, item.pixel_length)
        for series in study.series
        for item in series.slices
    ]
    faults = [(fault.reason, fault.detail) for fault in study.faults]
    return hashlib.sha256(repr((sorted(map(repr, slices)), sorted(faults))).encode()).hexdigest()


def _whole(
    vertebrae: Sequence[VertebraLocalisation], levels: Sequence[VertebralLevel]
) -> list[VertebraLocalisation]:
    wanted = [v for v in vertebrae if v.level in levels and v.is_whole]
    if not wanted:
        names = " or ".join(level.name for level in levels)
        found = ", ".join(v.level.name + ("" if v.is_whole else " (cut)") for v in vertebrae)
        raise LevelNotInField(f"expected {names} whole in the field of view, found {found}")
    return wanted


def _estimates(
    volume: CTVolume, vertebrae: Sequence[VertebraLocalisation], estimate: BmdEstimator
) -> tuple[BmdEstimate, ...]:
    """Measure each level; one that cannot be measured leaves the patient to the others."""
    found, refused = [], []
    for vertebra in vertebrae:
        try:
            found.append(estimate(extract(volume, vertebra, grid=estimate.grid)))
        except NotEvaluable as fault:
            refused.append(f"{vertebra.level.name}: {fault}")
    if not found:
        raise NotEvaluable("; ".join(refused))
    return tuple(found)


def _patient_flags(study: StudyRecord) -> list[Flag]:
    noticed = {
        Flag.AGE_UNKNOWN: study.age_years is None,
        Flag.SEX_UNKNOWN: study.sex is None,
        Flag.UNREADABLE_FILES_IN_STUDY: bool(study.faults),
    }
    return [flag for flag, holds in noticed.items() if holds]
