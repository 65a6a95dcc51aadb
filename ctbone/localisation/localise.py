"""``ctbone localise``: bodies, centres and a picture of every study of a folder."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ctbone.anatomy import VertebralLevel
from ctbone.devices import Device, resolve_device
from ctbone.errors import (
    CtboneError,
    LevelNotInField,
    LocalisationError,
    NoEligibleSeries,
    NothingUsable,
)
from ctbone.ingest import (
    CATALOGUE,
    SeriesRule,
    index_export,
    read_volume,
    select_series,
    site_key,
    write_label_map,
)
from ctbone.interchange import OUTCOME_FILES, write_rejections, write_rows
from ctbone.localisation.labels import label_map
from ctbone.localisation.locator import Locator, shipped_locator
from ctbone.localisation.masks import MaskLocator
from ctbone.localisation.picture import picture
from ctbone.localisation.vertebra_rows import measure_vertebrae
from ctbone.records import Rejection, StudyRecord, VertebraLocalisation
from ctbone.runs import RunLog
from ctbone.volume import CTVolume

Level = Literal["T12", "L1", "L2", "L3", "L4"]

#: masks.csv in the output lists the masks in the form that ``--masks`` takes.
MASK_COLUMNS = ("series_uid", "mask", "numbering")


@dataclass(frozen=True, kw_only=True)
class LocaliseConfig:
    """Find the vertebral bodies of every study: masks, centres and a picture to check them by."""

    input: Path
    """Folder of DICOM or NIfTI files, in any layout."""
    out: Path
    """Folder for vertebrae.csv, rejections.csv, masks, pictures and run.json."""
    masks: Path | None = None
    """masks.csv that lists a label map for each series; by default the shipped localiser works."""
    levels: tuple[Level, ...] = ("L1", "L2")
    """A study in which none of these lies whole is rejected."""
    series: SeriesRule = field(default_factory=SeriesRule)
    """Which series of a study are eligible."""
    site_key: Path | None = None
    """File whose bytes key the pseudonyms; by default a random key is kept in the catalogue."""
    device: Device = "auto"
    """Where the localiser runs; auto takes a GPU where there is one."""

    def __post_init__(self) -> None:
        if not self.levels:
            raise ValueError("levels must name at least one level, got none")


@dataclass
class _Findings:
    """What the studies gave, in the form that is written."""

    vertebrae: list[dict[str, object]] = field(default_factory=list)
    masks: list[dict[str, object]] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    located: int = 0


def localise(config: LocaliseConfig) -> None:
    """Localise every study of a folder; each ends as located or rejected.

    Raises:
        NothingUsable: If the folder holds no study.
        ValueError: If the input is no folder, or masks.csv is not sound.
    """
    log = RunLog("localise", config, device=_device(config))
    with log.stage("load"):
        locate = _locator(config, log)
    catalogue = config.out / CATALOGUE
    config.out.mkdir(parents=True, exist_ok=True)
    key = site_key(config.site_key, catalogue=catalogue)
    studies = index_export(config.input, key=key, catalogue=catalogue)
    findings = _gather(studies, locate, config, log)
    _write(findings, config.out)
    log.counts = _counts(findings)
    if not log.counts["found"]:
        log.write(config.out, exit_code=3)
        raise NothingUsable("expected studies in the input, found neither DICOM nor NIfTI files")
    log.write(config.out)
    _report(log, config.out)


def _device(config: LocaliseConfig) -> str:
    # Masks on disk take no network, and so no time to look for a GPU.
    return "cpu" if config.masks else resolve_device(config.device)


def _locator(config: LocaliseConfig, log: RunLog) -> Locator:
    if config.masks:
        return MaskLocator.from_csv(config.masks, images=config.input)
    levels = [VertebralLevel[name] for name in config.levels]
    locator = shipped_locator(levels=levels, device=log.device)
    log.weights["localiser"] = locator.sha256
    return locator


def _gather(
    studies: Iterable[StudyRecord], locate: Locator, config: LocaliseConfig, log: RunLog
) -> _Findings:
    findings = _Findings()
    for study in studies:
        began = time.perf_counter()
        try:
            with log.stage("read"):
                volume = read_volume(select_series(study, rule=config.series))
            _localise_volume(study, volume, locate, config, log, findings)
            findings.located += 1
        except CtboneError as fault:
            findings.rejections.append(_rejection(study, fault, time.perf_counter() - began))
    return findings


def _localise_volume(
    study: StudyRecord,
    volume: CTVolume,
    locate: Locator,
    config: LocaliseConfig,
    log: RunLog,
    findings: _Findings,
) -> None:
    image = config.out / "pictures" / f"{study.study_uid}.png"
    vertebrae: tuple[VertebraLocalisation, ...] = ()
    try:
        with log.stage("locate"):
            vertebrae = locate(volume)
        with log.stage("measure"):
            rows, estimates = measure_vertebrae(volume, vertebrae)
        with log.stage("write"):
            findings.vertebrae += [{"study_uid": study.study_uid, **row} for row in rows]
            findings.masks.append(_write_mask(study, volume, vertebrae, config.out))
        _require(vertebrae, config.levels)
    except LocalisationError as fault:
        picture(volume, vertebrae, (), image, note=f"{fault.reason}: {fault}")
        raise
    with log.stage("draw"):
        shown = [e for e in estimates if e.level.name in config.levels]
        picture(volume, vertebrae, shown, image)


def _write_mask(
    study: StudyRecord,
    volume: CTVolume,
    vertebrae: Sequence[VertebraLocalisation],
    out: Path,
) -> dict[str, object]:
    name = f"masks/{study.study_uid}.nii.gz"
    (out / "masks").mkdir(exist_ok=True)
    write_label_map(out / name, label_map(volume.grid, vertebrae), volume.affine)
    return {"series_uid": volume.series_uid, "mask": name, "numbering": "ctbone"}


def _require(vertebrae: Sequence[VertebraLocalisation], levels: Sequence[str]) -> None:
    whole = [v.level for v in vertebrae if v.is_whole]
    if not any(VertebralLevel[name] in whole for name in levels):
        found = ", ".join(v.level.name + ("" if v.is_whole else " (cut)") for v in vertebrae)
        raise LevelNotInField(f"expected {' or '.join(levels)} whole in the field, found {found}")


def _rejection(study: StudyRecord, fault: CtboneError, seconds: float) -> Rejection:
    located = "locate" if isinstance(fault, LocalisationError) else "read"
    return Rejection(
        study_uid=study.study_uid,
        patient_id=study.patient_id,
        reason=fault.reason,
        detail=str(fault),
        stage="select" if isinstance(fault, NoEligibleSeries) else located,
        seconds=seconds,
    )


def _write(findings: _Findings, out: Path) -> None:
    name = "vertebrae.csv"
    write_rows(out / name, OUTCOME_FILES[name], findings.vertebrae)
    write_rows(out / "masks.csv", MASK_COLUMNS, findings.masks)
    write_rejections(out / "rejections.csv", findings.rejections)


def _counts(findings: _Findings) -> dict[str, int]:
    rejected = len(findings.rejections)
    counts = {"found": findings.located + rejected, "located": findings.located}
    counts["rejected"] = rejected
    for rejection in findings.rejections:
        counts[rejection.reason] = counts.get(rejection.reason, 0) + 1
    return counts


def _report(log: RunLog, out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("outcome", "studies", title="Localised", title_justify="left")
    for name, count in log.counts.items():
        table.add_row(name, str(count))
    console = Console()
    console.print(table)
    console.print(f"Vertebrae: {out / 'vertebrae.csv'}", highlight=False, soft_wrap=True)
    console.print(f"Pictures: {out / 'pictures'}", highlight=False, soft_wrap=True)
