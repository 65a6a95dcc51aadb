"""``ctbone localise``: bodies, centres and a picture of every study of a folder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ctbone.anatomy import MeasuredLevel, VertebralLevel, require_levels
from ctbone.attempts import Failure, StageClock, attempt, guard
from ctbone.devices import Device, resolve_device
from ctbone.errors import LocalisationError, NothingUsable
from ctbone.ingest import (
    CATALOGUE,
    SeriesRule,
    index_export,
    read_study,
    require_folders,
    require_site_key,
    site_key,
    write_label_map,
)
from ctbone.interchange import OUTCOME_FILES, level_rows, write_rejections, write_rows
from ctbone.localisation.labels import label_map
from ctbone.localisation.locator import Locator, shipped_locator
from ctbone.localisation.masks import MaskLocator
from ctbone.localisation.picture import picture
from ctbone.localisation.trust import TrustConfig, assess, choose, missing_levels
from ctbone.localisation.trust.choice import require_fallback
from ctbone.localisation.vertebra_rows import measure_vertebrae
from ctbone.records import BmdEstimate, Rejection, StudyRecord, VertebraLocalisation
from ctbone.runs import RunLog
from ctbone.volume import CTVolume

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
    levels: tuple[MeasuredLevel, ...] = ("L1", "L2")
    """A study in which none of these may be measured is rejected."""
    fallback: tuple[MeasuredLevel, ...] = ()
    """The levels to measure in a study in which none of those may be; their rows are flagged."""
    trust: TrustConfig = field(default_factory=TrustConfig)
    """When a vertebra is not measured; docs/trust.md says what each threshold does."""
    series: SeriesRule = field(default_factory=SeriesRule)
    """Which series of a study are eligible."""
    site_key: Path | None = None
    """File whose bytes key the pseudonyms; by default a random key is kept in the catalogue."""
    device: Device = "auto"
    """Where the localiser runs; auto takes a GPU where there is one."""

    def __post_init__(self) -> None:
        require_levels(self.levels)
        require_fallback(self.levels, self.fallback)


#: What a run leaves, the catalogue apart, which keeps the key of the pseudonyms.
_WRITES = ("vertebrae.csv", "masks.csv", "rejections.csv", "masks/*.nii.gz", "pictures/*.png")


@dataclass
class _Findings:
    """What the studies gave, in the form that is written."""

    vertebrae: list[dict[str, object]] = field(default_factory=list)
    masks: list[dict[str, object]] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    located: int = 0
    undrawn: int = 0


def localise(config: LocaliseConfig) -> None:
    """Localise every study of a folder; each ends as located or rejected.

    Raises:
        NothingUsable: If the folder holds no study.
        ValueError: If the input is no folder or holds ``out``, or masks.csv is not sound.
    """
    require_folders(config.input, config.out)
    require_site_key(config.site_key)
    log = RunLog("localise", config, device=_device(config))
    with log.stage("load"):
        locate = _locator(config, log)
    log.begin(config.out, writes=_WRITES, reads=_read_files(config, locate))
    catalogue = config.out / CATALOGUE
    key = site_key(config.site_key, catalogue=catalogue)
    studies = index_export(config.input, key=key, catalogue=catalogue)
    clock = StageClock()
    findings = _gather(studies, locate, config, clock)
    _write(findings, config.out)
    log.counts = _counts(findings)
    log.seconds |= clock.seconds
    if findings.undrawn:
        log.warnings.append(f"{findings.undrawn} pictures could not be drawn")
    if not log.counts["found"]:
        log.write(config.out, exit_code=3)
        raise NothingUsable("expected studies in the input, found neither DICOM nor NIfTI files")
    log.write(config.out)
    _report(log, config.out)


def _read_files(config: LocaliseConfig, locate: Locator) -> list[Path | None]:
    # Masks corrected by hand may lie where an earlier run wrote them.
    masks = [e.path for e in locate.entries.values()] if isinstance(locate, MaskLocator) else []
    return [config.masks, config.site_key, *masks]


def _device(config: LocaliseConfig) -> str:
    # Masks on disk take no network, and so no time to look for a GPU.
    return "cpu" if config.masks else resolve_device(config.device)


def _locator(config: LocaliseConfig, log: RunLog) -> Locator:
    if config.masks:
        return MaskLocator.from_csv(config.masks, images=config.input)
    levels = _levels((*config.levels, *config.fallback))
    locator = shipped_locator(levels=levels, device=log.device)
    log.weights["localiser"] = locator.sha256
    return locator


def _gather(
    studies: Iterable[StudyRecord], locate: Locator, config: LocaliseConfig, clock: StageClock
) -> _Findings:
    findings = _Findings()
    work = _Work(locate, config, clock, findings)
    for study in studies:
        outcome = attempt(study, work, clock=clock)
        if isinstance(outcome, Rejection):
            findings.rejections.append(outcome)
        else:
            findings.located += 1
    return findings


@dataclass(frozen=True)
class _Work:
    """What is done with a study; what it finds is kept even where the study is then refused."""

    locate: Locator
    config: LocaliseConfig
    clock: StageClock
    findings: _Findings

    def __call__(self, study: StudyRecord) -> None:
        _, volume = read_study(study, rule=self.config.series, enter=self.clock.enter)
        self.clock.enter("locate")
        try:
            vertebrae = assess(volume, self.locate(volume), config=self.config.trust)
        except LocalisationError as fault:
            self._draw(study, volume, refusal=fault)
            raise
        self._keep(study, volume, vertebrae)

    def _keep(
        self, study: StudyRecord, volume: CTVolume, vertebrae: tuple[VertebraLocalisation, ...]
    ) -> None:
        self.clock.enter("estimate")
        vertebrae, estimates = measure_vertebrae(volume, vertebrae)
        self.clock.enter("show")
        self.findings.masks.append(_write_mask(study, volume, vertebrae, self.config.out))
        refusal = None
        shown: list[BmdEstimate] = []
        wanted = _levels(self.config.levels)
        try:
            choice = choose(vertebrae, levels=wanted, fallback=_levels(self.config.fallback))
        except LocalisationError as fault:
            refusal = fault
        else:
            vertebrae = choice.among(vertebrae)
            shown = [e for e in estimates if e.level in choice.levels]
        rows = level_rows(vertebrae, estimates, missing=missing_levels(vertebrae, wanted))
        place = {"study_uid": study.study_uid, "series_uid": volume.series_uid}
        self.findings.vertebrae += [place | row for row in rows]
        self._draw(study, volume, vertebrae, shown, refusal=refusal)
        if refusal:
            # What was located is the reason, whatever was done with it since.
            self.clock.enter("locate")
            raise refusal

    def _draw(
        self,
        study: StudyRecord,
        volume: CTVolume,
        vertebrae: Sequence[VertebraLocalisation] = (),
        estimates: Sequence[BmdEstimate] = (),
        *,
        refusal: LocalisationError | None = None,
    ) -> None:
        """Draw a study; where that fails, what was found is kept all the same."""
        path = self.config.out / "pictures" / f"{study.study_uid}.png"
        note = f"{refusal.reason}: {refusal}" if refusal else ""
        drawn = guard(lambda: picture(volume, vertebrae, estimates, path, note=note))
        self.findings.undrawn += isinstance(drawn, Failure)


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


def _levels(names: Sequence[str]) -> tuple[VertebralLevel, ...]:
    return tuple(VertebralLevel[name] for name in names)


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
