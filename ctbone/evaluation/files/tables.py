"""The further tables of an evaluation as CSV: a row a quantity, bin, threshold or cut-off."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ctbone.delimited import write_rows
from ctbone.evaluation.assessment import Assessment
from ctbone.evaluation.measures.density import DensityAgreement
from ctbone.evaluation.measures.precision import NOT_REPEATED
from ctbone.evaluation.measures.thresholds import ThresholdReport
from ctbone.interchange.tables import count_cells
from ctbone.records import Interval

_Row = dict[str, object]

_LIMITS = ("estimate", "lower", "upper")
_CELLS = ("tp", "fp", "fn", "tn")
_BOTH = tuple(
    f"{name}{end}" for name in ("sensitivity", "specificity") for end in ("", "_lower", "_upper")
)

_SHARES = ("accuracy", "kappa", "linear_kappa", "quadratic_kappa")
_DENSITIES = ("bias", "lower_limit", "upper_limit", "mae", "rmse")
_COEFFICIENTS = ("r", "ccc", "icc")
_LINES = {"proportional_bias": "proportional", "calibration": "calibration"}


def write_agreement(path: Path, assessments: Sequence[Assessment], *, confidence: float) -> Path:
    """Write how categories and densities agree, a row a quantity."""
    columns = ("group", "quantity", *_LIMITS, "unit", "confidence", "n", "note")
    rows = (row | {"confidence": confidence} for a in assessments for row in _agreement(a))
    return write_rows(path, columns, rows)


def write_calibration(path: Path, assessments: Sequence[Assessment], *, confidence: float) -> Path:
    """Write the bins of probabilities: what was predicted and what was found."""
    columns = (
        "group", "target", "bin_lower", "bin_upper", "n", "predicted", "observed",
        "observed_lower", "observed_upper", "confidence",
    )  # fmt: skip
    rows = (
        {
            "group": assessment.name,
            "target": target.value,
            "bin_lower": part.lower,
            "bin_upper": part.upper,
            "n": part.n,
            "predicted": part.predicted,
            "confidence": confidence,
            **limits("observed", part.observed),
        }
        for assessment in assessments
        for target, found in assessment.targets.items()
        for part in (found.calibration.bins if found.calibration else ())
    )
    return write_rows(path, columns, rows)


def write_decision_curve(
    path: Path, assessments: Sequence[Assessment], *, confidence: float
) -> Path:
    """Write the net benefit at every threshold, of the index test, of everybody and of nobody."""
    columns = (
        "group", "target", "threshold", "net_benefit", "net_benefit_lower", "net_benefit_upper",
        "treat_all", "treat_none", "n", "events", "confidence",
    )  # fmt: skip
    rows = (
        {
            "group": assessment.name,
            "target": target.value,
            "threshold": point.threshold,
            "treat_all": point.treat_all,
            "treat_none": 0.0,
            "n": found.decision_curve.n,
            "events": found.decision_curve.events,
            "confidence": confidence,
            **limits("net_benefit", point.net_benefit),
        }
        for assessment in assessments
        for target, found in assessment.targets.items()
        if found.decision_curve
        for point in found.decision_curve.points
    )
    return write_rows(path, columns, rows)


def write_cutoffs(path: Path, assessments: Sequence[Assessment], *, confidence: float) -> Path:
    """Write the tables at other cut-offs of the index test."""
    columns = (
        "group", "target", "quantity", "positive", "cut_off", "is_of_rule", "rule", *_CELLS,
        *_BOTH, "confidence",
    )  # fmt: skip
    rows = (
        {
            "group": assessment.name,
            "target": target.value,
            "quantity": found.cutoffs.quantity,
            "positive": "above" if found.cutoffs.is_above else "below",
            "cut_off": row.cut_off,
            "is_of_rule": row.cut_off == found.cutoffs.rule_cut_off,
            "rule": found.cutoffs.rule,
            "confidence": confidence,
            **count_cells(row.table),
            **limits("sensitivity", row.sensitivity),
            **limits("specificity", row.specificity),
        }
        for assessment in assessments
        for target, found in assessment.targets.items()
        if found.cutoffs
        for row in found.cutoffs.rows
    )
    return write_rows(path, columns, rows)


def write_reference_change(
    path: Path, assessments: Sequence[Assessment], *, confidence: float
) -> Path:
    """Write the tables under other cut-offs of the reference standard."""
    columns = (
        "group", "rule", "quantity", "osteoporosis_below", "normal_above", "unit", "target",
        *_CELLS, *_BOTH, "changed", "left_out", "confidence",
    )  # fmt: skip
    rows = (
        {
            "group": assessment.name,
            **{name: getattr(found.rule, name) for name in columns[2:6]},
            "rule": found.rule.name,
            "target": target.value,
            "changed": found.changed,
            "left_out": found.left_out,
            "confidence": confidence,
            **count_cells(table),
            **limits("sensitivity", found.accuracy[target].sensitivity),
            **limits("specificity", found.accuracy[target].specificity),
        }
        for assessment in assessments
        for found in assessment.reference_changes
        for target, table in found.tables.items()
    )
    return write_rows(path, columns, rows)


def write_thresholds(
    path: Path, reports: Sequence[tuple[str, ThresholdReport]], *, confidence: float
) -> Path:
    """Write thresholds chosen on validation patients, and what they do to test patients.

    Args:
        path: The file.
        reports: The name of the group of test patients, and the report, for each threshold.
        confidence: Of the intervals.
    """
    columns = (
        "group", "target", "quantity", "positive", "cut_off", "wanted_sensitivity",
        "validation_tp", "validation_diseased", "validation_patients", *_CELLS, *_BOTH,
        "without_value", "confidence", "basis",
    )  # fmt: skip
    rows = (
        {
            "group": group,
            "target": report.threshold.target.value,
            "quantity": report.threshold.quantity,
            "positive": "at or above" if report.threshold.sign > 0 else "at or below",
            "cut_off": report.threshold.cut_off,
            "wanted_sensitivity": report.threshold.wanted,
            "validation_tp": report.threshold.table.true_positives,
            "validation_diseased": report.threshold.table.diseased,
            "validation_patients": sum(count_cells(report.threshold.table).values()),
            "without_value": report.without_value,
            "confidence": confidence,
            "basis": report.threshold.basis,
            **count_cells(report.table),
            **limits("sensitivity", report.accuracy.sensitivity),
            **limits("specificity", report.accuracy.specificity),
        }
        for group, report in reports
    )
    return write_rows(path, columns, rows)


def limits(name: str, value: Interval | None) -> _Row:
    """Return the cells of an interval: the estimate by its name, its limits by name and end."""
    if value is None:
        return {}
    return {name: value.estimate, f"{name}_lower": value.lower, f"{name}_upper": value.upper}


def _agreement(assessment: Assessment) -> Iterator[_Row]:
    def row(name: str, value: Interval | None, n: int, unit: str, note: str) -> _Row:
        bounds = {key: getattr(value, key) for key in _LIMITS} if value else {}
        told = "" if value else note
        return {
            "group": assessment.name,
            "quantity": name,
            "n": n,
            "unit": unit,
            "note": told,
        } | bounds

    found, total = assessment.agreement, assessment.matrix.total
    for name in _SHARES:
        yield row(name, getattr(found, name), total, "1", found.note)
    missing = "The results do not carry all three probabilities."
    yield row("brier_three_categories", assessment.brier, total, "1", missing)
    if assessment.density:
        for name, value, unit in _measured(assessment.density, "mg/cm3"):
            yield row(name, value, assessment.density.n, unit, " ".join(assessment.density.notes))
    if assessment.t_score:
        for name, value, unit in _measured(assessment.t_score, "SD"):
            told = " ".join(assessment.t_score.notes)
            yield row(f"t_score_{name}", value, assessment.t_score.n, unit, told)
    for name in ("rms_sd", "least_significant_change"):
        again = assessment.precision
        value = getattr(again, name) if again else None
        yield row(name, value, again.studies if again else 0, "mg/cm3", NOT_REPEATED)


def _measured(found: DensityAgreement, unit: str) -> Iterator[tuple[str, Interval | None, str]]:
    for name in _DENSITIES:
        yield name, getattr(found, name), unit
    for name in _COEFFICIENTS:
        yield name, getattr(found, name), "1"
    for name, holder in _LINES.items():
        line = getattr(found, holder)
        yield f"{name}_slope", line.slope if line else None, "1"
        yield f"{name}_intercept", line.intercept if line else None, unit
