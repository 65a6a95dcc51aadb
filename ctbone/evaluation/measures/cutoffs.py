"""What happens to a table when the cut-off of the index test moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ctbone.evaluation.linking import Case, is_diseased
from ctbone.evaluation.measures.accuracy import IntervalMethod, share
from ctbone.evaluation.scales import Category, probability_column
from ctbone.evaluation.tabulation import contingency
from ctbone.records import BoneCategory, ContingencyTable, Interval
from ctbone.rules import DecisionRule

#: How far cut-offs are moved to either side, and in which steps, by quantity.
RANGES = {"bmd_mg_cm3": (30.0, 2.5), "trabecular_hu": (50.0, 5.0), "t_score": (1.0, 0.1)}

#: Cut-offs of a probability, which no rule sets.
PROBABILITIES = tuple(round(0.05 * step, 2) for step in range(1, 20))

#: Quantities of classifiers: what is cut is the probability of the target.
_CLASSIFIED = ("probabilities", "binary")


@dataclass(frozen=True, slots=True, kw_only=True)
class CutoffRow:
    """The table at one cut-off.

    Attributes:
        cut_off: In the unit of the quantity.
        table: Counts of patients with a result.
        sensitivity: Of it; ``None`` without diseased patients.
        specificity: Of it; ``None`` without healthy patients.
    """

    cut_off: float
    table: ContingencyTable
    sensitivity: Interval | None
    specificity: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CutoffSweep:
    """The tables of one target at several cut-offs.

    Attributes:
        quantity: Column of the results that is cut.
        is_above: Whether values above the cut-off are positive, or those below.
        rule: Name of the decision rule in whose middle the cut-offs lie; empty where none is.
        rule_cut_off: Its cut-off; ``None`` where there is no rule.
        rows: By rising cut-off.
    """

    quantity: str
    is_above: bool
    rule: str
    rule_cut_off: float | None
    rows: tuple[CutoffRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is cut, where, and on which side a value at the cut-off falls."""

    quantity: str
    is_above: bool
    at_cut: bool
    cut_offs: tuple[float, ...]
    rule: DecisionRule | None = None
    centre: float | None = None


def sweep_cutoffs(
    cases: Sequence[Case],
    target: Category,
    *,
    rule: DecisionRule | None = None,
    confidence: float = 0.95,
    interval: IntervalMethod = "wilson",
) -> CutoffSweep | None:
    """Tabulate a target at cut-offs around that of the rule; of probabilities, from 5 % to 95 %.

    Args:
        cases: Patients; those without a result play no part.
        target: What is called diseased.
        rule: Decision rule of the index test, where it is known.
        confidence: Of the intervals.
        interval: Limits of shares.

    Returns:
        ``None`` where no one quantity decided in every patient, the rule is not known, or the
        target lies between two cut-offs.
    """
    evaluable = [case for case in cases if case.is_evaluable]
    plan = _plan(evaluable, target, rule)
    if plan is None:
        return None
    values = [getattr(case.result, plan.quantity) for case in evaluable]
    truth = [is_diseased(case, target) for case in evaluable]
    tables = [
        contingency(zip(truth, _positive(values, cut_off, plan), strict=True))
        for cut_off in plan.cut_offs
    ]
    rows = zip(plan.cut_offs, tables, strict=True)
    return CutoffSweep(
        quantity=plan.quantity,
        is_above=plan.is_above,
        rule=plan.rule.name if plan.rule else "",
        rule_cut_off=plan.centre,
        rows=tuple(_row(cut_off, table, confidence, interval) for cut_off, table in rows),
    )


def _plan(cases: Sequence[Case], target: Category, rule: DecisionRule | None) -> _Plan | None:
    decided = {case.result.quantity for case in cases}
    if len(decided) == 1 and decided <= set(_CLASSIFIED):
        name, sign = probability_column(target)
        if any(getattr(case.result, name) is None for case in cases):
            return None
        return _Plan(quantity=name, is_above=sign > 0, at_cut=True, cut_offs=PROBABILITIES)
    known = rule is not None and decided == {rule.quantity} and rule.quantity in RANGES
    if rule is None or not known or target is BoneCategory.OSTEOPENIA:
        return None
    is_above = target is BoneCategory.NORMAL
    centre, at_cut = _line(target, rule)
    reach, step = RANGES[rule.quantity]
    steps = round(reach / step)
    return _Plan(
        quantity=rule.quantity,
        is_above=is_above,
        at_cut=at_cut,
        # Rounded, so that steps of a tenth are tenths.
        cut_offs=tuple(round(centre + step * k, 6) for k in range(-steps, steps + 1)),
        rule=rule,
        centre=centre,
    )


def _line(target: Category, rule: DecisionRule) -> tuple[float, bool]:
    """Return the cut-off of a rule that bounds a target, and whether that lies within it."""
    if target is BoneCategory.OSTEOPOROSIS:
        return rule.osteoporosis_below, rule.osteoporosis_at_cut
    # What is not normal is low bone mass.
    return rule.normal_above, rule.normal_at_cut is (target is BoneCategory.NORMAL)


def _positive(values: Sequence[float], cut_off: float, plan: _Plan) -> list[bool]:
    side = 1.0 if plan.is_above else -1.0
    return [
        side * value > side * cut_off or (plan.at_cut and value == cut_off) for value in values
    ]


def _row(
    cut_off: float, table: ContingencyTable, confidence: float, interval: IntervalMethod
) -> CutoffRow:
    def part(events: int, total: int) -> Interval | None:
        return share(events, total, confidence=confidence, interval=interval)

    return CutoffRow(
        cut_off=cut_off,
        table=table,
        sensitivity=part(table.true_positives, table.diseased),
        specificity=part(table.true_negatives, table.healthy),
    )
