"""The files that others read: results, 2x2 tables, and the forms of other programs."""

from __future__ import annotations

from ctbone.delimited import write_rows
from ctbone.interchange.export import ExportConfig, export
from ctbone.interchange.forms.revman import RevmanParameters, write_revman_parameters
from ctbone.interchange.lines import line_cells
from ctbone.interchange.outcomes import (
    OUTCOME_FILES,
    level_rows,
    rejection_cells,
    vertebra_cells,
    write_rejections,
    write_vertebrae,
)
from ctbone.interchange.reading import read_tables
from ctbone.interchange.result_rows import to_row
from ctbone.interchange.results import ResultRow, read_results, result_cells
from ctbone.interchange.review import REVIEW_COLUMNS, Verdict, counted_rows, read_review
from ctbone.interchange.tables import (
    AccuracyTable,
    repeated_tables,
    write_tables,
)

__all__ = [
    "OUTCOME_FILES",
    "REVIEW_COLUMNS",
    "AccuracyTable",
    "ExportConfig",
    "ResultRow",
    "RevmanParameters",
    "Verdict",
    "counted_rows",
    "export",
    "level_rows",
    "line_cells",
    "read_results",
    "read_review",
    "read_tables",
    "rejection_cells",
    "repeated_tables",
    "result_cells",
    "to_row",
    "vertebra_cells",
    "write_rejections",
    "write_revman_parameters",
    "write_rows",
    "write_tables",
    "write_vertebrae",
]
