"""``ctbone cohort``: from spreadsheets of reference results and an export to ``cohort.csv``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from ctbone.deidentification import PRIVACY, Seen, write_privacy
from ctbone.drawing import draw_flow_chart
from ctbone.errors import NothingUsable
from ctbone.ingest import CATALOGUE, index_export, require_folders, require_site_key, site_key
from ctbone.linkage.card import Card, page_of
from ctbone.linkage.configuration import CohortConfig, sheet_of
from ctbone.linkage.counting import splits_of
from ctbone.linkage.disclosing import HANDLING
from ctbone.linkage.files import TABLES, write_tables
from ctbone.linkage.flow import chart_of
from ctbone.linkage.linking import Linkage, link
from ctbone.linkage.markdown import to_markdown
from ctbone.linkage.reading import read_references
from ctbone.linkage.reasons import LinkReason
from ctbone.linkage.references import Reference, RefusedRow
from ctbone.linkage.spreadsheets import read_spreadsheet
from ctbone.linkage.studies import look_at
from ctbone.pages import render
from ctbone.plurals import counted
from ctbone.runs import RunLog, require_own_folder
from ctbone.telling import noted, tell

#: The page, its picture, and the same as Markdown.
PAGE, README = "cohort.html", "README.md"
_FIGURES, _FLOW = "figures", ("figures/flow.png", "figures/flow.svg")

#: What a run leaves.
_WRITES = (*TABLES, PAGE, README, PRIVACY, *_FLOW)


def cohort(config: CohortConfig) -> None:
    """Link reference results to the studies of an export, exclude, and split by patient.

    Raises:
        NothingUsable: If no study has a reference; what became of each is written all the same.
        ValueError: If a spreadsheet cannot be read as its sheet says, dates are written in no
            style that was named, or a patient would be in two splits.
    """
    require_folders(config.export, config.out)
    require_site_key(config.site_key)
    require_own_folder(config.out, "cohort")
    config.out.mkdir(parents=True, exist_ok=True)
    log, seen = RunLog("cohort", _shown(config)), Seen()
    key = site_key(config.site_key, catalogue=config.out / CATALOGUE)
    with log.stage("read"):
        rows = list(_rows(config, key=key))
    log.begin(config.out, writes=_WRITES, reads=(*config.labels, config.site_key))
    with log.stage("index"):
        # No file is put into the catalogue, which holds the key alone: paths name people.
        studies = seen.watch(index_export(config.export, key=key))
        looked = list(look_at(studies, rule=config.series))
    with log.stage("link"):
        found = link(rows, looked, rule=config.link, exclude=config.exclude, split=config.split)
    log.counts = _counts(found)
    log.warnings += _warnings(found)
    with log.stage("write"):
        _write(found, config, log)
    log.write(config.out, exit_code=0 if found.pairs else 3)
    write_privacy(config.out, HANDLING, seen=seen, site_key=config.site_key)
    if not found.pairs:
        raise NothingUsable(_nothing(found))
    _show(found, log, config.out)


def _shown(config: CohortConfig) -> CohortConfig:
    """Return the configuration as it may be written: names of spreadsheets can be of people."""
    names = tuple(Path(f"spreadsheet {n}") for n in range(1, len(config.labels) + 1))
    return replace(config, labels=names)


def _rows(config: CohortConfig, *, key: bytes) -> Iterator[Reference | RefusedRow]:
    today = date.today()
    for number, path in enumerate(config.labels, 1):
        sheet = sheet_of(config, number)
        found = read_spreadsheet(path, sheet, number=number)
        yield from read_references(found, sheet, key=key, today=today)


def _counts(found: Linkage) -> dict[str, int]:
    """Return how many of what: rows and studies each add up."""
    cohort = Counter(f"cohort: {row.split}" for row in found.cohort())
    rows = Counter(f"row: {row.reason}" for row in found.rows)
    gone = Counter(f"study: {left.reason}" for left in found.studies)
    return {
        "rows": found.all_rows,
        "rows_in_use": found.linked_rows,
        "studies": found.all_studies,
        "studies_in_cohort": len(found.pairs),
        **dict(sorted(cohort.items())),
        **dict(sorted(rows.items())),
        **dict(sorted(gone.items())),
    }


def _warnings(found: Linkage) -> Iterator[str]:
    if found.lost_zeros:
        yield (
            f"{counted(found.lost_zeros, 'row')} would find a patient with leading zeros, which "
            "spreadsheets take away: patient_id_digits of a sheet puts them back"
        )
    uncategorised = sum(pair.reference.category is None for pair in found.pairs)
    if uncategorised:
        yield f"{counted(uncategorised, 'row')} of the cohort without a reference category"
    absent = {"train", "validation"} - set(splits_of(found.cohort()))
    if found.pairs and absent:
        yield f"no study is for {' or '.join(sorted(absent))}: a head cannot be trained on it"


def _write(found: Linkage, config: CohortConfig, log: RunLog) -> None:
    out = config.out
    write_tables(found, out)
    chart = chart_of(found, window_days=config.link.window_days)
    _, drawn = draw_flow_chart(chart, out / _FIGURES)
    card = Card(found, config, tuple(log.warnings))
    page = page_of(card, flow_svg=drawn.read_text(encoding="utf-8"))
    (out / PAGE).write_text(render(page), encoding="utf-8")
    (out / README).write_text(to_markdown(page, picture=_FLOW[0]), encoding="utf-8")


def _nothing(found: Linkage) -> str:
    """Say that no study has a reference, and what most rows and studies lack."""
    rows = Counter(row.reason for row in found.rows).most_common(1)
    left = Counter(left.reason for left in found.studies).most_common(1)
    parts = [f"{counted(count, 'row')} {reason}" for reason, count in rows]
    parts += [f"{counted(count, 'study')} {reason}" for reason, count in left]
    return f"expected a study with a reference result, found {' and '.join(parts) or 'neither'}"


def _show(found: Linkage, log: RunLog, out: Path) -> None:
    from rich.table import Table

    table = Table("", "rows", "studies")
    table.add_row("in the cohort", str(found.linked_rows), str(len(found.pairs)))
    rows = Counter(row.reason for row in found.rows)
    gone = Counter(left.reason for left in found.studies)
    for reason in LinkReason:
        if rows[reason] or gone[reason]:
            table.add_row(reason.value, str(rows[reason]), str(gone[reason]))
    table.add_section()
    table.add_row("all", str(found.all_rows), str(found.all_studies))
    tell(table, notes=noted(log.warnings), lines=[f"The cohort and its card are in {out}"])
