"""What results whose limits straddle a cut-off do to a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ctbone.evaluation.linking import Case, is_diseased, is_positive
from ctbone.evaluation.measures.accuracy import DiagnosticAccuracy, IntervalMethod, accuracy
from ctbone.evaluation.scales import Category
from ctbone.evaluation.tabulation import contingency
from ctbone.records import ContingencyTable


@dataclass(frozen=True, slots=True, kw_only=True)
class IndeterminateTables:
    """One target, with indeterminate results treated in three ways.

    Attributes:
        diseased: Indeterminate results of diseased patients.
        healthy: Of healthy patients.
        left_out: Counts without them.
        as_positive: Counts in which they are positive.
        as_negative: Counts in which they are negative.
        accuracy: What each of the three tables says, in that order.
    """

    diseased: int
    healthy: int
    left_out: ContingencyTable
    as_positive: ContingencyTable
    as_negative: ContingencyTable
    accuracy: tuple[DiagnosticAccuracy, DiagnosticAccuracy, DiagnosticAccuracy]

    @property
    def tables(self) -> dict[str, ContingencyTable]:
        """The tables by how indeterminate results are treated, in the order of ``accuracy``."""
        return {
            "left_out": self.left_out,
            "as_positive": self.as_positive,
            "as_negative": self.as_negative,
        }


def indeterminate_tables(
    cases: Sequence[Case],
    target: Category,
    *,
    confidence: float = 0.95,
    interval: IntervalMethod = "wilson",
) -> IndeterminateTables | None:
    """Tabulate a target without its indeterminate results, and with them on either side.

    Patients without a result are in none of the tables.

    Returns:
        ``None`` where no result says whether it is indeterminate.
    """
    evaluable = [case for case in cases if case.is_evaluable]
    if all(case.result.indeterminate is None for case in evaluable):
        return None
    clear = [case for case in evaluable if not case.result.indeterminate]
    unclear = [case for case in evaluable if case.result.indeterminate]
    diseased = sum(is_diseased(case, target) for case in unclear)
    healthy = len(unclear) - diseased
    tables = (
        left_out := contingency((is_diseased(c, target), is_positive(c, target)) for c in clear),
        _plus(left_out, tp=diseased, fp=healthy),
        _plus(left_out, fn=diseased, tn=healthy),
    )
    said = (accuracy(table, confidence=confidence, interval=interval) for table in tables)
    return IndeterminateTables(
        diseased=diseased,
        healthy=healthy,
        left_out=tables[0],
        as_positive=tables[1],
        as_negative=tables[2],
        accuracy=(next(said), next(said), next(said)),
    )


def _plus(
    table: ContingencyTable, *, tp: int = 0, fp: int = 0, fn: int = 0, tn: int = 0
) -> ContingencyTable:
    return ContingencyTable(
        true_positives=table.true_positives + tp,
        false_positives=table.false_positives + fp,
        false_negatives=table.false_negatives + fn,
        true_negatives=table.true_negatives + tn,
    )
