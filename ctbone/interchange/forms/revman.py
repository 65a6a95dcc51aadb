"""RevMan, the program of Cochrane reviews: a test data table, and the parameters of its curve.

**The header of the table is unverified.** No program or help page of RevMan states one: a review
of diagnostic accuracy takes one row a study with TP, FP, FN and TN, in this order, when they are
typed or pasted in, and a column a covariate after them. Every count, study and covariate is held.

RevMan draws a summary curve from "externally calculated parameters" that are typed in by hand.
Their labels are those that Stata's midas prints for RevMan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ctbone.delimited import write_rows
from ctbone.interchange.forms.cells import Written, write_wide
from ctbone.interchange.tables import AccuracyTable

COLUMNS = ("Study", "TP", "FP", "FN", "TN")

#: What an export prints, since no source for the header was found.
UNVERIFIED = (
    "RevMan publishes no header for this file: open it in a spreadsheet and paste the columns "
    "Study, TP, FP, FN and TN into the table of the test."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevmanParameters:
    """The bivariate model as RevMan is told of it; everything on the logit scale.

    Attributes:
        mean_sensitivity: Mean logit sensitivity.
        mean_specificity: Mean logit specificity.
        variance_sensitivity: Variance of logit sensitivity between studies.
        variance_specificity: Variance of logit specificity between studies.
        covariance: Of the two between studies.
        se_sensitivity: Standard error of mean logit sensitivity.
        se_specificity: Standard error of mean logit specificity.
        covariance_means: Covariance of the two estimated means.
        studies: Studies that were pooled.
    """

    mean_sensitivity: float
    mean_specificity: float
    variance_sensitivity: float
    variance_specificity: float
    covariance: float
    se_sensitivity: float
    se_specificity: float
    covariance_means: float
    studies: int


#: RevMan's labels, in the order of its form.
_LABELS = (
    ("E(logitse)", "mean_sensitivity"),
    ("E(logitsp)", "mean_specificity"),
    ("Var(logitse)", "variance_sensitivity"),
    ("Var(logitsp)", "variance_specificity"),
    ("Cov(logits)", "covariance"),
    ("SE(E(logitse))", "se_sensitivity"),
    ("SE(E(logitsp))", "se_specificity"),
    ("Cov(Es)", "covariance_means"),
    ("Studies", "studies"),
)


def write(out: Path, name: str, tables: Sequence[AccuracyTable]) -> Written:
    """Write the tables of one target; the header is unverified."""
    return Written(paths=(write_wide(out / f"{name}.csv", COLUMNS, tables),), notes=(UNVERIFIED,))


def write_revman_parameters(path: Path, parameters: RevmanParameters) -> Path:
    """Write what RevMan's form for externally calculated parameters asks for, a row a number.

    The first five draw the curve and the summary point; the rest draws the regions.
    """
    rows = ({"parameter": label, "value": getattr(parameters, name)} for label, name in _LABELS)
    return write_rows(path, ("parameter", "value"), rows)
