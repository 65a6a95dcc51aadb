"""meta4diag 2.1 (R): a CSV file with studynames, TP, FP, TN and FN, and a script.

The header is that of the package's own data and of its reader, which takes any letter case and
whole numbers only. Every count, study and covariate is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ctbone.interchange.forms.cells import Written, write_with_script
from ctbone.interchange.tables import AccuracyTable

COLUMNS = ("studynames", "TP", "FP", "TN", "FN")

_SCRIPT = """\
# Once: meta4diag needs INLA, which is not on CRAN; its pages say how to install it.
library(meta4diag)
tables <- read.csv("{data}", check.names = FALSE, na.strings = "", fileEncoding = "UTF-8")

# The exact bivariate model, by integrated nested Laplace approximations.
fit <- meta4diag(data = tables)
print(summary(fit))
# A covariate is given by the name of its column: meta4diag(data = tables, covariates = "year");
# a column of several index tests is given as modality.
SROC(fit)
forest(fit)
"""


def write(out: Path, name: str, tables: Sequence[AccuracyTable]) -> Written:
    """Write the tables of one target and the script that pools them."""
    return write_with_script(out, name, tables, columns=COLUMNS, script=_SCRIPT)
