"""``ctbone screen``: a whole PACS export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from ctbone.anatomy import MeasuredLevel, VertebralLevel, require_levels
from ctbone.attempts import StageClock
from ctbone.densitometry import DomainConfig, Phase, load_calibration
from ctbone.devices import Device, resolve_device
from ctbone.errors import NothingUsable
from ctbone.estimation import (
    BmdEstimator,
    HuLine,
    is_calibrated,
    model_correction,
    model_digests,
    read_model,
)
from ctbone.ingest import (
    CATALOGUE,
    SeriesRule,
    index_export,
    require_folders,
    require_site_key,
    select_series,
    site_key,
)
from ctbone.localisation import LocatorChoice, LocatorName, open_locator
from ctbone.localisation.trust import TrustConfig, assess, assessed_levels, require_fallback
from ctbone.records import StudyRecord
from ctbone.runs import RunLog, deciding, file_digest, require_own_folder
from ctbone.screening.acquisition import calibration_of
from ctbone.screening.batch import outcomes
from ctbone.screening.ledger import Ledger
from ctbone.screening.levels import unlearnt_levels, wanted_levels
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


@dataclass(frozen=True, kw_only=True)
class ScreenConfig:
    """Screen a PACS export: one result or one rejection for every study.

    Attributes:
        export: Folder of DICOM or NIfTI files, in any layout.
        out: Folder for results.csv, vertebrae.csv, rejections.csv, pictures, ledger and run.json.
        model: Model folder of a trained head; without it, the HU line measures.
        masks: masks.csv that lists a label map for each series; without it, the shipped localiser
            finds the vertebrae.
        locator: What finds vertebrae: the shipped localiser, masks.csv or TotalSegmentator.
        calibration: YAML with the scanner's line from HU to mg/cm3, for the HU line alone.
        calibrator: Calibration phantom in the field of every scan, which then gives that scan its
            line: the name of one that ships (mindways_k2hpo4, hydroxyapatite), or a YAML file.
        internal_calibration: Reference of what tissues attenuate, by which air, fat, muscle and
            blood of the patient give each scan its line: soft_tissue, or a YAML file. Off by
            default: docs/densitometry.md says when it is better than a line, and when it is not.
        correction: Table that attenuation is corrected by, for tube potential and contrast phase:
            the name of one that ships (pompe2015_aapm2026), or a YAML file. None by default.
        assume_phase: Phase of enhanced series whose description tells none, for the correction.
        rule: YAML with the decision rule; by default acr_qct where the estimator gives mg/cm3, and
            hu_l1 where it gives HU.
        reference: Populations whose normal densities give qct_t_score and qct_z_score, for
            information alone: YAML files (docs/densitometry.md has their form), one for any sex or
            one a sex. None by default.
        levels: The levels to measure; the value of a patient is their mean. By default those that
            the model learnt from, and L1 and L2 without a model.
        fallback: The levels to measure where none of those may be; such a result is flagged.
        trust: When a vertebra is not measured; docs/trust.md says what each threshold does.
        localiser: Weights that ctbone train wrote, instead of those that ship.
        series: Which series of a study are eligible.
        domain: Which acquisitions are measured.
        site_key: File whose bytes key the pseudonyms; by default a random key is kept in
            catalogue.sqlite3.
        pictures: Whether to draw a quality-control picture of each screened study.
        device: Where networks run; auto takes a GPU when there is one.
    """

    export: Path
    out: Path
    model: Path | None = None
    masks: Path | None = None
    locator: LocatorName = "native"
    calibration: Path | None = None
    calibrator: Path | None = None
    internal_calibration: Path | None = None
    correction: Path | None = None
    assume_phase: Phase | None = None
    rule: Path | None = None
    reference: tuple[Path, ...] = ()
    levels: tuple[MeasuredLevel, ...] = ()
    fallback: tuple[MeasuredLevel, ...] = ()
    trust: TrustConfig = field(default_factory=TrustConfig)
    localiser: Path | None = None
    series: SeriesRule = field(default_factory=SeriesRule)
    domain: DomainConfig = field(default_factory=DomainConfig)
    site_key: Path | None = None
    pictures: bool = True
    device: Device = "auto"

    def __post_init__(self) -> None:
        if self.levels:
            require_levels(self.levels)
        require_fallback(wanted_levels(self.levels, self.model), self.fallback)
        ways = (self.model, self.calibration, self.calibrator, self.internal_calibration)
        if sum(map(bool, ways)) > 1:
            raise ValueError(
                "a calibration belongs to the HU line: give one of --model, --calibration, "
                "--calibrator and --internal_calibration"
            )
        if self.assume_phase and not self.correction and not self.model:
            raise ValueError("assume_phase is for a correction: give --correction with it")
        # Built once here, so that what excludes each other is said before anything runs.
        _locator_choice(self)


# No property: the command line would offer it as a subcommand.
def _locator_choice(config: ScreenConfig) -> LocatorChoice:
    return LocatorChoice(
        name=config.locator,
        masks=config.masks,
        images=config.export,
        localiser=config.localiser,
    )


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
    config = replace(config, levels=wanted_levels(config.levels, config.model))
    log = RunLog("screen", config, device=resolve_device(config.device))
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
    return Pipeline(
        select=partial(select_series, rule=config.series),
        read=suitability.read,
        locate=open_locator(_locator_choice(config), levels=(*levels, *fallback), log=log),
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
    )


def _has_scan_lines(config: ScreenConfig) -> bool:
    """Return whether each scan is given a line of its own."""
    return config.calibrator is not None or config.internal_calibration is not None


def _suitability(config: ScreenConfig, estimate: BmdEstimator, log: RunLog) -> Suitability:
    return Suitability(
        estimate=estimate,
        domain=config.domain,
        correction=open_correction(
            _correction(config), calibration=calibration_of(estimate), log=log
        ),
        assumed_phase=config.assume_phase,
        calibrator=open_calibrator(config.calibrator, log=log),
        internal=open_internal_reference(config.internal_calibration, log=log),
    )


def _correction(config: ScreenConfig) -> Path | None:
    """Return the correction that is asked for, or else that which the head was trained with."""
    if config.correction or not config.model:
        return config.correction
    return model_correction(config.model)


def _estimator(config: ScreenConfig, log: RunLog) -> BmdEstimator:
    if config.model:
        log.weights |= model_digests(config.model)
        if told := unlearnt_levels((*config.levels, *config.fallback), config.model):
            log.warnings.append(told)
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
