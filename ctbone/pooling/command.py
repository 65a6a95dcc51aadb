"""``ctbone pool``: the meta-analysis of files of 2x2 tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ctbone.errors import NothingUsable
from ctbone.interchange import AccuracyTable, read_tables
from ctbone.interchange.naming import counted, file_names
from ctbone.pooling.analysis import Analysis, analyse
from ctbone.pooling.document import quantities, write_document, write_summary
from ctbone.pooling.figures import FIGURES, draw
from ctbone.records import Interval
from ctbone.runs import RunLog

#: The order in which targets are reported; others follow by name.
_ORDER = ("osteoporosis", "osteopenia", "normal")

#: What a run leaves.
_WRITES = (
    "pooling.json",
    "summary.csv",
    *(f"figures/{name}*.{kind}" for name in FIGURES for kind in ("png", "svg")),
)


@dataclass(frozen=True, kw_only=True)
class PoolConfig:
    """Pool 2x2 tables of several studies into summary accuracy.

    Attributes:
        tables: CSV files with the columns study, tp, fp, fn and tn, and perhaps target and
            covariates.
        out: Folder for pooling.json, summary.csv and the figures; those of an earlier pooling in
            it are removed.
        confidence: Of every interval and region, between 0 and 1.
        prior: Probability of disease before the test, for Fagan's nomogram.
        figures: Whether to draw the figures.
    """

    tables: tuple[Path, ...]
    out: Path
    confidence: float = 0.95
    prior: float = 0.2
    figures: bool = True

    def __post_init__(self) -> None:
        for name in ("confidence", "prior"):
            if not 0.0 < (value := getattr(self, name)) < 1.0:
                raise ValueError(f"{name} must lie between 0 and 1, got {value}")


def pool(config: PoolConfig) -> None:
    """Pool the tables of every target and write what they say.

    Raises:
        ValueError: If a file holds no tables, or another command ran in the folder.
        NothingUsable: If no target can be pooled.
    """
    log = RunLog("pool", config)
    with log.stage("read"):
        read = [(path.name, read_tables(path)) for path in config.tables]
    log.begin(config.out, writes=_WRITES, reads=config.tables)
    tables = [table for _, found in read for table in found]
    log.counts["tables"] = len(tables)
    log.warnings += _unnamed(read)
    with log.stage("pool"):
        analyses = _analyses(tables, config, log)
    with log.stage("write"):
        write_document(config.out / "pooling.json", analyses)
        write_summary(config.out / "summary.csv", analyses)
    if config.figures:
        with log.stage("draw"):
            names = file_names(analysis.target for analysis in analyses)
            for analysis in analyses:
                draw(analysis, config.out / "figures", suffix=names[analysis.target])
    log.write(config.out)
    _show(analyses, log.warnings, config.out)


def _unnamed(read: Sequence[tuple[str, Sequence[AccuracyTable]]]) -> list[str]:
    """Return a note for each file with tables that name no target, where others name one."""
    if not any(table.target for _, tables in read for table in tables):
        return []
    numbers = ((name, sum(not table.target for table in tables)) for name, tables in read)
    return [
        f"{name}: {counted(number, 'table')} without a target, pooled apart from those with one."
        for name, number in numbers
        if number
    ]


def _analyses(
    tables: Sequence[AccuracyTable], config: PoolConfig, log: RunLog
) -> tuple[Analysis, ...]:
    analyses, refused = [], []
    for target in _targets(tables):
        chosen = [table for table in tables if table.target == target]
        name = target or "no target"
        try:
            found = analyse(chosen, confidence=config.confidence, prior=config.prior)
        except ValueError as error:
            refused.append(f"{name}: {error}")
            continue
        analyses.append(found)
        log.warnings += [f"{name}: {note}" for note in found.notes]
    log.counts["targets"] = len(analyses)
    log.warnings += refused
    if not analyses:
        log.write(config.out, exit_code=3)
        raise NothingUsable("; ".join(refused) or "no file of tables was given")
    return tuple(analyses)


def _targets(tables: Iterable[AccuracyTable]) -> list[str]:
    found = dict.fromkeys(table.target for table in tables)
    return sorted(found, key=lambda t: (_ORDER.index(t) if t in _ORDER else len(_ORDER), t))


def _show(analyses: Sequence[Analysis], warnings: Sequence[str], out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Pooled accuracy", title_justify="left")
    table.add_column("", no_wrap=True)
    for analysis in analyses:
        name = analysis.target or ("no target" if len(analyses) > 1 else "all")
        table.add_column(f"{name}\n{counted(analysis.summary.k, 'table')}", no_wrap=True)
    columns = [quantities(analysis) for analysis in analyses]
    for name in columns[0]:
        table.add_row(name.replace("_", " "), *(_text(column[name]) for column in columns))
    console = Console()
    console.print(table)
    for warning in warnings:
        console.print(warning, style="dim", markup=False)
    console.print(f"Files are in {out}", markup=False)


def _text(value: Interval | None) -> str:
    if value is None:
        return "not given"
    return f"{value.estimate:.3g}\n({value.lower:.3g} to {value.upper:.3g})"
