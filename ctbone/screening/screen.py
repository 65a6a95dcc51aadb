"""``ctbone screen``: a whole PACS export."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType

from ctbone.deidentification import Seen, write_privacy
from ctbone.durability import sync
from ctbone.errors import NothingUsable, Reason, WorkersLost
from ctbone.ingest import (
    CATALOGUE,
    index_export,
    require_folders,
    require_site_key,
    site_key,
)
from ctbone.localisation import Verdicts, noting, open_review, told_absence
from ctbone.records import Flag
from ctbone.runs import RunLog, deciding, file_digest, require_own_folder
from ctbone.screening.acquisition import cut_fields
from ctbone.screening.configuration import ScreenConfig
from ctbone.screening.disclosing import handling_of
from ctbone.screening.engine import Engine
from ctbone.screening.engines import Limits, open_dask, open_here, open_local
from ctbone.screening.ledger import Ledger
from ctbone.screening.locating import Masks, listed_masks, masks_digest
from ctbone.screening.opening import open_pipeline
from ctbone.screening.progress import Tally, report, shown
from ctbone.screening.recording import record
from ctbone.screening.taught import as_taught

#: Options that say how a run is done, and decide no result.
_MANNER = ("engine", "scheduler", "workers", "time_limit_s", "memory_limit_gb", "again")

_GOES_ON = "the same command goes on from there"


def screen(config: ScreenConfig) -> None:
    """Screen every study of an export, and say on the terminal how they ended."""
    report(run_screening(config), config.out)


def run_screening(config: ScreenConfig) -> RunLog:
    """Screen every study of an export; go on where an earlier run of the same kind stopped.

    Raises:
        NothingUsable: If the export holds no study.
        ValueError: If the export is no folder or holds ``out``, or the ledger records another
            configuration.
        OSError: If the disk is full.
        WeightsMismatch: If weights on disk are not those of their card or of their model.
        WorkersLost: If no process can be had that screens.
    """
    require_folders(config.export, config.out)
    require_site_key(config.site_key)
    require_own_folder(config.out, "screen")
    verdicts = open_review(config.review)
    masks = listed_masks(config.masks, images=config.export)
    config, notes = as_taught(config)
    log = RunLog("screen", config, warnings=notes)
    with _interruptible(), _engine(config) as engine:
        log.device, log.weights = engine.opening.device, dict(engine.opening.weights)
        log.rule = engine.opening.rule
        log.warnings.extend(engine.opening.warnings)
        with Ledger(config.out / "ledger.sqlite3", options=_options(config, log, masks)) as ledger:
            _screen_all(config, engine, ledger, log, verdicts=verdicts, masks=masks)
    if not log.counts["found"]:
        log.write(config.out, exit_code=3)
        raise NothingUsable("expected studies in the export, found neither DICOM nor NIfTI files")
    return log


def _engine(config: ScreenConfig) -> AbstractContextManager[Engine]:
    opener = partial(open_pipeline, config)
    if config.workers == 0:
        return open_here(opener)
    gb = config.memory_limit_gb
    memory_bytes = None if gb is None else round(gb * 1e9)
    limits = Limits(time_s=config.time_limit_s, memory_bytes=memory_bytes)
    if config.engine == "dask":
        return open_dask(opener, scheduler=config.scheduler, workers=config.workers, limits=limits)
    return open_local(opener, workers=config.workers, limits=limits)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let a request to terminate end the block as Ctrl-C does; ending is not interrupted again."""
    # What runs in the background may have been told to take no notice.
    asked = (signal.SIGINT, signal.SIGTERM)
    numbers = [number for number in asked if signal.getsignal(number) != signal.SIG_IGN]

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    # Handlers of signals belong to the main thread.
    if current_thread() is not main_thread():
        yield
        return
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _screen_all(
    config: ScreenConfig,
    engine: Engine,
    ledger: Ledger,
    log: RunLog,
    *,
    verdicts: Verdicts,
    masks: Masks,
) -> None:
    """Screen, and write what the ledger holds, also where that is not all.

    What a disk refuses is left to the next run: what it took, the ledger keeps.
    """
    catalogue, tally, absent = config.out / CATALOGUE, Tally(), {*verdicts, *masks}
    seen = Seen(cut=cut_fields)
    try:
        key = site_key(config.site_key, catalogue=catalogue)
        studies = index_export(config.export, key=key, catalogue=catalogue, tell=tally.begin)
        studies = seen.watch(studies)
        with shown(tally):
            again = [Reason(name) for name in config.again]
            studies = noting(studies, absent)
            gone = record(studies, engine=engine, ledger=ledger, tally=tally, again=again)
        log.warnings += told_absence(absent, verdicts=verdicts, masks=masks)
        if gone:
            log.warnings.append(
                f"{gone} studies of the ledger are no longer in the export; their results stay"
            )
        _write(log, ledger, config, seen)
    except KeyboardInterrupt:
        _write(log, ledger, config, seen, exit_code=1)
        raise KeyboardInterrupt(f"interrupted {_done(ledger)}") from None
    except WorkersLost as fault:
        _write(log, ledger, config, seen, exit_code=1)
        raise WorkersLost(f"stopped {_done(ledger)}: {fault}") from fault
    except OSError as trouble:
        told = f"{trouble.strerror or trouble}: stopped {_done(ledger)}"
        raise OSError(trouble.errno, told, trouble.filename) from trouble


def _done(ledger: Ledger) -> str:
    counts = ledger.counts()
    return f"with {counts['screened'] + counts['rejected']} studies done; {_GOES_ON}"


def _write(
    log: RunLog, ledger: Ledger, config: ScreenConfig, seen: Seen, *, exit_code: int = 0
) -> None:
    out = config.out
    ledger.export(out)
    counts = ledger.counts()
    log.counts = {"found": counts["screened"] + counts["rejected"], **counts}
    if undelivered := ledger.flagged(Flag.DELIVERY_FAILED):
        log.counts[Flag.DELIVERY_FAILED] = undelivered
        said = f"{undelivered} studies lack something that was to be delivered"
        # Where this is interrupted it comes once more.
        if (why := f"{said}: undelivered/ says why") not in log.warnings:
            log.warnings.append(why)
    # Of every session: a run is what all of them did.
    log.seconds = ledger.seconds()
    written = log.write(out, exit_code=exit_code)
    told = write_privacy(out, handling_of(config), seen=seen, site_key=config.site_key)
    sync(written, told, out)


def _options(config: ScreenConfig, log: RunLog, masks: Masks) -> dict[str, tuple[str, str]]:
    """Return what decides a result: the configuration, and the content of what it points to."""
    pointed = ("masks", "calibration", "rule", "review", "site_key")
    paths = {name: path for name in pointed if (path := getattr(config, name))}
    digests = {f"content of {name}": file_digest(path) for name, path in paths.items()}
    if config.model:
        # Beside the weights: what corrects their outputs decides too.
        digests["content of model.json"] = file_digest(config.model / "model.json")
    if config.masks:
        digests["label maps"] = masks_digest(masks.values())
    digests |= {f"weights of {name}": digest for name, digest in log.weights.items()}
    options = deciding(replace(config, out=Path(), pictures=True, device="auto"), digests)
    return {name: value for name, value in options.items() if name not in _MANNER}
