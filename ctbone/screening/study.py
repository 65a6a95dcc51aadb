"""One study, start to finish."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ctbone.anatomy import VertebralLevel
from ctbone.delivery import Deliver
from ctbone.densitometry import DecisionRule, ReferencePopulation, decide, qct_scores
from ctbone.errors import NotEvaluable
from ctbone.estimation import BmdEstimator
from ctbone.ingest import first_readable
from ctbone.localisation import Locator
from ctbone.localisation.trust import Choice, choose, doubted_by, missing_levels
from ctbone.patches import VertebraPatch, extract
from ctbone.records import (
    BmdEstimate,
    Decision,
    Flag,
    QctScores,
    ScanLine,
    ScreeningResult,
    SeriesRecord,
    StudyRecord,
    VertebraLocalisation,
)
from ctbone.screening.acquisition import acquisition_of
from ctbone.screening.showing import Show
from ctbone.volume import CTVolume

Stage = Literal["select", "read", "locate", "estimate", "decide", "show", "deliver"]

#: Says which of the located vertebrae must not be measured, and why.
Assess = Callable[[CTVolume, Sequence[VertebraLocalisation]], tuple[VertebraLocalisation, ...]]

#: Refuses a study, by its StudyInstanceUID, that a person who saw it rejected.
Admit = Callable[[str], None]

#: Finds the vertebrae of a study, by its StudyInstanceUID, as a person who saw it names them.
Review = Callable[[str, CTVolume, Locator], tuple[VertebraLocalisation, ...]]

#: The series of a study that was read, and what was read.
Scan = tuple[SeriesRecord, CTVolume]

#: Returns a patch with corrected attenuation.
Correct = Callable[[VertebraPatch], VertebraPatch]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """An estimator with the line of one scan.

    Attributes:
        estimate: It.
        line: The line, for the record.
        flags: What a reader has to know of it.
    """

    estimate: BmdEstimator
    line: ScanLine | None = None
    flags: tuple[Flag, ...] = ()


#: Gives a scan a line of its own, by what it shows, its vertebrae included.
Calibrate = Callable[[SeriesRecord, CTVolume, Sequence[VertebraLocalisation]], Calibrated]


def _as_it_is(patch: VertebraPatch) -> VertebraPatch:
    return patch


def _unreviewed(_uid: str, volume: CTVolume, locate: Locator) -> tuple[VertebraLocalisation, ...]:
    return locate(volume)


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """The steps that a study goes through, in order.

    Attributes:
        select: Choose the series; asked again, for what else there is, where it cannot be read.
        read: Read its voxels.
        require: Refuse a series that must not be measured, before it is read.
        locate: Find the vertebrae.
        estimate: Measure the chosen vertebrae.
        levels: The levels to measure.
        fallback: The levels to measure where none of those may be.
        admit: Refuse a study that a person rejected, once its series is chosen and before that is
            read; by default nobody did.
        review: Have them found, and apply what a person said of the study; by default nobody did.
        assess: Say which vertebrae must not be measured; by default what the locator says stands.
        rule: How measurements become a category.
        show: Draw how a study ended; ``None`` for no picture.
        correct: What is done to the patches of a series before they are measured.
        calibrate: Give a scan a line of its own; ``None`` where all scans share one, or need none.
        suits: Say what a reader has to know of measuring such a series so.
        references: Populations that densities are compared with, beside the decision.
        deliver: Write outcomes as other systems read them; ``None`` for nothing.
    """

    select: Callable[[StudyRecord], SeriesRecord]
    read: Callable[[SeriesRecord], CTVolume]
    locate: Locator
    estimate: BmdEstimator
    levels: tuple[VertebralLevel, ...]
    rule: DecisionRule
    show: Show | None = None
    suits: Callable[[SeriesRecord], tuple[Flag, ...]] = lambda _: ()
    correct: Callable[[SeriesRecord], Correct] = lambda _: _as_it_is
    calibrate: Calibrate | None = None
    fallback: tuple[VertebralLevel, ...] = ()
    admit: Admit = lambda _: None
    review: Review = _unreviewed
    assess: Assess = lambda _, vertebrae: tuple(vertebrae)
    references: tuple[ReferencePopulation, ...] = ()
    deliver: Deliver | None = None
    require: Callable[[SeriesRecord], None] = lambda _: None


def open_study(
    study: StudyRecord, *, pipeline: Pipeline, enter: Callable[[Stage], None] = lambda _: None
) -> Scan:
    """Choose the series of a study and read it: the part of the work that can be done ahead.

    Raises:
        IngestError: If no series can be read.
        NotEvaluable: If a person rejected the study.
    """

    def select(study: StudyRecord) -> SeriesRecord:
        # Chosen before it is refused: how a study was acquired is known of rejected ones too.
        series = pipeline.select(study)
        pipeline.admit(study.study_uid)
        return series

    def read(series: SeriesRecord) -> CTVolume:
        pipeline.require(series)
        return pipeline.read(series)

    return first_readable(study, select=select, read=read, enter=enter)


def screen_scan(
    study: StudyRecord,
    scan: Scan,
    *,
    pipeline: Pipeline,
    enter: Callable[[Stage], None] = lambda _: None,
) -> ScreeningResult:
    """Screen what was read of a study; ``seconds`` is what that took, reading apart.

    Raises:
        CtboneError: If it cannot be screened; the subclass names the reason.
    """
    began = time.perf_counter()
    series, volume = scan
    enter("locate")
    located = pipeline.review(study.study_uid, volume, pipeline.locate)
    vertebrae = pipeline.assess(volume, located)
    choose(vertebrae, levels=pipeline.levels, fallback=pipeline.fallback)
    enter("estimate")
    pipeline, calibrated = _calibrated(pipeline, series, volume, vertebrae)
    vertebrae, estimates, chosen = _measure(volume, vertebrae, pipeline, pipeline.correct(series))
    enter("decide")
    decision = decide(estimates, rule=pipeline.rule)
    shown: tuple[Flag, ...] = ()
    if pipeline.show is not None:
        enter("show")
        shown = pipeline.show(study.study_uid, volume, vertebrae, estimates)
    known = (*_patient_flags(study), *series.flags, *volume.flags, *pipeline.suits(series))
    known = (*known, *_review_flags(located))
    result = ScreeningResult(
        study_uid=study.study_uid,
        patient_id=study.patient_id,
        series_uid=series.series_uid,
        vertebrae=vertebrae,
        estimates=estimates,
        decision=decision,
        flags=tuple(dict.fromkeys((*known, *calibrated.flags, *decision.flags, *chosen, *shown))),
        model=pipeline.estimate.name,
        seconds=time.perf_counter() - began,
        acquisition=acquisition_of(series, study),
        missing=missing_levels(vertebrae, pipeline.levels),
        qct=_scores(study, decision, estimates, pipeline),
        line=calibrated.line,
    )
    if pipeline.deliver is None:
        return result
    enter("deliver")
    flags = (*result.flags, *pipeline.deliver(study, series, volume, result))
    return replace(result, flags=flags, seconds=time.perf_counter() - began)


def _calibrated(
    pipeline: Pipeline,
    series: SeriesRecord,
    volume: CTVolume,
    vertebrae: Sequence[VertebraLocalisation],
) -> tuple[Pipeline, Calibrated]:
    """Return the pipeline with what measures this scan, and how that was calibrated."""
    if pipeline.calibrate is None:
        return pipeline, Calibrated(estimate=pipeline.estimate)
    calibrated = pipeline.calibrate(series, volume, vertebrae)
    return replace(pipeline, estimate=calibrated.estimate), calibrated


def _measure(
    volume: CTVolume,
    vertebrae: tuple[VertebraLocalisation, ...],
    pipeline: Pipeline,
    correct: Correct,
) -> tuple[tuple[VertebraLocalisation, ...], tuple[BmdEstimate, ...], tuple[Flag, ...]]:
    """Measure the chosen levels; one that cannot be measured leaves the patient to the others.

    Returns:
        The vertebrae with what measuring found against them, the estimates, and what a reader has
        to know of the choice.

    Raises:
        LocalisationError: If none can be measured.
    """
    patches: dict[VertebralLevel, VertebraPatch] = {}
    while True:
        choice = choose(vertebrae, levels=pipeline.levels, fallback=pipeline.fallback)
        chosen = [v.level for v in choice.vertebrae]
        for vertebra in choice.vertebrae:
            if vertebra.level not in patches:
                patch = extract(volume, vertebra, grid=pipeline.estimate.grid)
                patches[vertebra.level] = correct(patch)
        try:
            estimates = pipeline.estimate(tuple(patches[level] for level in chosen))
        except NotEvaluable as fault:
            # A fault that names none of them speaks of all.
            for level in [one for one in chosen if one == fault.level] or chosen:
                vertebrae = doubted_by(vertebrae, level, fault)
        else:
            return choice.among(vertebrae), estimates, _flags(choice)


def _scores(
    study: StudyRecord, decision: Decision, estimates: Sequence[BmdEstimate], pipeline: Pipeline
) -> QctScores:
    return qct_scores(
        decision.bmd_mg_cm3,
        levels=[estimate.level for estimate in estimates],
        age_years=study.age_years,
        sex=study.sex,
        references=pipeline.references,
    )


def _flags(choice: Choice) -> tuple[Flag, ...]:
    return (*choice.flags, *(flag for v in choice.vertebrae for flag in v.flags))


def _review_flags(located: Sequence[VertebraLocalisation]) -> tuple[Flag, ...]:
    """Return what a reader has to know of a study in which a person named any vertebra."""
    flag = Flag.RELABELLED_IN_REVIEW
    return (flag,) if any(flag in vertebra.flags for vertebra in located) else ()


def _patient_flags(study: StudyRecord) -> list[Flag]:
    noticed = {
        Flag.AGE_UNKNOWN: study.age_years is None,
        Flag.SEX_UNKNOWN: study.sex is None,
        Flag.UNREADABLE_FILES_IN_STUDY: bool(study.faults),
    }
    return [flag for flag, holds in noticed.items() if holds]
