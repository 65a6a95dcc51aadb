"""``ctbone calibrate``: each scanner's line from HU to mg/cm3, from paired measurements."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ctbone.cohort import Split
from ctbone.densitometry.calibration import (
    LEAST_PAIRS,
    Calibration,
    Phantom,
    fit_calibration,
    save_calibration,
)
from ctbone.densitometry.pairing import LEVELS, Pairs, Scanner, pair_screened, read_pairs
from ctbone.errors import NothingUsable
from ctbone.runs import RunLog
from ctbone.telling import noted, tell


@dataclass(frozen=True, kw_only=True)
class CalibrateConfig:
    """Fit the line from HU to mg/cm3 of each scanner to paired measurements."""

    out: Path
    """Folder for a YAML file a line, and run.json."""
    source: str
    """Where the reference densities come from; it is written into every line."""
    pairs: Path | None = None
    """CSV with a row a measurement: scanner, hu (trabecular attenuation), bmd_mg_cm3 (reference),
    and kvp where it is known. Scanners and tube potentials are fitted apart."""
    bodies: int | None = None
    """With pairs: vertebral bodies whose mean a row is; one by default. A pair of a screened
    cohort is of two."""
    vertebrae: Path | None = None
    """Instead of pairs: vertebrae.csv of a screened cohort, beside results.csv of the same run."""
    cohort: Path | None = None
    """cohort.csv with the reference densities of the patients who were screened."""
    splits: tuple[Split, ...] = ("train",)
    """Splits of the cohort that lines are fitted to; test sets stay unseen by default."""
    phantom: Phantom = "k2hpo4"
    """What the reference densities are equivalent to."""
    least_pairs: int = 10
    """A scanner with fewer pairs gets no line; a line of fewer than 10 gives no intervals."""

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise ValueError(
                "source must say where the reference densities come from, got nothing"
            )
        if (self.vertebrae is None) != (self.cohort is None):
            raise ValueError("vertebrae and cohort belong together: give both or neither")
        if (self.pairs is None) == (self.vertebrae is None):
            raise ValueError("give either pairs, or vertebrae and cohort")
        if not self.splits:
            raise ValueError("splits must name a split of the cohort, got none")
        if self.bodies is not None and self.pairs is None:
            raise ValueError("bodies says what a row of pairs is of: give pairs with it")
        if self.bodies is not None and self.bodies < 1:
            raise ValueError(f"bodies must be 1 or more, got {self.bodies}")
        if self.least_pairs < LEAST_PAIRS:
            raise ValueError(f"least_pairs must be at least {LEAST_PAIRS}, got {self.least_pairs}")


def calibrate(config: CalibrateConfig) -> None:
    """Write a calibration for every scanner with enough pairs.

    Raises:
        NothingUsable: If no scanner has enough pairs of different attenuation.
        ValueError: If the table lacks a column, a cell is no number, a line has a slope that no
            scanner has, scanners cannot be told apart by the names of their files, or the folder
            is another command's.
    """
    log = RunLog("calibrate", config)
    reads = (config.pairs, config.vertebrae, config.cohort)
    log.begin(config.out, writes=("*.yaml",), reads=reads)
    pairs = _pairs(config, log)
    lines = [line for scanner in sorted(pairs, key=str) if (line := _fit(scanner, pairs, config))]
    log.counts |= {"scanners": len(pairs), "calibrated": len(lines)}
    log.counts["too_few_pairs"] = len(pairs) - len(lines)
    log.warnings += [
        f"densities by {_file_name(line)} carry no interval: {why}"
        for line in lines
        if (why := line.without_interval)
    ]
    _require_named(lines)
    for line in lines:
        save_calibration(line, config.out / _file_name(line))
    log.write(config.out, exit_code=0 if lines else 3)
    if not lines:
        raise NothingUsable(_too_few(pairs, config, log.counts))
    _report(lines, log, config.out)


def _pairs(config: CalibrateConfig, log: RunLog) -> Pairs:
    if config.pairs is not None:
        return read_pairs(config.pairs)
    if config.vertebrae is None or config.cohort is None:
        raise ValueError("give either pairs, or vertebrae and cohort")
    found = pair_screened(
        vertebrae=config.vertebrae,
        results=config.vertebrae.with_name("results.csv"),
        cohort=config.cohort,
        splits=config.splits,
    )
    log.counts = {"paired": sum(map(len, found.pairs.values())), **found.left_out}
    return found.pairs


def _fit(
    scanner: Scanner,
    pairs: Pairs,
    config: CalibrateConfig,
) -> Calibration | None:
    values = np.asarray(pairs[scanner])
    if len(values) < config.least_pairs or np.ptp(values[:, 0]) == 0.0:
        return None
    line = fit_calibration(
        values[:, 0],
        values[:, 1],
        phantom=config.phantom,
        scanner=scanner.name,
        kvp=scanner.kvp,
        source=config.source,
    )
    return replace(line, bodies=len(LEVELS) if config.pairs is None else config.bodies or 1)


def _too_few(pairs: Pairs, config: CalibrateConfig, counts: Mapping[str, int]) -> str:
    most = max(map(len, pairs.values()), default=0)
    own = {"paired", "scanners", "calibrated", "too_few_pairs"}
    left_out = [f"{count} {reason}" for reason, count in counts.items() if reason not in own]
    said = f"; studies left out: {', '.join(left_out)}" if left_out else ""
    return (
        f"expected a scanner with {config.least_pairs} pairs of different HU, found {most} pairs"
        f" at most{said}"
    )


def _file_name(line: Calibration) -> str:
    tube = "" if line.kvp is None else f"_{line.kvp:g}kv"
    return f"{_stem(line)}{tube}.yaml"


def _stem(line: Calibration) -> str:
    return re.sub(r"[^a-z0-9]+", "_", line.scanner.lower()).strip("_")


def _require_named(lines: Sequence[Calibration]) -> None:
    if nameless := next((line.scanner for line in lines if not _stem(line)), ""):
        raise ValueError(
            "the file of a line is called by the Latin letters and digits of its scanner, "
            f"got {nameless!r}, which has none"
        )
    names = [_file_name(line) for line in lines]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"scanners must differ in letters or digits; several would be {twice}")


def _report(lines: Sequence[Calibration], log: RunLog, out: Path) -> None:
    from rich.table import Table

    table = Table("scanner", "kV", "pairs", "slope", "intercept", "SD about the line")
    for line in lines:
        kvp = "unknown" if line.kvp is None else f"{line.kvp:g}"
        slope = f"{line.slope_mg_cm3_per_hu:.4f} (SE {line.slope_se:.4f})"
        intercept = f"{line.intercept_mg_cm3:.1f} (SE {line.intercept_se_mg_cm3:.1f})"
        table.add_row(
            line.scanner, kvp, str(line.pairs), slope, intercept, f"{line.residual_sd_mg_cm3:.1f}"
        )
    tell(table, notes=noted(log.warnings), lines=[f"Calibrations: {out}"])
