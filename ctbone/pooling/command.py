"""``ctbone pool``: the meta-analysis of files of 2x2 tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ctbone.errors import NothingUsable
from ctbone.interchange import AccuracyTable, read_tables, repeated_tables
from ctbone.interchange.naming import file_names
from ctbone.plurals import counted
from ctbone.pooling.analysis import Analysis, Compat, analyse_targets
from ctbone.pooling.document import (
    quantities,
    write_document,
    write_parameters,
    write_subgroups,
    write_summary,
    write_trends,
)
from ctbone.pooling.figures import FIGURES, draw
from ctbone.pooling.model.bivariate import Model
from ctbone.pooling.moderators.covariates import require_columns
from ctbone.pooling.moderators.regression import Covariances
from ctbone.pooling.moderators.subgroups import Choice
from ctbone.pooling.numerals import level
from ctbone.pooling.page import write_page
from ctbone.records import Interval
from ctbone.runs import RunLog, config_digest, file_digest
from ctbone.telling import first_notes, tell

#: Every covariate.
_ALL = "all"

#: What a run leaves.
_WRITES = (
    "pooling.json",
    "summary.csv",
    "subgroups.csv",
    "slopes.csv",
    "revman_parameters*.csv",
    "pooling.html",
    *(f"figures/{name}*.{kind}" for name in FIGURES for kind in ("png", "svg")),
)


@dataclass(frozen=True, kw_only=True)
class PoolConfig:
    """Pool 2x2 tables of several studies into summary accuracy.

    Attributes:
        tables: Files with the columns study, tp, fp, fn and tn, and perhaps target and covariates,
            or in any other form that ctbone export writes.
        out: Folder for pooling.html, pooling.json, summary.csv, subgroups.csv, slopes.csv,
            revman_parameters.csv and the figures; those of an earlier pooling in it are removed.
        confidence: Of every interval and region, between 0 and 1.
        prior: Probability of disease before the test, for Fagan's nomogram.
        model: Whose likelihood gives the pooled values: exact binomial, its Laplace approximation,
            or normal empirical logits by maximum or restricted likelihood. Tests and subgroups are
            those of the exact model.
        covariates: Columns by which the tables are compared; all takes every column beside the
            counts and what names a table (study and its number, cohort, model, target, unit), and
            an empty list none.
        numeric: Columns to take as numbers, with a slope instead of groups. Without, a column is
            one of numbers when all its cells are and more than five of them differ.
        covariances: Whether the groups of a comparison share their covariance between studies.
        compat: midas adds what MIDAS v2.00 for Stata prints, its faults named, to pooling.json.
        figures: Whether to draw the figures and show them on the page.
    """

    tables: tuple[Path, ...]
    out: Path
    confidence: float = 0.95
    prior: float = 0.2
    model: Model = "exact"
    covariates: tuple[str, ...] = (_ALL,)
    numeric: tuple[str, ...] = ()
    covariances: Covariances = "shared"
    compat: Compat = "none"
    figures: bool = True

    def __post_init__(self) -> None:
        for name in ("confidence", "prior"):
            if not 0.0 < (value := getattr(self, name)) < 1.0:
                raise ValueError(f"{name} must lie between 0 and 1, got {value}")


def pool(config: PoolConfig) -> None:
    """Pool the tables of every target, write what they say, and say it in short."""
    analyses, log = run_pooling(config)
    _show(analyses, log.warnings, config.out)


def run_pooling(config: PoolConfig) -> tuple[tuple[Analysis, ...], RunLog]:
    """Pool the tables of every target and write what they say.

    Raises:
        ValueError: If a file holds no tables, no file has a covariate that was asked for, or
            another command ran in the folder.
        NothingUsable: If no target can be pooled.
    """
    log = RunLog("pool", config)
    with log.stage("read"):
        read = [(path.name, read_tables(path)) for path in config.tables]
    tables = [table for _, found in read for table in found]
    choice = _choice(config)
    require_columns(tables, (*(choice.names or ()), *choice.numeric))
    log.begin(config.out, writes=_WRITES, reads=config.tables)
    log.counts["tables"] = len(tables)
    log.warnings += [*_unnamed(read), *repeated_tables(tables)]
    with log.stage("pool"):
        analyses = _analyses(tables, config, log)
    with log.stage("write"):
        _write(analyses, config.out)
    _draw(analyses, config, log)
    log.write(config.out)
    return analyses, log


def _write(analyses: Sequence[Analysis], out: Path) -> None:
    write_document(out / "pooling.json", analyses)
    write_summary(out / "summary.csv", analyses)
    write_subgroups(out / "subgroups.csv", analyses)
    write_trends(out / "slopes.csv", analyses)
    names = file_names(analysis.target for analysis in analyses)
    for analysis in analyses:
        if (fit := analysis.summary.fit) is not None:
            part = f"_{names[analysis.target]}" if analysis.target else ""
            write_parameters(out / f"revman_parameters{part}.csv", fit)


def _draw(analyses: Sequence[Analysis], config: PoolConfig, log: RunLog) -> None:
    """Draw the figures, if they are wanted, and write the page that shows them."""
    folder = config.out / "figures" if config.figures else None
    if folder is not None:
        with log.stage("draw"):
            names = file_names(analysis.target for analysis in analyses)
            for analysis in analyses:
                draw(analysis, folder, suffix=names[analysis.target])
    with log.stage("page"):
        inputs = {f"tables, {path.name}": file_digest(path) for path in config.tables}
        known = {"configuration, SHA-256": config_digest(config)}
        write_page(
            config.out / "pooling.html", analyses, figures=folder, provenance=known | inputs
        )


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
    found = analyse_targets(
        tables,
        confidence=config.confidence,
        prior=config.prior,
        model=config.model,
        choice=_choice(config),
        compat=config.compat,
    )
    for analysis in found.analyses:
        name = analysis.target or ("no target" if len(found.analyses) > 1 else "")
        log.warnings += [f"{name}: {note}" if name else note for note in analysis.notes]
    log.counts["targets"] = len(found.analyses)
    log.warnings += found.refused
    if not found.analyses:
        log.write(config.out, exit_code=3)
        raise NothingUsable("; ".join(found.refused) or "no file of tables was given")
    return found.analyses


def _choice(config: PoolConfig) -> Choice:
    # Files are read with column names in lower case.
    names = config.covariates
    return Choice(
        names=None if names == (_ALL,) else tuple(name.strip().lower() for name in names),
        numeric=tuple(name.strip().lower() for name in config.numeric),
        covariances=config.covariances,
    )


def _show(analyses: Sequence[Analysis], warnings: Sequence[str], out: Path) -> None:
    from rich.table import Table

    confidence = level(analyses[0].summary.confidence)
    title = f"Pooled accuracy, {confidence} intervals"
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for analysis in analyses:
        name = analysis.target or ("no target" if len(analyses) > 1 else "all")
        table.add_column(f"{name}\n{counted(analysis.summary.k, 'table')}", no_wrap=True)
    columns = [quantities(analysis) for analysis in analyses]
    for name in columns[0]:
        table.add_row(name.replace("_", " "), *(_text(column[name]) for column in columns))
    tell(table, notes=first_notes(warnings, rest="pooling.html"), lines=[f"Files are in {out}"])


def _text(value: Interval | None) -> str:
    if value is None:
        return "not given"
    return f"{value.estimate:.3g}\n({value.lower:.3g} to {value.upper:.3g})"
