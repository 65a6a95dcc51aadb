"""The page with every study of a run, where a person looks at each and says what is to be done.

All of a review happens in this one document: not every browser lets pages that are opened from
disk share what they keep, so that verdicts made on several pages could not be gathered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason
from ctbone.pages import Cell, Entry, Link, Listing, Page, Paragraph, Section, render
from ctbone.report.runs import Run
from ctbone.report.studies import Measure, Study, number_in, other_reading
from ctbone.report.study_page import CAVEAT
from ctbone.report.thumbnails import PICTURES, THUMBNAILS, Shown
from ctbone.report.words import (
    NAMES,
    category_cell,
    limits_of,
    quantity_of,
    spoken,
    status_cell,
    value_cell,
)

#: Where the pages of studies lie, beside the worklist.
STUDIES = "studies"

_COLUMNS = ("levels", "flags", "reason", "scanner", "month")

#: Columns that the list can be narrowed by; a cell of flags holds several.
_FILTERS = ("status", "category", "reason", "flags", "scanner")

#: What the script is made of, in order: each part uses those before it.
_SCRIPTS = ("csv.js", "verdicts.js", "list.js", "study.js", "review.js")


def worklist(run: Run, studies: Sequence[Study], shown: Mapping[str, Shown]) -> str:
    """Return the page as HTML; without its script it is the table of all studies.

    Args:
        run: The run.
        studies: Of it, in their order.
        shown: What there is to see of each, by its UID.
    """
    known = Counter(filter(None, map(quantity_of, studies))).most_common(1)
    name, unit = NAMES[known[0][0]] if known else ("value", "")
    value = f"{name}, {unit} (90 % interval)" if _has_limits(studies) else f"{name}, {unit}"
    listing = Listing(
        title="Studies",
        name="study",
        columns=("status", "category", value if unit else "value", *_COLUMNS),
        entries=tuple(_entry(study, shown[study.study_uid], unit) for study in studies),
    )
    page = Page(
        title=f"Worklist: {run.name}",
        lead=CAVEAT,
        sections=(Section(title="", blocks=(listing if studies else _NONE,)),),
        ways=(Link(path="../index.html", text="\u2039 Overview"),),
        is_wide=True,
        data=_data(run, studies, shown),
    )
    # Names of a block are its own: some of a window cannot be taken.
    script = "\n".join(("{", *map(_text, _SCRIPTS), "}")) if studies else ""
    return render(page, style=_text("worklist.css"), script=script)


_NONE = Paragraph("This run found no study.")


def _has_limits(studies: Sequence[Study]) -> bool:
    return any(m.lower is not None for s in studies for m in s.measures.values())


def _entry(study: Study, shown: Shown, unit: str) -> Entry:
    return Entry(
        path=f"{STUDIES}/{study.name}.html",
        name=study.study_uid,
        thumbnail=f"{THUMBNAILS}/{shown.thumbnail}" if shown.thumbnail else "",
        cells=(
            status_cell(study),
            category_cell(study),
            value_cell(study, unit=unit),
            " ".join(study.levels),
            ", ".join(map(spoken, study.flags)),
            Cell(spoken(study.reason)),
            study.scanner,
            study.month,
        ),
    )


def _data(run: Run, studies: Sequence[Study], shown: Mapping[str, Shown]) -> dict[str, Any]:
    """Return what the script has to know beyond what the list says."""
    return {
        # Verdicts belong to what this configuration located.
        "run": str(run.stated.get("config_sha256", ""))[:16],
        "levels": [v.name for v in sorted(VertebralLevel, key=lambda level: level.order)],
        "filters": list(_FILTERS),
        "studies": [_facts(study, shown[study.study_uid]) for study in studies],
    }


def _facts(study: Study, shown: Shown) -> dict[str, Any]:
    names = " ".join(row.get("level", "") for row in study.located)
    return {
        "uid": study.study_uid,
        "key": sha256(f"{study.study_uid} {names}".encode()).hexdigest()[:16],
        "picture": f"{PICTURES}/{shown.picture}" if shown.picture else "",
        "said": [text for text in (*study.detail.split(" | "), shown.note) if text],
        "vertebrae": [
            [row["level"], _said(row), row.get("reason") == Reason.LEVEL_UNCERTAIN]
            for row in study.located
            if row.get("level")
        ],
    }


def _said(row: Mapping[str, str]) -> str:
    """Say in a few words what was measured in a vertebra, or why nothing was."""
    parts = [spoken(row.get("reason", ""))]
    if other := _other(row):
        parts.append(f"or {other}")
    for quantity, sd in (("bmd_mg_cm3", "sd_mg_cm3"), ("trabecular_hu", "")):
        try:
            value, spread = number_in(row, quantity), number_in(row, sd) if sd else None
        except ValueError:
            continue
        if value is not None:
            number = limits_of(Measure(value=value), decimals=0)
            around = "" if spread is None else f" \u00b1 {spread:.0f}"
            parts.append(f"{number}{around} {NAMES[quantity][1]}")
    return ", ".join(part for part in parts if part)


def _other(row: Mapping[str, str]) -> str:
    try:
        return other_reading(row)
    except ValueError:
        return ""


@cache
def _text(name: str) -> str:
    return (files("ctbone.report") / "templates" / name).read_text(encoding="utf-8").strip()
