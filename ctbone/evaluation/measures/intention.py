"""Accuracy by the intention to diagnose: a patient without a result counts as a wrong answer."""

from __future__ import annotations

from dataclasses import dataclass

from ctbone.evaluation.measures.accuracy import DiagnosticAccuracy, IntervalMethod, accuracy
from ctbone.evaluation.scales import CATEGORIES, Category, is_of
from ctbone.evaluation.tabulation import ConfusionMatrix, one_vs_rest
from ctbone.records import ContingencyTable


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentionToDiagnose:
    """The 3x2 table of a target, and the 2x2 table in which no result is a wrong result.

    Attributes:
        evaluable: Counts of patients with a result.
        nonevaluable_diseased: Diseased patients without one.
        nonevaluable_healthy: Healthy patients without one.
        table: Those added to the false negatives and false positives.
        accuracy: What that table says.
    """

    evaluable: ContingencyTable
    nonevaluable_diseased: int
    nonevaluable_healthy: int
    table: ContingencyTable
    accuracy: DiagnosticAccuracy


def intention_to_diagnose(
    matrix: ConfusionMatrix,
    target: Category,
    *,
    confidence: float = 0.95,
    interval: IntervalMethod = "wilson",
) -> IntentionToDiagnose:
    """Count every patient that was meant to be diagnosed (Schuetz et al., BMJ 2012;345:e6717).

    Args:
        matrix: All patients of a group.
        target: What is called diseased.
        confidence: Of the intervals.
        interval: Limits of shares.
    """
    evaluable = one_vs_rest(matrix, target)
    missing = zip(CATEGORIES, matrix.nonevaluable, strict=True)
    diseased = sum(patients for category, patients in missing if is_of(category, target))
    healthy = sum(matrix.nonevaluable) - diseased
    table = ContingencyTable(
        true_positives=evaluable.true_positives,
        false_positives=evaluable.false_positives + healthy,
        false_negatives=evaluable.false_negatives + diseased,
        true_negatives=evaluable.true_negatives,
    )
    return IntentionToDiagnose(
        evaluable=evaluable,
        nonevaluable_diseased=diseased,
        nonevaluable_healthy=healthy,
        table=table,
        accuracy=accuracy(table, confidence=confidence, interval=interval),
    )
