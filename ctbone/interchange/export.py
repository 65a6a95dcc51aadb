"""``ctbone export``: 2x2 tables in the forms that other programs of meta-analysis read.

Headers and their order are those of the programs' own help and code: midas 2.00, metandi and
metadta (Stata), mada 0.5 and meta4diag 2.1 (R), MetaDTA (a web application) and RevMan, whose
form has no published header: it takes the columns TP, FP, FN and TN when they are pasted in.
Tables of different targets never share a file, since none of these programs would tell them apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from ctbone.delimited import write_rows
from ctbone.interchange.naming import file_names, unique
from ctbone.interchange.tables import COUNTS, AccuracyTable, read_tables
from ctbone.runs import RunLog

Form = Literal["stata", "mada", "meta4diag", "revman", "metadta"]

_YEAR = re.compile(r"\b(?:19|20)[0-9]{2}\b")

#: Longest name of a Stata variable in characters, and longest text of a Stata string in bytes.
_STATA_NAME, _STATA_TEXT = 32, 2045

#: Names that Stata keeps to itself ([U] 11.3), or that pandas renames for being Mata's; those with
#: an underscore cannot come up.
_STATA_RESERVED = frozenset({
    "aggregate", "array", "boolean", "break", "byte", "case", "catch", "class", "colvector",
    "complex", "const", "continue", "default", "delegate", "delete", "do", "double", "else",
    "eltypedef", "end", "enum", "explicit", "export", "external", "float", "for", "friend",
    "function", "global", "goto", "if", "in", "inline", "int", "local", "long", "NULL", "pragma",
    "protected", "quad", "rowvector", "short", "strL", "typedef", "typename", "using", "virtual",
    "with",
})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ExportConfig:
    """Write 2x2 tables in the form that another program of meta-analysis reads.

    Attributes:
        tables: CSV file with the columns study, tp, fp, fn and tn.
        to: Program that is to read them: stata writes data and a do-file for midas, metandi and
            metadta; mada and meta4diag write data and an R script; revman and metadta (the web
            application MetaDTA) write data.
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
    from rich.console import Console

    log = RunLog("export", config)
    tables = read_tables(config.tables)
    log.begin(config.out, writes=_patterns(config.to), reads=(config.tables,))
    paths = []
    for target, part in file_names(table.target for table in tables).items():
        chosen = [table for table in tables if table.target == target]
        name = f"{config.to}_{part}" if part else config.to
        paths += _WRITERS[config.to](config.out, name, chosen)
    log.counts |= {"tables": len(tables), "files": len(paths)}
    log.write(config.out)
    console = Console()
    for path in paths:
        console.print(str(path), markup=False)


def _patterns(form: Form) -> list[str]:
    """Return which files of a folder an export for a program writes."""
    endings = ("csv", "R", "dta", "do")
    return [f"{form}{rest}.{ending}" for rest in ("", "_*") for ending in endings]


def _cells(item: AccuracyTable) -> dict[str, object]:
    return {name: getattr(item.table, cell) for name, cell in COUNTS.items()}


def _upper(item: AccuracyTable) -> dict[str, object]:
    return {name.upper(): count for name, count in _cells(item).items()}


def _covariates(tables: Sequence[AccuracyTable]) -> list[str]:
    """Return the names of the covariates that any table states."""
    return list(dict.fromkeys(n for t in tables for n, text in t.covariates.items() if text))


def _headers(covariates: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """Give each covariate a header that no column of the program's own has."""
    taken = {column.casefold() for column in columns}
    return {name: unique(name, taken) for name in covariates}


def _write_stata(out: Path, name: str, tables: Sequence[AccuracyTable]) -> list[Path]:
    import pandas as pd

    rows = [{"study": _stata_text(item.study), **_cells(item)} for item in tables]
    frame = pd.DataFrame(rows)
    for covariate, variable in _variables(_covariates(tables)).items():
        frame[variable] = [_stata_text(t.covariates.get(covariate, "")) for t in tables]
    data, script = out / f"{name}.dta", out / f"{name}.do"
    # Version 118 holds Unicode and is read by Stata 14 and later.
    frame.to_stata(data, write_index=False, version=118)
    script.write_text(_stata_script(data.name), encoding="utf-8")
    return [data, script]


def _stata_text(text: str) -> str:
    return text.encode()[:_STATA_TEXT].decode(errors="ignore")


def _variables(names: Sequence[str]) -> dict[str, str]:
    """Give each covariate a variable name; metadta takes none with an underscore."""
    taken = {"study", *COUNTS}
    variables = {}
    for name in names:
        stem = re.sub(r"[^0-9A-Za-z]", "", name)[: _STATA_NAME - 3] or "covariate"
        stem = f"v{stem}" if stem[0].isdigit() or _is_reserved(stem) else stem
        variable, number = stem, 1
        while variable.lower() in taken:
            number += 1
            variable = f"{stem}{number}"
        taken.add(variable.lower())
        variables[name] = variable
    return variables


def _is_reserved(name: str) -> bool:
    return name in _STATA_RESERVED or re.fullmatch("str[0-9]+", name) is not None


def _stata_script(data: str) -> str:
    return "\n".join(
        (
            f'use "{data}", clear',
            "* ssc install midas, metandi and metadta once",
            "midas tp fp fn tn, id(study) res(all)",
            "metandi tp fp fn tn",
            "metadta tp fp fn tn, studyid(study)",
            "",
        )
    )


def _write_mada(out: Path, name: str, tables: Sequence[AccuracyTable]) -> list[Path]:
    data = _write(out / f"{name}.csv", ("names", "TP", "FN", "FP", "TN"), tables)
    script = out / f"{name}.R"
    lines = (
        "library(mada)",
        f'tables <- read.csv("{data.name}", check.names = FALSE)',
        "fit <- reitsma(tables)",
        "print(summary(fit))",
        "plot(fit)",
    )
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [data, script]


def _write_meta4diag(out: Path, name: str, tables: Sequence[AccuracyTable]) -> list[Path]:
    data = _write(out / f"{name}.csv", ("studynames", "TP", "FP", "TN", "FN"), tables)
    script = out / f"{name}.R"
    lines = (
        "library(meta4diag)",
        f'tables <- read.csv("{data.name}", check.names = FALSE)',
        "print(summary(meta4diag(data = tables)))",
    )
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [data, script]


def _write_revman(out: Path, name: str, tables: Sequence[AccuracyTable]) -> list[Path]:
    return [_write(out / f"{name}.csv", ("Study", "TP", "FP", "FN", "TN"), tables)]


def _write_metadta(out: Path, name: str, tables: Sequence[AccuracyTable]) -> list[Path]:
    """Write author, year and counts, sorted by author, each author once."""
    columns = ("author", "year", "TP", "FN", "FP", "TN")
    headers = _headers([n for n in _covariates(tables) if n != "year"], columns)
    rows, seen = [], dict[str, int]()
    for item in sorted(tables, key=lambda t: t.study):
        seen[item.study] = seen.get(item.study, 0) + 1
        author = item.study if seen[item.study] == 1 else f"{item.study} ({seen[item.study]})"
        own = {header: item.covariates.get(n) for n, header in headers.items()}
        rows.append({**own, "author": author, "year": _year(item), **_upper(item)})
    return [write_rows(out / f"{name}.csv", (*columns, *headers.values()), rows)]


def _year(item: AccuracyTable) -> str | None:
    found = _YEAR.search(item.study)
    return item.covariates.get("year") or (found.group() if found else None)


def _write(path: Path, columns: Sequence[str], tables: Sequence[AccuracyTable]) -> Path:
    """Write the columns of a program, that of studies first, and the covariates after them."""
    headers = _headers(_covariates(tables), columns)
    rows = (
        {columns[0]: t.study, **_upper(t)}
        | {header: t.covariates.get(name) for name, header in headers.items()}
        for t in tables
    )
    return write_rows(path, (*columns, *headers.values()), rows)


_Writer = Callable[[Path, str, Sequence[AccuracyTable]], list[Path]]

_WRITERS: Mapping[Form, _Writer] = MappingProxyType(
    {
        "stata": _write_stata,
        "mada": _write_mada,
        "meta4diag": _write_meta4diag,
        "revman": _write_revman,
        "metadta": _write_metadta,
    }
)
