"""What R itself reads from the files for mada and meta4diag.

Neither package is at hand: their files are held to their documented headers, and the scripts to
R's grammar.
"""

from __future__ import annotations

import pytest

from ctbone.interchange.forms import lme4, mada, meta4diag

from .conftest import to_table

ODD = ("Müller, 2020", 'the "first"', "NA", "骨 1999", "a;b")

_READ = """
tables <- read.csv("{name}.csv", check.names = FALSE, na.strings = "", fileEncoding = "UTF-8")
cat(names(tables), sep = ","); cat("\\n")
cat(sapply(tables, class), sep = ","); cat("\\n")
cat(colSums(tables[c("TP", "FP", "FN", "TN")]), sep = ","); cat("\\n")
cat(enc2utf8(tables[[1]]), sep = "|"); cat("\\n")
"""


@pytest.mark.parametrize(
    ("form", "header", "types"),
    [
        (mada, "names,TP,FN,FP,TN", "character,integer,integer,integer,integer"),
        (meta4diag, "studynames,TP,FP,TN,FN", "character,integer,integer,integer,integer"),
    ],
)
def test_r_reads_names_types_and_counts(tmp_path, rscript, form, header, types):
    tables = [
        to_table(study, (1, 20, 300, 4000), covariates={"year": "2001", "my plane": "axial"})
        for study in ODD
    ]
    data, script = form.write(tmp_path, "found", tables).paths
    code = _READ.format(name=data.stem) + f'invisible(parse("{script.name}"))'
    lines = rscript(tmp_path, "-e", code).splitlines()
    assert lines == [
        f"{header},year,my plane",
        f"{types},integer,character",
        "5,100,1500,20000",
        "|".join(ODD),
    ]


def test_the_long_form_is_read_with_its_types(tmp_path, rscript):
    data = lme4.write(tmp_path, "found", [to_table("7", (1, 2, 3, 4))]).paths[0]
    code = f'cat(sapply(read.csv("{data.name}"), class), sep = ",")'
    assert rscript(tmp_path, "-e", code) == ",".join(["integer"] * 5)


_STUBS = """
library <- function(...) NULL
anova <- print <- plot <- points <- summary <- SROC <- forest <- function(...) invisible(1)
madad <- madauni <- phm <- SummaryPts <- meta4diag <- function(...) 1
fpr <- sens <- function(data) data$FP
reitsma <- function(data, formula = NULL, ...) {{
  stopifnot(all(c("TP", "FN", "FP", "TN") %in% names(data)))
  if (!is.null(formula)) cat("group:", unique(as.character(data$group)), "\\n")
}}
source("{script}")
"""


@pytest.mark.parametrize("form", [mada, meta4diag])
def test_what_the_scripts_do_themselves_runs(tmp_path, rscript, form):
    """The calls of the packages do nothing here; the lines around them do what they do."""
    tables = [
        to_table(
            f"S {i}",
            (1, 20, 300, 4000),
            covariates={"my plane": "ab"[i % 2], "year": str(2000 + i // 2), "site": "one"}
            | ({} if i else {"rare": "x"}),
        )
        for i in range(8)
    ]
    _, script = form.write(tmp_path, "found", tables).paths
    shown = rscript(tmp_path, "-e", _STUBS.format(script=script.name))
    groups = [line for line in shown.splitlines() if line.startswith("group:")]
    expected = ["group: a b ", "group: 2000 2001 2002 2003 "]
    assert groups == (expected if form is mada else [])
