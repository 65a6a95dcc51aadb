"""``ctbone screen``: a whole PACS export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table

from ctbone.anatomy import VertebralLevel
from ctbone.attempts import Failure, StageClock, guard
from ctbone.densitometry import DecisionRule, load_calibration, load_rule, shipped_rule
from ctbone.errors import NothingUsable
from ctbone.estimation import BmdEstimator, HuLine, NetworkEstimator, model_weights, read_model
from ctbone.ingest import CATALOGUE, SeriesRule, index_export, read_volume, select_series, site_key
from ctbone.localisation import Locator, MaskLocator, picture, shipped_locator
from ctbone.records import BmdEstimate, Flag, VertebraLocalisation
from ctbone.runs import RunLog, config_digest, file_digest
from ctbone.screening.batch import outcomes
from ctbone.screening.ledger import Ledger
from ctbone.screening.progress import counted
from ctbone.screening.study import Pipeline, Show
from ctbone.volume import CTVolume

Level = Literal["T12", "L1", "L2", "L3", "L4"]


@dataclass(frozen=True, kw_only=True)
class ScreenConfig:
    """Screen a PACS export: one result or one rejection for every study.

    Attributes:
        export: Folder of DICOM or NIfTI files, in any layout.
        out: Folder for results.csv, vertebrae.csv, rejections.csv, pictures, ledger and run.json.
        model: Model folder of a trained head; without it, the HU line measures.
        masks: masks.csv that lists a label map for each series; without it, the shipped localiser
            finds the vertebrae.
        calibration: YAML with the scanner's line from HU to mg/cm3, for the HU line alone.
        rule: YAML with the decision rule; by default acr_qct where the estimator gives mg/cm3, and
            hu_l1 where it gives HU.
        levels: The levels to measure; the value of a patient is their mean.
        series: Which series of a study are eligible.
        site_key: File whose bytes key the pseudonyms; by default a random key is kept in
            catalogue.sqlite3.
        pictures: Whether to draw a quality-control picture of each screened study.
        device: Where networks run; auto takes a GPU when there is one.
    """

    export: Path
    out: Path
    model: Path | None = None
    masks: Path | None = None
    calibration: Path | None = None
    rule: Path | None = None
    levels: tuple[Level, ...] = ("L1", "L2")
    series: SeriesRule = field(default_factory=SeriesRule)
    site_key: Path | None = None
    pictures: bool = True
    device: Literal["auto", "cpu", "cuda"] = "auto"

    def __post_init__(self) -> None:
        if not self.levels:
            raise ValueError("levels must name at least one level, got none")
        if self.model and self.calibration:
            raise ValueError("a calibration belongs to the HU line: give --model or --calibration")


def screen(config: ScreenConfig) -> None:
    """Screen every study of an export; go on where an earlier run of the same kind stopped.

    Raises:
        NothingUsable: If the export holds no study.
        ValueError: If the export is no folder, or the ledger records another configuration.
    """
    if not config.export.is_dir():
        raise ValueError(f"--export must be a folder, got {config.export}")
    log = RunLog("screen", config, device=_device(config.device))
    with log.stage("load"):
        pipeline = _pipeline(config, log)
    clock = StageClock()
    with Ledger(config.out / "ledger.sqlite3", config_digest=_digest(config, log)) as ledger:
        _screen_all(config, pipeline, ledger, clock)
        ledger.export(config.out)
        counts = ledger.counts()
    found = counts["screened"] + counts["rejected"]
    log.counts = {"found": found, **counts}
    log.seconds |= clock.seconds
    if not found:
        log.write(config.out, exit_code=3)
        raise NothingUsable("expected studies in the export, found neither DICOM nor NIfTI files")
    log.write(config.out)
    _report(log, config.out)


def _screen_all(
    config: ScreenConfig, pipeline: Pipeline, ledger: Ledger, clock: StageClock
) -> None:
    catalogue = config.out / CATALOGUE
    done = ledger.study_uids()
    key = site_key(config.site_key, catalogue=catalogue)
    studies = index_export(config.export, key=key, catalogue=catalogue)
    new = (study for study in studies if study.study_uid not in done)
    for outcome in counted(outcomes(new, pipeline=pipeline, clock=clock), already=len(done)):
        ledger.append(outcome)


def _pipeline(config: ScreenConfig, log: RunLog) -> Pipeline:
    estimate = _estimator(config, log)
    return Pipeline(
        select=partial(select_series, rule=config.series),
        read=read_volume,
        locate=_locator(config, log),
        estimate=estimate,
        levels=tuple(VertebralLevel[name] for name in config.levels),
        rule=_rule(config, estimate),
        show=_show(config.out / "pictures") if config.pictures else None,
    )


def _locator(config: ScreenConfig, log: RunLog) -> Locator:
    if config.masks:
        return MaskLocator.from_csv(config.masks, images=config.export)
    log.warnings.append("no --masks: the shipped localiser finds the vertebrae")
    locator = shipped_locator(device=log.device)
    log.weights["localiser"] = locator.sha256
    return locator


def _estimator(config: ScreenConfig, log: RunLog) -> BmdEstimator:
    if config.model:
        name, digest = model_weights(config.model)
        log.weights[name] = digest
        return read_model(config.model, device=log.device)
    if config.calibration:
        return HuLine(load_calibration(config.calibration))
    log.warnings.append(
        "no --model and no --calibration: the HU line measures trabecular attenuation, and the "
        "category is that of an HU rule, uncalibrated"
    )
    return HuLine()


def _rule(config: ScreenConfig, estimate: BmdEstimator) -> DecisionRule:
    if config.rule:
        return load_rule(config.rule)
    is_density = isinstance(estimate, NetworkEstimator) or bool(config.calibration)
    return shipped_rule("acr_qct" if is_density else "hu_l1")


def _show(folder: Path) -> Show:
    folder.mkdir(parents=True, exist_ok=True)

    def show(
        uid: str,
        volume: CTVolume,
        vertebrae: Sequence[VertebraLocalisation],
        estimates: Sequence[BmdEstimate],
    ) -> tuple[Flag, ...]:
        # A measurement is worth keeping even where its picture cannot be drawn.
        drawn = guard(lambda: picture(volume, vertebrae, estimates, folder / f"{uid}.png"))
        return (Flag.PICTURE_FAILED,) if isinstance(drawn, Failure) else ()

    return show


def _device(wanted: str) -> str:
    if wanted != "auto":
        return wanted
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _digest(config: ScreenConfig, log: RunLog) -> str:
    """Digest what decides a result: the configuration, and the files that it points to."""
    pointed = [config.masks, config.calibration, config.rule, config.site_key]
    files = [file_digest(path) for path in pointed if path]
    decides = replace(config, out=Path(), pictures=True, device="auto")
    return config_digest([decides, files, log.weights])


def _report(log: RunLog, out: Path) -> None:
    table = Table("outcome", "studies", title="Screened", title_justify="left")
    for name, count in log.counts.items():
        table.add_row(name, str(count))
    console = Console()
    console.print(table)
    for warning in log.warnings:
        console.print(f"Note: {warning}.", style="yellow", highlight=False)
    console.print(f"Results: {out / 'results.csv'}", highlight=False, soft_wrap=True)
