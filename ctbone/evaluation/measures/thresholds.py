"""A cut-off for a wanted sensitivity: chosen on validation patients, reported on test patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

import numpy as np

from ctbone.evaluation.linking import Case, is_diseased
from ctbone.evaluation.measures.accuracy import DiagnosticAccuracy, IntervalMethod, accuracy
from ctbone.evaluation.measures.roc import score_of, scores
from ctbone.evaluation.scales import Category, spoken
from ctbone.evaluation.tabulation import contingency
from ctbone.plurals import counted
from ctbone.records import ContingencyTable

#: Quantity, sign and cut-off.
_Cut = tuple[str, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A cut-off and the patients that it was chosen on.

    Attributes:
        target: What is called diseased.
        quantity: Column of the results that is cut.
        sign: 1 if the cut-off and above are positive, -1 if the cut-off and below.
        cut_off: In the unit of the quantity.
        wanted: Sensitivity that was wanted.
        table: Counts of validation patients; the choice rests on the diseased ones.
        accuracy: What that table says: too good to be reported as the accuracy of the test.
        chosen_on: Identifiers of the validation patients, whom it may not be tested on.
    """

    target: Category
    quantity: str
    sign: float
    cut_off: float
    wanted: float
    table: ContingencyTable
    accuracy: DiagnosticAccuracy
    chosen_on: frozenset[str] = field(repr=False)

    @property
    def basis(self) -> str:
        """What the choice rests on, in a sentence."""
        side = "at or above" if self.sign > 0 else "at or below"
        return (
            f"{self.quantity} {side} {self.cut_off:g} finds {self.table.true_positives} of "
            f"{counted(self.table.diseased, 'validation patient')} with {spoken(self.target)}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdReport:
    """A chosen cut-off on test patients.

    Attributes:
        threshold: The cut-off.
        table: Counts of test patients that the quantity is known of.
        accuracy: What the table says.
        without_value: Test patients that it is not known of.
    """

    threshold: Threshold
    table: ContingencyTable
    accuracy: DiagnosticAccuracy
    without_value: int


def report_threshold(
    threshold: Threshold,
    test: Sequence[Case],
    *,
    confidence: float = 0.95,
    interval: IntervalMethod = "wilson",
) -> ThresholdReport:
    """Apply a threshold that was chosen on validation patients to others.

    Args:
        threshold: From ``choose_threshold``.
        test: The patients to report.
        confidence: Of the intervals.
        interval: Limits of shares.

    Raises:
        ValueError: If it was chosen on a patient who is to be reported.
    """
    again = {case.reference.patient_id for case in test} & threshold.chosen_on
    if again:
        # Identifiers of patients belong into no message.
        raise ValueError(
            "expected test patients that the threshold was not chosen on, found "
            f"{counted(len(again), 'patient')} in both"
        )
    known = [case for case in test if getattr(case.result, threshold.quantity) is not None]
    cut = (threshold.quantity, threshold.sign, threshold.cut_off)
    table = _table(known, threshold.target, cut)
    return ThresholdReport(
        threshold=threshold,
        table=table,
        accuracy=accuracy(table, confidence=confidence, interval=interval),
        without_value=len(test) - len(known),
    )


def choose_threshold(
    validation: Sequence[Case],
    target: Category,
    *,
    sensitivity: float,
    confidence: float = 0.95,
    interval: IntervalMethod = "wilson",
) -> Threshold:
    """Choose the cut-off that calls fewest patients positive and still has the sensitivity.

    It is the value of a diseased patient, who is positive.

    Args:
        validation: Patients to choose on; those without a result play no part.
        target: What is called diseased.
        sensitivity: Wanted, above 0 and up to 1.
        confidence: Of the interval of what was reached.
        interval: Limits of shares.

    Raises:
        ValueError: If the sensitivity is none, or the patients have no score of the target or are
            all of one side.
    """
    if not 0.0 < sensitivity <= 1.0:
        raise ValueError(f"a sensitivity must lie above 0 and up to 1, got {sensitivity}")
    evaluable = [case for case in validation if case.is_evaluable]
    cut = _least_cut(evaluable, target, sensitivity)
    table = _table(evaluable, target, cut)
    return Threshold(
        target=target,
        quantity=cut[0],
        sign=cut[1],
        cut_off=cut[2],
        wanted=sensitivity,
        table=table,
        accuracy=accuracy(table, confidence=confidence, interval=interval),
        chosen_on=frozenset(case.reference.patient_id for case in validation),
    )


def _least_cut(cases: Sequence[Case], target: Category, sensitivity: float) -> _Cut:
    found, chosen = scores(cases, target), score_of(cases, target)
    if found is None or chosen is None:
        diseased = sum(is_diseased(case, target) for case in cases)
        sought = spoken(target)
        raise ValueError(
            f"expected validation patients with and without {sought}, and one score of it for all "
            f"of them, found {counted(len(cases), 'patient')} with a result, {diseased} of them "
            f"with {sought}"
        )
    ours = np.sort(found.values[found.is_diseased])[::-1]
    # The tolerance keeps 0.9 of 10 at 9 whatever the last bit of the product.
    cut_off = float(ours[ceil(sensitivity * len(ours) - 1e-9) - 1])
    return (*chosen, chosen[1] * cut_off)


def _table(cases: Sequence[Case], target: Category, cut: _Cut) -> ContingencyTable:
    quantity, sign, cut_off = cut
    return contingency(
        (
            is_diseased(case, target),
            sign * getattr(case.result, quantity) >= sign * cut_off,
        )
        for case in cases
    )
