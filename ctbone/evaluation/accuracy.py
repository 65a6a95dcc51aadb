"""Accuracy of a 2x2 table, each figure with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt

from ctbone.confidence import wilson, z_value
from ctbone.records import ContingencyTable, Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagnosticAccuracy:
    """What a 2x2 table says; ``None`` where the table says nothing, and a note why.

    Attributes:
        sensitivity: Positives among the diseased.
        specificity: Negatives among the healthy.
        ppv: Diseased among the positives, at the prevalence of the table.
        npv: Healthy among the negatives, at the prevalence of the table.
        accuracy: Right answers among all.
        lr_positive: Positive likelihood ratio.
        lr_negative: Negative likelihood ratio.
        dor: Diagnostic odds ratio.
        notes: What is missing and why, a sentence each.
    """

    sensitivity: Interval | None
    specificity: Interval | None
    ppv: Interval | None
    npv: Interval | None
    accuracy: Interval | None
    lr_positive: Interval | None
    lr_negative: Interval | None
    dor: Interval | None
    notes: tuple[str, ...] = ()


def accuracy(table: ContingencyTable, *, confidence: float = 0.95) -> DiagnosticAccuracy:
    """Return the accuracy of a table: Wilson intervals for shares, log intervals for ratios.

    Args:
        table: Counts of patients.
        confidence: Of the intervals.
    """
    tp, fp = table.true_positives, table.false_positives
    fn, tn = table.false_negatives, table.true_negatives
    return DiagnosticAccuracy(
        sensitivity=wilson(tp, tp + fn, confidence=confidence),
        specificity=wilson(tn, fp + tn, confidence=confidence),
        ppv=wilson(tp, tp + fp, confidence=confidence),
        npv=wilson(tn, fn + tn, confidence=confidence),
        accuracy=wilson(tp + tn, tp + fp + fn + tn, confidence=confidence),
        lr_positive=_ratio((tp, tp + fn), (fp, fp + tn), confidence),
        lr_negative=_ratio((fn, tp + fn), (tn, fp + tn), confidence),
        dor=_odds_ratio(table, confidence),
        notes=_notes(table),
    )


def _ratio(above: tuple[int, int], below: tuple[int, int], confidence: float) -> Interval | None:
    """Return a ratio of two shares (Simel et al., J Clin Epidemiol 1991;44:763)."""
    (a, n), (b, m) = above, below
    if 0 in (a, b, n, m):
        return None
    se = sqrt(1.0 / a - 1.0 / n + 1.0 / b - 1.0 / m)
    return _around(log(a / n) - log(b / m), se, confidence)


def _odds_ratio(table: ContingencyTable, confidence: float) -> Interval | None:
    """Return the odds ratio with Woolf's interval (Ann Hum Genet 1955;19:251)."""
    tp, fp = table.true_positives, table.false_positives
    fn, tn = table.false_negatives, table.true_negatives
    if 0 in (tp, fp, fn, tn):
        return None
    se = sqrt(1.0 / tp + 1.0 / fp + 1.0 / fn + 1.0 / tn)
    return _around(log(tp) + log(tn) - log(fp) - log(fn), se, confidence)


def _around(centre: float, se: float, confidence: float) -> Interval:
    reach = z_value(confidence) * se
    return Interval(exp(centre), exp(centre - reach), exp(centre + reach))


def _notes(table: ContingencyTable) -> tuple[str, ...]:
    notes = []
    if table.diseased == 0:
        notes.append("No diseased patients: sensitivity cannot be estimated.")
    if table.healthy == 0:
        notes.append("No healthy patients: specificity cannot be estimated.")
    if table.true_positives + table.false_positives == 0:
        notes.append("No positive results: the positive predictive value cannot be estimated.")
    if table.false_negatives + table.true_negatives == 0:
        notes.append("No negative results: the negative predictive value cannot be estimated.")
    cells = (table.true_positives, table.false_positives, table.false_negatives)
    if 0 in (*cells, table.true_negatives):
        notes.append("An empty cell: ratios that would divide by it are not given.")
    return tuple(notes)
