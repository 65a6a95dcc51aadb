"""lme4 (R): the long form of the Cochrane handbook, two rows a table, and a script that pools it.

``study, sens, spec, n, true``: the row with ``sens`` 1 counts the diseased (``n``) and those of
them that the index test finds (``true``), the row with ``spec`` 1 the healthy. Every count, study
and covariate is held; further columns stand in both rows. Where a study has several tables of one
target a column ``table`` numbers them, and each is a level of its own in the model, as in
``ctbone pool``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ctbone.delimited import write_rows
from ctbone.interchange.counts import to_count
from ctbone.interchange.forms.cells import Written, further, write_script
from ctbone.interchange.forms.lme4_script import script
from ctbone.interchange.tables import AccuracyTable

COLUMNS = ("study", "sens", "spec", "n", "true")

#: What tells the form from others; the column of studies may have another name.
REQUIRED = COLUMNS[1:]

#: What makes two rows those of one table, beside the study, where the columns are there.
_KEYS = ("target", "model", "cohort", "table")

_Row = tuple[int, Mapping[str, str]]


def write(out: Path, name: str, tables: Sequence[AccuracyTable]) -> Written:
    """Write the tables of one target, two rows each, and the script that pools them."""
    has_several = len({item.study for item in tables}) < len(tables)
    own = (*COLUMNS, "table") if has_several else COLUMNS
    rest = further(tables, (*COLUMNS, "table"), study="study")
    data = write_rows(out / f"{name}.csv", (*own, *rest), _long(tables, rest))
    lines = script(data.name, group="table" if has_several else "study")
    return Written(paths=(data, write_script(out / f"{name}.R", lines)))


def _long(
    tables: Sequence[AccuracyTable], rest: Mapping[str, Sequence[str]]
) -> Iterator[dict[str, object]]:
    for i, item in enumerate(tables):
        found = item.table
        own = {"study": item.study, "table": i + 1} | {name: rest[name][i] for name in rest}
        yield own | {"sens": 1, "spec": 0, "n": found.diseased, "true": found.true_positives}
        yield own | {"sens": 0, "spec": 1, "n": found.healthy, "true": found.true_negatives}


def pair(rows: Sequence[_Row], *, study: str, name: str) -> list[tuple[int, dict[str, str]]]:
    """Turn the rows of the long form into rows of four counts.

    Args:
        rows: Every row with its line.
        study: The column that names the study.
        name: Of the file, for messages.

    Raises:
        ValueError: If a row is none of the form, or a table lacks a half or has one twice; the
            message names the file and the line.
    """
    halves: dict[tuple[str, ...], dict[str, _Row]] = {}
    for line, cells in rows:
        key = tuple(cells.get(column, "") for column in (study, *_KEYS))
        half = _half(cells, f"{name}, line {line}")
        found = halves.setdefault(key, {})
        if half in found:
            wanted = f"expected one row with {half} 1 for the study {key[0][:40]!r}"
            both = f"found two, in lines {found[half][0]} and {line}"
            raise ValueError(f"{name}, line {line}: {wanted}, {both}")
        found[half] = (line, cells)
    return [_joined(found, study, name) for found in halves.values()]


def _half(cells: Mapping[str, str], where: str) -> str:
    found = tuple(cells[column].partition(".")[0] for column in ("sens", "spec"))
    if found not in {("1", "0"), ("0", "1")}:
        shown = f"{cells['sens'][:40]!r} and {cells['spec'][:40]!r}"
        raise ValueError(f"{where}: expected 1 and 0, or 0 and 1, in sens and spec, found {shown}")
    return "sens" if found[0] == "1" else "spec"


def _joined(found: Mapping[str, _Row], study: str, name: str) -> tuple[int, dict[str, str]]:
    line, cells = next(iter(found.values()))
    if len(found) < 2:
        lacking = ({"sens", "spec"} - found.keys()).pop()
        wanted = f"expected a row with {lacking} 1 as well for the study {cells[study][:40]!r}"
        raise ValueError(f"{name}, line {line}: {wanted}, found none")
    apart = {*REQUIRED, "table", ""}
    own = {column: text for column, text in cells.items() if column not in apart}
    for column in own:
        _require_same(column, found, name)
    tp, fn = _split(*found["sens"], name)
    tn, fp = _split(*found["spec"], name)
    return line, own | {"tp": str(tp), "fp": str(fp), "fn": str(fn), "tn": str(tn)}


def _require_same(column: str, found: Mapping[str, _Row], name: str) -> None:
    (first, cells), (second, others) = found.values()
    if cells[column] != others[column]:
        wanted = f"expected {cells[column][:40]!r} in {column}, as in line {first}"
        raise ValueError(f"{name}, line {second}: {wanted}, found {others[column][:40]!r}")


def _split(line: int, cells: Mapping[str, str], name: str) -> tuple[int, int]:
    """Return how many of the patients of a row were called rightly, and how many wrongly."""
    where = f"{name}, line {line}"
    total, true = to_count(cells, "n", where), to_count(cells, "true", where)
    if true > total:
        raise ValueError(f"{where}: expected at most n, {total}, in true, found {true}")
    return true, total - true
