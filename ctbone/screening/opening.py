"""The pipeline that a run asks for, made ready in whichever process screens."""

from __future__ import annotations

import time
from functools import partial

from ctbone.anatomy import to_levels
from ctbone.delivery import Delivery
from ctbone.densitometry import Acceptance, DomainConfig, load_calibration
from ctbone.devices import resolve_device
from ctbone.estimation import (
    BmdEstimator,
    HuLine,
    is_calibrated,
    model_digests,
    read_model,
)
from ctbone.ingest import read_volume, select_series
from ctbone.localisation import (
    Locator,
    algorithm_of,
    locate_reviewed,
    locator_choice,
    open_locator,
    open_review,
    require_accepted,
)
from ctbone.localisation.trust import assess, assessed_levels
from ctbone.rules import DecisionRule
from ctbone.runs import RunLog, file_digest
from ctbone.screening.acquisition import calibration_of
from ctbone.screening.configuration import ScreenConfig
from ctbone.screening.engine import Opened, Opening
from ctbone.screening.references import open_references
from ctbone.screening.refusing import Refusing
from ctbone.screening.rule import quantity_given, rule_for
from ctbone.screening.showing import Pictures
from ctbone.screening.study import Pipeline
from ctbone.screening.suitability import (
    Suitability,
    open_calibrator,
    open_correction,
    open_internal_reference,
)


def open_pipeline(config: ScreenConfig, *, locate: Locator | None = None) -> Opened:
    """Make the pipeline of a run, and say what it is made of.

    Args:
        config: What the run is asked, settled by what its head was taught under.
        locate: What finds vertebrae, where that is not to be opened as the run asks.

    Raises:
        ValueError: If the run cannot be done as it is asked for.
        WeightsMismatch: If weights on disk are not those of their card.
    """
    began = time.perf_counter()
    log = RunLog("screen", config, device=resolve_device(config.device))
    levels = to_levels((*config.levels, *config.fallback))
    if locate is None:
        choice = locator_choice(config, images=config.export)
        locate = open_locator(choice, levels=levels, log=log)
    pipeline = _pipeline(config, locate, log)
    opening = Opening(
        weights=log.weights,
        warnings=tuple(log.warnings),
        device=log.device,
        seconds=time.perf_counter() - began,
        rule=_classing(config, pipeline),
        refuse=Refusing(show=pipeline.show, deliver=pipeline.deliver),
    )
    return Opened(pipeline, opening)


def _classing(config: ScreenConfig, pipeline: Pipeline) -> DecisionRule | None:
    """Return the rule, unless what estimates gives categories of its own."""
    given = quantity_given(pipeline.estimate, is_calibrated=_has_scan_lines(config))
    return pipeline.rule if pipeline.rule.quantity == given else None


def _pipeline(config: ScreenConfig, locate: Locator, log: RunLog) -> Pipeline:
    estimate = _estimator(config, log)
    suitability = _suitability(config, estimate, log)
    is_calibrated = _has_scan_lines(config)
    levels = to_levels(config.levels)
    fallback = to_levels(config.fallback)
    verdicts = open_review(config.review)
    return Pipeline(
        select=partial(select_series, rule=config.series),
        require=suitability.require,
        read=read_volume,
        locate=locate,
        estimate=estimate,
        levels=levels,
        fallback=fallback,
        admit=partial(require_accepted, verdicts=verdicts),
        review=partial(locate_reviewed, verdicts=verdicts),
        assess=partial(assess, config=config.trust, levels=assessed_levels((*levels, *fallback))),
        rule=rule_for(estimate, config.rule, is_calibrated=is_calibrated),
        references=open_references(
            config.reference,
            given=quantity_given(estimate, is_calibrated=is_calibrated),
            log=log,
        ),
        show=Pictures(
            folder=config.out / "pictures",
            levels=levels,
            is_drawing=config.pictures,
        ),
        suits=suitability.flags,
        correct=suitability.correct,
        calibrate=suitability.calibrate if is_calibrated else None,
        deliver=_delivery(config, locate, log),
    )


def _delivery(config: ScreenConfig, locate: Locator, log: RunLog) -> Delivery | None:
    if not config.deliver:
        return None
    if config.deliver_patient == "source" and set(config.deliver) - {"fhir"}:
        log.warnings.append("dicom/ names the patients of the images: guard it like those")
    pointed = {"calibration": config.calibration, "rule": config.rule}
    digests = {name: file_digest(path) for name, path in pointed.items() if path}
    return Delivery(
        out=config.out,
        wanted=config.deliver,
        patient=config.deliver_patient,
        of_rejected=config.deliver_rejected,
        locator=algorithm_of(locate, sha256=log.weights.get("localiser", "")),
        digests=log.weights | digests,
        pictures=config.out / "pictures" if config.pictures else None,
    )


def _has_scan_lines(config: ScreenConfig) -> bool:
    """Return whether each scan is given a line of its own."""
    return config.calibrator is not None or config.internal_calibration is not None


def _suitability(config: ScreenConfig, estimate: BmdEstimator, log: RunLog) -> Suitability:
    return Suitability(
        estimate=estimate,
        accepts=Acceptance(
            domain=config.domain or DomainConfig(),
            correction=open_correction(
                config.correction, calibration=calibration_of(estimate), log=log
            ),
            assumed_phase=config.assume_phase,
        ),
        calibrator=open_calibrator(config.calibrator, log=log),
        internal=open_internal_reference(config.internal_calibration, log=log),
    )


def _estimator(config: ScreenConfig, log: RunLog) -> BmdEstimator:
    if config.model:
        log.weights |= model_digests(config.model)
        head = read_model(config.model, device=log.device, runtime=config.runtime)
        if not is_calibrated(head.head.task, head.calibration):
            note = head.calibration.note or "no held-out patients stand behind it"
            log.warnings.append(f"the uncertainty of this model is not calibrated: {note}")
        return head
    if config.calibration:
        line = load_calibration(config.calibration)
        if why := line.without_interval:
            log.warnings.append(f"densities by this calibration carry no interval: {why}")
        return HuLine(line)
    if _has_scan_lines(config):
        return HuLine()
    log.warnings.append(
        "no --model and no --calibration: the HU line measures trabecular attenuation, and the "
        "category is that of an HU rule, uncalibrated"
    )
    return HuLine()
