"""What happens to the tables when the reference standard draws its lines elsewhere.

Only a measurement decides: the density of QCT and of simulated patients, the T-score of DXA. The
index test stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ctbone.evaluation.linking import Case, reference_category
from ctbone.evaluation.measures.accuracy import DiagnosticAccuracy, IntervalMethod, accuracy
from ctbone.evaluation.scales import THREE_WAY, Category, Scale
from ctbone.evaluation.tabulation import ConfusionMatrix, count, one_vs_rest
from ctbone.records import ContingencyTable
from ctbone.rules import DecisionRule, shipped_rule

_STANDARDS = {"bmd_mg_cm3": ("QCT", "simulated"), "t_score": ("DXA",)}

#: Other lines for osteoporosis and for normal, mg/cm3: 10 to either side of the ACR's.
_OTHERS = ((70.0, 120.0), (90.0, 120.0), (80.0, 110.0), (80.0, 130.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceChange:
    """The tables under one set of reference cut-offs.

    Attributes:
        rule: The cut-offs.
        matrix: Reference under them against index test.
        changed: Patients whose reference category is another than the cohort states.
        left_out: Patients of the group without such a measurement.
        tables: One target against the rest.
        accuracy: What those say.
    """

    rule: DecisionRule
    matrix: ConfusionMatrix
    changed: int
    left_out: int
    tables: dict[Category, ContingencyTable]
    accuracy: dict[Category, DiagnosticAccuracy]


def reference_rules() -> tuple[DecisionRule, ...]:
    """Return the cut-offs that are tried unless others are given, those in use first."""
    acr, dxa = shipped_rule("acr_qct"), shipped_rule("dxa_t_score")
    shifted = [
        replace(
            acr, name=f"{low:g} and {high:g} mg/cm3", osteoporosis_below=low, normal_above=high
        )
        for low, high in _OTHERS
    ]
    milder = replace(dxa, name="T-score -2 and -1", osteoporosis_below=-2.0)
    return (acr, shipped_rule("east_asian_qct"), *shifted, dxa, milder)


def change_reference(
    cases: Sequence[Case],
    *,
    rules: Sequence[DecisionRule] | None = None,
    confidence: float = 0.95,
    interval: IntervalMethod = "wilson",
    scale: Scale = THREE_WAY,
) -> tuple[ReferenceChange, ...]:
    """Tabulate the patients under other cut-offs of their own reference measurement.

    Args:
        cases: Patients of a group.
        rules: Cut-offs to try, on ``bmd_mg_cm3`` or ``t_score``; ``reference_rules`` without.
        confidence: Of the intervals.
        interval: Limits of shares.
        scale: What the index test tells apart.

    Returns:
        One for each rule that some patient has the measurement for.

    Raises:
        ValueError: If a rule cuts what no reference standard measures.
    """
    found = []
    for rule in reference_rules() if rules is None else rules:
        measured = [(case, value) for case in cases if (value := _value(case, rule)) is not None]
        if measured:
            found.append(_changed(measured, rule, scale, len(cases), (confidence, interval)))
    return tuple(found)


def _value(case: Case, rule: DecisionRule) -> float | None:
    if rule.quantity not in _STANDARDS:
        raise ValueError(
            f"a reference rule must cut one of {list(_STANDARDS)}, got {rule.quantity!r}"
        )
    if case.reference.reference_standard not in _STANDARDS[rule.quantity]:
        return None
    value: float | None = getattr(case.reference, rule.quantity)
    return value


def _changed(
    measured: Sequence[tuple[Case, float]],
    rule: DecisionRule,
    scale: Scale,
    total: int,
    limits: tuple[float, IntervalMethod],
) -> ReferenceChange:
    confidence, interval = limits
    pairs = [(rule.category(value), case.result.category) for case, value in measured]
    matrix = count(pairs, scale=scale)
    stated = (reference_category(case) for case, _ in measured)
    tables = {target: one_vs_rest(matrix, target) for target in scale.targets}
    return ReferenceChange(
        rule=rule,
        matrix=matrix,
        changed=sum(new is not old for (new, _), old in zip(pairs, stated, strict=True)),
        left_out=total - len(measured),
        tables=tables,
        accuracy={
            target: accuracy(table, confidence=confidence, interval=interval)
            for target, table in tables.items()
        },
    )
