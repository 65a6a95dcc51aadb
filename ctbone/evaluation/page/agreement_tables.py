"""Tables of the page that say how categories and densities agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.measures.density import DensityAgreement
from ctbone.evaluation.page.cells import count, plain, ratio, share
from ctbone.pages import Row, Table
from ctbone.records import Interval

#: What is shown of an agreement of measurements, its unit left open, and where it stands.
_DENSITY: tuple[tuple[str, Callable[[DensityAgreement], Interval | None]], ...] = (
    ("Bias{}", lambda found: found.bias),
    ("Lower limit of agreement{}", lambda found: found.lower_limit),
    ("Upper limit of agreement{}", lambda found: found.upper_limit),
    ("Mean absolute difference{}", lambda found: found.mae),
    ("Root mean square difference{}", lambda found: found.rmse),
    ("Correlation r", lambda found: found.r),
    ("Concordance", lambda found: found.ccc),
    ("ICC(2,1)", lambda found: found.icc),
    ("Calibration slope", lambda found: found.calibration.slope if found.calibration else None),
    (
        "Calibration intercept{}",
        lambda found: found.calibration.intercept if found.calibration else None,
    ),
)

#: How categories agree, and where it stands.
_AGREEMENT: tuple[tuple[str, Callable[[Assessment], Interval | None]], ...] = (
    ("Same category, %", lambda one: one.agreement.accuracy),
    ("Kappa", lambda one: one.agreement.kappa),
    ("Kappa, linear weights", lambda one: one.agreement.linear_kappa),
    ("Kappa, quadratic weights", lambda one: one.agreement.quadratic_kappa),
    ("Brier score of the three", lambda one: one.brier),
)


def agreement(assessments: Iterable[Assessment]) -> Table:
    """Return how categories agree, a column a group."""
    groups = list(assessments)
    rows: list[Row] = [
        (name, *((share if name.endswith("%") else ratio)(of(one)) for one in groups))
        for name, of in _AGREEMENT
    ]
    return Table(
        title="Agreement of the three categories",
        columns=("Quantity", *(plain(one.name) for one in groups)),
        rows=tuple(rows),
        note="Kappa with the limits of Fleiss, Cohen and Everitt (Psychol Bull 1969;72:323).",
        sortable=False,
    )


def density(assessments: Iterable[Assessment]) -> Table:
    """Return how densities agree, a column a group."""
    chosen = [one for one in assessments if one.density is not None]
    groups = [(one.name, one.density) for one in chosen if one.density is not None]
    rows = _rows([found for _, found in groups], "mg/cm3", 1)
    changes = [one.precision.least_significant_change if one.precision else None for one in chosen]
    if any(changes):
        rows.append(("Least significant change, mg/cm3", *(ratio(c, 1) for c in changes)))
    return Table(
        title="Density, index test minus reference",
        columns=("Quantity", *(plain(name) for name, _ in groups)),
        rows=tuple(rows),
        note="Densities are of K2HPO4. Limits of agreement hold 95 % of the differences (Bland "
        "and Altman, Lancet 1986;327:307); concordance is Lin's (Biometrics 1989;45:255); the "
        "line of calibration is that of the reference on the index test. The least significant "
        "change is of repeated studies of a patient within 90 days.",
        sortable=False,
    )


def t_score(assessments: Iterable[Assessment]) -> Table:
    """Return how T-scores agree, a column a group."""
    groups = [(one.name, one.t_score) for one in assessments if one.t_score is not None]
    return Table(
        title="T-score, index test minus reference",
        columns=("Quantity", *(plain(name) for name, _ in groups)),
        rows=tuple(_rows([found for _, found in groups], "SD", 2)),
        note="T-scores are those that the cohort holds, whatever standard and population they are "
        "of; quantities are those of the agreement of density.",
        sortable=False,
    )


def _rows(groups: Sequence[DensityAgreement], unit: str, decimals: int) -> list[Row]:
    """Return a row a quantity; those in the unit have so many decimals."""
    rows: list[Row] = [("Patients with both", *(count(found.n) for found in groups))]
    for name, of in _DENSITY:
        places = decimals if name.endswith("{}") else 2
        rows.append((name.format(f", {unit}"), *(ratio(of(found), places) for found in groups)))
    return rows
