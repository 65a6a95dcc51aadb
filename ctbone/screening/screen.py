"""``ctbone screen``: a whole PACS export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from ctbone.anatomy import VertebralLevel
from ctbone.attempts import StageClock
from ctbone.delivery import Delivery
from ctbone.densitometry import DomainConfig, load_calibration
from ctbone.devices import resolve_device
from ctbone.errors import NothingUsable
from ctbone.estimation import (
    BmdEstimator,
    HuLine,
    is_calibrated,
    model_digests,
    read_model,
)
from ctbone.ingest import (
    CATALOGUE,
    index_export,
    require_folders,
    require_site_key,
    select_series,
    site_key,
)
from ctbone.localisation import Locator, algorithm_of, locator_choice, open_locator
from ctbone.localisation.trust import assess, assessed_levels
from ctbone.records import Flag, StudyRecord
from ctbone.runs import RunLog, deciding, file_digest, require_own_folder
from ctbone.screening.acquisition import calibration_of
from ctbone.screening.batch import outcomes
from ctbone.screening.configuration import ScreenConfig
from ctbone.screening.ledger import Ledger
from ctbone.screening.locating import masks_digest
from ctbone.screening.progress import counted, report
from ctbone.screening.references import open_references
from ctbone.screening.rule import quantity_given, rule_for
from ctbone.screening.showing import draw_into
from ctbone.screening.study import Pipeline, fingerprint
from ctbone.screening.suitability import (
    Suitability,
    open_calibrator,
    open_correction,
    open_internal_reference,
)
from ctbone.screening.taught import as_taught


def screen(config: ScreenConfig) -> None:
    """Screen every study of an export; go on where an earlier run of the same kind stopped.

    Raises:
        NothingUsable: If the export holds no study.
        ValueError: If the export is no folder or holds ``out``, or the ledger records another
            configuration.
    """
    require_folders(config.export, config.out)
    require_site_key(config.site_key)
    require_own_folder(config.out, "screen")
    config, notes = as_taught(config)
    log = RunLog("screen", config, device=resolve_device(config.device), warnings=notes)
    with log.stage("load"):
        pipeline = _pipeline(config, log)
    clock = StageClock()
    with Ledger(config.out / "ledger.sqlite3", options=_options(config, log)) as ledger:
        try:
            _screen_all(config, pipeline, ledger, clock, log)
        except KeyboardInterrupt:
            _write(log, ledger, clock, config.out, exit_code=1)
            done = log.counts["found"]
            raise KeyboardInterrupt(
                f"interrupted with {done} studies done; the same command goes on from there"
            ) from None
        _write(log, ledger, clock, config.out)
    if not log.counts["found"]:
        log.write(config.out, exit_code=3)
        raise NothingUsable("expected studies in the export, found neither DICOM nor NIfTI files")
    report(log, config.out)


def _screen_all(
    config: ScreenConfig, pipeline: Pipeline, ledger: Ledger, clock: StageClock, log: RunLog
) -> None:
    catalogue = config.out / CATALOGUE
    done = ledger.done()
    key = site_key(config.site_key, catalogue=catalogue)
    waiting = dict[str, str]()

    def new() -> Iterator[StudyRecord]:
        for study in index_export(config.export, key=key, catalogue=catalogue):
            found = fingerprint(study)
            if done.pop(study.study_uid, None) != found:
                waiting[study.study_uid] = found
                yield study

    known = len(done)
    for outcome in counted(outcomes(new(), pipeline=pipeline, clock=clock), already=known):
        ledger.append(outcome, fingerprint=waiting.pop(outcome.study_uid))
        ledger.spend(log.seconds | clock.seconds)
    if done:
        log.warnings.append(
            f"{len(done)} studies of the ledger are no longer in the export; their results stay"
        )


def _write(
    log: RunLog, ledger: Ledger, clock: StageClock, out: Path, *, exit_code: int = 0
) -> None:
    ledger.export(out)
    counts = ledger.counts()
    log.counts = {"found": counts["screened"] + counts["rejected"], **counts}
    if undelivered := ledger.flagged(Flag.DELIVERY_FAILED):
        log.counts[Flag.DELIVERY_FAILED] = undelivered
        log.warnings.append(
            f"{undelivered} studies lack something that was to be delivered: undelivered/ says why"
        )
    # Of every session: a run is what all of them did.
    ledger.spend(log.seconds | clock.seconds)
    log.seconds = ledger.seconds()
    log.write(out, exit_code=exit_code)


def _pipeline(config: ScreenConfig, log: RunLog) -> Pipeline:
    estimate = _estimator(config, log)
    suitability = _suitability(config, estimate, log)
    is_calibrated = _has_scan_lines(config)
    levels = tuple(VertebralLevel[name] for name in config.levels)
    fallback = tuple(VertebralLevel[name] for name in config.fallback)
    locate = open_locator(
        locator_choice(config, images=config.export), levels=(*levels, *fallback), log=log
    )
    return Pipeline(
        select=partial(select_series, rule=config.series),
        read=suitability.read,
        locate=locate,
        estimate=estimate,
        levels=levels,
        fallback=fallback,
        assess=partial(assess, config=config.trust, levels=assessed_levels((*levels, *fallback))),
        rule=rule_for(estimate, config.rule, is_calibrated=is_calibrated),
        references=open_references(
            config.reference,
            given=quantity_given(estimate, is_calibrated=is_calibrated),
            log=log,
        ),
        show=draw_into(config.out / "pictures") if config.pictures else None,
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
        domain=config.domain or DomainConfig(),
        correction=open_correction(
            config.correction, calibration=calibration_of(estimate), log=log
        ),
        assumed_phase=config.assume_phase,
        calibrator=open_calibrator(config.calibrator, log=log),
        internal=open_internal_reference(config.internal_calibration, log=log),
    )


def _estimator(config: ScreenConfig, log: RunLog) -> BmdEstimator:
    if config.model:
        log.weights |= model_digests(config.model)
        head = read_model(config.model, device=log.device)
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


def _options(config: ScreenConfig, log: RunLog) -> dict[str, tuple[str, str]]:
    """Return what decides a result: the configuration, and the content of what it points to."""
    pointed = ("masks", "calibration", "rule", "site_key")
    paths = {name: path for name in pointed if (path := getattr(config, name))}
    digests = {f"content of {name}": file_digest(path) for name, path in paths.items()}
    if config.model:
        # Beside the weights: what corrects their outputs decides too.
        digests["content of model.json"] = file_digest(config.model / "model.json")
    if config.masks:
        digests["label maps"] = masks_digest(config.masks, images=config.export)
    digests |= {f"weights of {name}": digest for name, digest in log.weights.items()}
    return deciding(replace(config, out=Path(), pictures=True, device="auto"), digests)
