"""What a reader wants to know first of vertebrae, out of rows of vertebrae.csv."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from ctbone.pages import Cell, Table
from ctbone.report.words import spoken

#: What a table shows of what was measured, where it was.
_MEASURES = {
    "trabecular_hu": "trabecular HU",
    "bmd_mg_cm3": "BMD, mg/cm3",
    "t_score": "T-score expected of a DXA",
    "p_osteoporosis": "probability of osteoporosis",
}


def vertebra_table(rows: pd.DataFrame) -> Table:
    """Return what a reader wants to know of vertebrae first; no column is empty."""
    measured = [name for name in _MEASURES if rows[name].notna().any()]
    shown = rows.assign(confidence=100.0 * rows["confidence"])
    numbers = (*measured, "confidence")
    why = ("not measured",) if rows["reason"].notna().any() else ()
    heads = ("level", *(_MEASURES[name] for name in measured), "level sure, %", *why)
    return Table(
        title="",
        columns=heads,
        rows=tuple(
            (
                str(row["level"]),
                *(_number(row[name]) for name in numbers),
                *(_why(row) for _ in why),
            )
            for row in shown.to_dict("records")
        ),
    )


def vertebra_words(row: Mapping[Any, Any]) -> str:
    """Say of a row which vertebra it is, and what was measured or why nothing was."""
    hu = _number(row["trabecular_hu"]).text
    return f"{row['level']} {hu} HU" if hu else f"{row['level']} {_why(row).split(':')[0]}".strip()


def _number(value: object) -> Cell:
    if not isinstance(value, float) or math.isnan(value):
        return Cell("")
    # Of a probability or a T-score the digits behind the point are what is asked for.
    return Cell(f"{value:.0f}" if abs(value) >= 10.0 else f"{value:.2f}", value)


def _why(row: Mapping[Any, Any]) -> str:
    parts = [row[name] for name in ("reason", "detail")]
    words = [str(part) for part in parts if isinstance(part, str)]
    return ": ".join([spoken(words[0]), *words[1:]]) if words else ""
