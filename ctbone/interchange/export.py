"""``ctbone export``: 2x2 tables in the forms that other programs of meta-analysis read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ctbone.interchange.forms import WRITERS, Form
from ctbone.interchange.naming import file_names
from ctbone.interchange.reading import read_tables
from ctbone.interchange.tables import repeated_tables
from ctbone.runs import RunLog
from ctbone.telling import tell


@dataclass(frozen=True, kw_only=True)
class ExportConfig:
    """Write 2x2 tables in the form that another program of meta-analysis reads.

    Attributes:
        tables: File with the columns study, tp, fp, fn and tn, or any form that this command
            writes.
        to: Program that is to read them: stata writes data and a do-file for midas, metandi and
            metadta; mada, meta4diag and lme4 (the long form) write data and an R script; revman
            (whose header no source states) and metadta (the web application MetaDTA) write data.
        out: Folder for the files; files of an earlier export for the same program are removed.
    """

    tables: Path
    to: Form
    out: Path


def export(config: ExportConfig) -> None:
    """Write the tables of every target in the form of another program.

    Raises:
        ValueError: If the file holds no tables, or lies where the files would be written.
    """
    log = RunLog("export", config)
    tables = read_tables(config.tables)
    log.begin(config.out, writes=_patterns(config.to), reads=(config.tables,))
    log.warnings += repeated_tables(tables)
    paths: list[Path] = []
    for target, part in file_names(table.target for table in tables).items():
        chosen = [table for table in tables if table.target == target]
        name = f"{config.to}_{part}" if part else config.to
        written = WRITERS[config.to](config.out, name, chosen)
        paths += written.paths
        log.warnings += [note for note in written.notes if note not in log.warnings]
    log.counts |= {"tables": len(tables), "files": len(paths)}
    log.write(config.out)
    tell(notes=log.warnings, lines=map(str, paths))


def _patterns(form: Form) -> list[str]:
    """Return which files of a folder an export for a program writes."""
    endings = ("csv", "R", "dta", "do")
    return [f"{form}{rest}.{ending}" for rest in ("", "_*") for ending in endings]
