"""The files that others read: results, 2x2 tables, and the forms of other programs."""

from __future__ import annotations

from ctbone.interchange.outcomes import write_rejections, write_vertebrae
from ctbone.interchange.results import ResultRow, read_results, to_row, write_results
from ctbone.interchange.tables import (
    AccuracyTable,
    duplicated_studies,
    read_tables,
    write_tables,
)

__all__ = [
    "AccuracyTable",
    "ResultRow",
    "duplicated_studies",
    "read_results",
    "read_tables",
    "to_row",
    "write_rejections",
    "write_results",
    "write_tables",
    "write_vertebrae",
]
