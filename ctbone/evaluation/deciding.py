"""By which rule the index test classed the patients: one answer for all that asks.

A rule is known only beyond doubt: it gives every category of the results from the value that
decided it, and is the one whose cut-offs the screening recorded. Of results without such a record
it has to ship with ctbone, and be the one that the screening names or the only one that fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ctbone.evaluation.provenance import Provenance
from ctbone.interchange import ResultRow
from ctbone.rules import DecisionRule, shipped_rule

#: The rules that a screening can decide by, by quantity; the first is that of a screening that was
#: told no other.
_RULES = {
    "bmd_mg_cm3": ("acr_qct", "east_asian_qct"),
    "trabecular_hu": ("hu_l1",),
    "t_score": ("dxa_t_score",),
}


def deciding_rule(results: Iterable[ResultRow], provenance: Provenance) -> DecisionRule | None:
    """Return the rule that gives every category of the results, if that is known.

    Shipped rules that agree on every patient here can still part another value, so that of two
    that fit neither is taken, unless the screening says which it was: by the name of the rule's
    file, or by having been given none.
    """
    decided = [row for row in results if row.category is not None]
    quantities = {row.quantity for row in decided}
    if len(quantities) != 1:
        return None
    (quantity,) = quantities
    if (recorded := provenance.recorded_rule) is not None:
        is_it = recorded.quantity == quantity and all(_agrees(recorded, row) for row in decided)
        return recorded if is_it else None
    rules = [shipped_rule(name) for name in _RULES.get(quantity, ())]
    fit = [rule for rule in rules if all(_agrees(rule, row) for row in decided)]
    if provenance.screening:
        named = Path(provenance.rule).stem if provenance.rule else rules[0].name if rules else ""
        return next((rule for rule in fit if rule.name == named), None)
    return fit[0] if len(fit) == 1 else None


def _agrees(rule: DecisionRule, row: ResultRow) -> bool:
    value = getattr(row, rule.quantity)
    return value is not None and rule.category(value) is row.category
