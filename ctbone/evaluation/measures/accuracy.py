"""Accuracy of a 2x2 table, each figure with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, hypot, log, sqrt
from typing import Literal

from ctbone.confidence import exact, wilson, z_value
from ctbone.records import ContingencyTable, Interval

#: How the limits of a share are found.
IntervalMethod = Literal["wilson", "exact"]


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
        balanced_accuracy: Mean of sensitivity and specificity.
        f1: Harmonic mean of sensitivity and positive predictive value.
        youden: Sensitivity plus specificity minus 1, from -1 to 1.
        prevalence: Diseased among all.
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
    balanced_accuracy: Interval | None
    f1: Interval | None
    youden: Interval | None
    prevalence: Interval | None
    notes: tuple[str, ...] = ()


def accuracy(
    table: ContingencyTable, *, confidence: float = 0.95, interval: IntervalMethod = "wilson"
) -> DiagnosticAccuracy:
    """Return the accuracy of a table.

    Shares have the limits asked for, ratios those of the delta method on the log scale, and
    Youden's J and balanced accuracy those that sensitivity and specificity give together.

    Args:
        table: Counts of patients.
        confidence: Of the intervals.
        interval: Limits of shares: the score's (Wilson) or exact ones (Clopper and Pearson).
    """
    tp, fp = table.true_positives, table.false_positives
    fn, tn = table.false_negatives, table.true_negatives
    everybody = tp + fp + fn + tn

    def part(events: int, total: int) -> Interval | None:
        return share(events, total, confidence=confidence, interval=interval)

    sensitivity, specificity = part(tp, tp + fn), part(tn, fp + tn)
    youden = _youden(sensitivity, specificity)
    return DiagnosticAccuracy(
        sensitivity=sensitivity,
        specificity=specificity,
        ppv=part(tp, tp + fp),
        npv=part(tn, fn + tn),
        accuracy=part(tp + tn, everybody),
        lr_positive=_ratio((tp, tp + fn), (fp, fp + tn), confidence),
        lr_negative=_ratio((fn, tp + fn), (tn, fp + tn), confidence),
        dor=_odds_ratio(table, confidence),
        balanced_accuracy=_halved(youden),
        f1=_f1(part(tp, tp + fp + fn)),
        youden=youden,
        prevalence=part(tp + fn, everybody),
        notes=_notes(table),
    )


def share(
    events: int, total: int, *, confidence: float = 0.95, interval: IntervalMethod = "wilson"
) -> Interval | None:
    """Return a share with the limits asked for; ``None`` where there is nobody to share."""
    if interval == "wilson":
        return wilson(events, total, confidence=confidence)
    return exact(events, total, confidence) if total else None


def _youden(sensitivity: Interval | None, specificity: Interval | None) -> Interval | None:
    """Return J, the difference of two independent shares, sensitivity and 1 - specificity.

    Its limits square and add those of the two (Newcombe, Stat Med 1998;17:873, method 10; for
    other limits than Wilson's see Zou and Donner, Stat Med 2008;27:1693).
    """
    if sensitivity is None or specificity is None:
        return None
    j = sensitivity.estimate + specificity.estimate - 1.0
    down = hypot(*(side.estimate - side.lower for side in (sensitivity, specificity)))
    up = hypot(*(side.upper - side.estimate for side in (sensitivity, specificity)))
    return Interval(j, max(j - down, -1.0), min(j + up, 1.0))


def _halved(youden: Interval | None) -> Interval | None:
    if youden is None:
        return None
    low, mid, high = ((v + 1.0) / 2.0 for v in (youden.lower, youden.estimate, youden.upper))
    return Interval(mid, low, high)


def _f1(hits: Interval | None) -> Interval | None:
    """Return F1 from the hits among all patients whom either test calls diseased.

    F1 = 2 J / (1 + J) rises with that share J, which is binomial given its denominator, so that
    the limits of J become those of F1.
    """
    if hits is None:
        return None
    low, mid, high = (2.0 * j / (1.0 + j) for j in (hits.lower, hits.estimate, hits.upper))
    return Interval(mid, low, high)


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
    tp, fp = table.true_positives, table.false_positives
    fn, tn = table.false_negatives, table.true_negatives
    said = (
        (tp + fn == 0, "No diseased patients: sensitivity cannot be estimated."),
        (fp + tn == 0, "No healthy patients: specificity cannot be estimated."),
        (tp + fp == 0, "No positive results: the positive predictive value cannot be estimated."),
        (fn + tn == 0, "No negative results: the negative predictive value cannot be estimated."),
        (0 in (tp, fp, fn, tn), "An empty cell: ratios that would divide by it are not given."),
    )
    return tuple(text for holds, text in said if holds)
