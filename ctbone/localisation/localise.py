"""``ctbone localise``: bodies, centres and a picture of every study of a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ctbone.anatomy import to_levels
from ctbone.attempts import StageClock, attempt
from ctbone.devices import resolve_device
from ctbone.errors import NothingUsable
from ctbone.ingest import CATALOGUE, index_export, require_folders, require_site_key, site_key
from ctbone.interchange import OUTCOME_FILES, write_rejections, write_rows
from ctbone.localisation.configuration import LocaliseConfig
from ctbone.localisation.locator import Locator, algorithm_of
from ctbone.localisation.masks import DicomMasks, MaskLocator
from ctbone.localisation.opening import locator_choice, open_locator
from ctbone.localisation.reviewing import noting, open_review, told_absence
from ctbone.localisation.study_work import Findings, StudyWork
from ctbone.records import Rejection, StudyRecord
from ctbone.runs import RunLog
from ctbone.telling import count_table, noted, tell

#: masks.csv in the output lists the masks in the form that ``--masks`` takes.
MASK_COLUMNS = ("series_uid", "mask", "numbering")

#: What a run leaves, the catalogue apart, which keeps the key of the pseudonyms.
_WRITES = (
    *("vertebrae.csv", "masks.csv", "rejections.csv"),
    *("masks/*.nii.gz", "pictures/*.png", "segmentations/*.dcm"),
)


def localise(config: LocaliseConfig) -> None:
    """Localise every study of a folder; each ends as located or rejected.

    Raises:
        NothingUsable: If the folder holds no study.
        ValueError: If the export is no folder or holds ``out``, masks.csv or the review is not
            sound, or another command ran in the folder.
        WeightsMismatch: If weights on disk are not those of their card.
    """
    require_folders(config.export, config.out)
    require_site_key(config.site_key)
    verdicts = open_review(config.review)
    log = RunLog("localise", config, device=_device(config))
    with log.stage("load"):
        levels = to_levels((*config.levels, *config.fallback))
        locate = open_locator(locator_choice(config, images=config.export), levels=levels, log=log)
    log.begin(config.out, writes=_WRITES, reads=_read_files(config, locate))
    masks = locate.entries if isinstance(locate, MaskLocator) else {}
    absent = {*verdicts, *masks}
    catalogue = config.out / CATALOGUE
    key = site_key(config.site_key, catalogue=catalogue)
    studies = index_export(config.export, key=key, catalogue=catalogue)
    clock = StageClock()
    findings = Findings()
    file = DicomMasks(
        folder=config.out / "segmentations",
        patient=config.dicom_seg,
        algorithm=algorithm_of(locate, sha256=log.weights.get("localiser", "")),
    )
    _gather(noting(studies, absent), StudyWork(locate, verdicts, config, clock, findings, file))
    _write(findings, config.out)
    log.counts = _counts(findings)
    log.seconds |= clock.seconds
    log.warnings += told_absence(absent, verdicts=verdicts, masks=masks) + _undone(findings)
    if not log.counts["found"]:
        log.write(config.out, exit_code=3)
        raise NothingUsable("expected studies in the export, found neither DICOM nor NIfTI files")
    log.write(config.out)
    _report(log, config.out)


def _read_files(config: LocaliseConfig, locate: Locator) -> list[Path | None]:
    # Masks corrected by hand may lie where an earlier run wrote them.
    masks = [e.path for e in locate.entries.values()] if isinstance(locate, MaskLocator) else []
    return [config.masks, config.review, config.site_key, *masks]


def _device(config: LocaliseConfig) -> str:
    # Masks on disk take no network, and so no time to look for a GPU.
    return "cpu" if config.masks else resolve_device(config.device)


def _gather(studies: Iterable[StudyRecord], work: StudyWork) -> None:
    for study in studies:
        outcome = attempt(study, work, clock=work.clock)
        if isinstance(outcome, Rejection):
            work.findings.rejections.append(outcome)
        else:
            work.findings.located += 1


def _write(findings: Findings, out: Path) -> None:
    name = "vertebrae.csv"
    write_rows(out / name, OUTCOME_FILES[name], findings.vertebrae)
    write_rows(out / "masks.csv", MASK_COLUMNS, findings.masks)
    write_rejections(out / "rejections.csv", findings.rejections)


def _counts(findings: Findings) -> dict[str, int]:
    rejected = len(findings.rejections)
    counts = {"found": findings.located + rejected, "located": findings.located}
    counts["rejected"] = rejected
    for rejection in findings.rejections:
        counts[rejection.reason] = counts.get(rejection.reason, 0) + 1
    return counts


def _undone(findings: Findings) -> list[str]:
    told = {
        "pictures could not be drawn": findings.undrawn,
        "studies could have no DICOM segmentation": findings.unfiled,
    }
    return [f"{number} {what}" for what, number in told.items() if number]


def _report(log: RunLog, out: Path) -> None:
    tell(
        count_table(log.counts, of="studies", title="Localised"),
        notes=noted(log.warnings),
        lines=[
            f"Vertebrae: {out / 'vertebrae.csv'}",
            f"Pages to look at: ctbone report --run {out}",
        ],
    )
