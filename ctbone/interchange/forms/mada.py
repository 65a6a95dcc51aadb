"""mada 0.5 (R): a CSV file with TP, FN, FP and TN, and a script of several models.

The header is that of mada's help: the four columns in capitals, in any order, others kept beside
them; studies are named in ``names``. Every count, study and covariate is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ctbone.interchange.forms.cells import Written, write_with_script
from ctbone.interchange.tables import AccuracyTable

COLUMNS = ("names", "TP", "FN", "FP", "TN")

_SCRIPT = """\
# Once: install.packages("mada")
library(mada)
tables <- read.csv("{data}", check.names = FALSE, na.strings = "", fileEncoding = "UTF-8")

# Sensitivity and specificity of each study, with a test of equality of each.
print(madad(tables))

# The bivariate model in its normal approximation. mada adds 0.5 to every cell of every study as
# soon as one cell of one study is zero; the second model corrects that study alone.
models <- list(
  "REML" = reitsma(tables),
  "ML, single studies corrected" = reitsma(tables, method = "ml", correction.control = "single")
)
for (name in names(models)) {{
  cat("\\n", name, "\\n", sep = "")
  print(summary(models[[name]]))
}}
# Likelihood ratios and the diagnostic odds ratio, by simulation.
print(summary(SummaryPts(models[[1]])))
# The diagnostic odds ratio alone, and the proportional-hazards model of Holling.
print(summary(madauni(tables)))
print(summary(phm(tables)))

# Meta-regression on each further column that tells the studies apart. Models that are compared
# by their likelihoods are fitted by ML, on the studies that state the column.
for (name in setdiff(names(tables), c("names", "TP", "FN", "FP", "TN"))) {{
  stated <- tables[!is.na(tables[[name]]), ]
  if (length(unique(stated[[name]])) < 2 || nrow(stated) < 6) next
  if (is.character(stated[[name]]) && length(unique(stated[[name]])) > nrow(stated) / 2) next
  stated$group <- stated[[name]]
  cat("\\n", name, "\\n", sep = "")
  regression <- reitsma(stated, method = "ml", formula = cbind(tsens, tfpr) ~ group)
  print(summary(regression))
  print(anova(regression, reitsma(stated, method = "ml")))
}}

plot(models[[1]], sroclwd = 2)
points(fpr(tables), sens(tables), pch = 2)
"""


def write(out: Path, name: str, tables: Sequence[AccuracyTable]) -> Written:
    """Write the tables of one target and the script that pools them."""
    return write_with_script(out, name, tables, columns=COLUMNS, script=_SCRIPT)
