"""What one vertebra alone would have said: L1 without L2, and L2 without L1.

vertebrae.csv holds the measurement of every level. A level's own value becomes a category by the
rule that decided for the patient, and only where that rule is known beyond doubt: it ships with
ctbone, and gives every category of the results from the value that decided it. The reference
stays that of the patient, which is a mean over levels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ctbone.anatomy import VertebralLevel
from ctbone.delimited import read_rows, to_number
from ctbone.errors import Reason
from ctbone.evaluation.linking import Case
from ctbone.evaluation.subgroups import Subgroup
from ctbone.interchange import ResultRow
from ctbone.rules import DecisionRule, shipped_rule

#: The levels that are looked at alone.
_LEVELS = (VertebralLevel.L1, VertebralLevel.L2)

#: The rules that a screening can decide by, by quantity; the first is that of a screening that was
#: told no other.
_RULES = {
    "bmd_mg_cm3": ("acr_qct", "east_asian_qct"),
    "trabecular_hu": ("hu_l1",),
}

#: What holds for the mean over levels and for none of them alone.
_OF_THE_PATIENT = (
    "p_normal", "p_osteopenia", "p_osteoporosis", "bmd_lower_mg_cm3", "bmd_upper_mg_cm3",
    "indeterminate",
)  # fmt: skip

_NOTE = "The reference is that of the patient, a mean over levels."


def level_subgroups(cases: Sequence[Case], results: Path) -> tuple[Subgroup, ...]:
    """Return a group a level that holds every patient, as that level alone would place them.

    Patients in whom the level was not measured have no result there.

    Args:
        cases: The patients.
        results: The file of their results, beside which vertebrae.csv is looked for.

    Returns:
        Nothing where vertebrae.csv is not there, the results were not decided by one quantity, or
        their rule cannot be told.

    Raises:
        ValueError: If vertebrae.csv is not what it should be.
    """
    path = results.parent / "vertebrae.csv"
    quantities = {case.result.quantity for case in cases if case.is_evaluable}
    rule = deciding_rule(case.result for case in cases)
    if rule is None or not path.is_file() or len(quantities) != 1:
        return ()
    (quantity,) = quantities
    values = _read_values(path, quantity)
    return tuple(
        Subgroup(
            covariate="level",
            value=f"{level.name} alone",
            cases=tuple(_alone(case, level, values[level], rule) for case in cases),
            note=_NOTE,
        )
        for level in _LEVELS
        if values[level]
    )


def deciding_rule(results: Iterable[ResultRow]) -> DecisionRule | None:
    """Return the shipped rule that gives every category of the results, if there is just one.

    Rules that agree on every patient here can still part a level's value, so that two of them are
    none: but the one that screening takes by default is believed where it is among them.
    """
    decided = [row for row in results if row.category is not None]
    quantities = {row.quantity for row in decided}
    if len(quantities) != 1:
        return None
    (quantity,) = quantities
    rules = [shipped_rule(name) for name in _RULES.get(quantity, ())]
    fit = [rule for rule in rules if all(_agrees(rule, row) for row in decided)]
    return fit[0] if fit and (len(fit) == 1 or fit[0] is rules[0]) else None


def _agrees(rule: DecisionRule, row: ResultRow) -> bool:
    value = getattr(row, rule.quantity)
    return value is not None and rule.category(value) is row.category


def _read_values(path: Path, quantity: str) -> dict[VertebralLevel, dict[str, float]]:
    found: dict[VertebralLevel, dict[str, float]] = {level: {} for level in _LEVELS}
    by_name = {level.name: level for level in _LEVELS}
    for line, cells in read_rows(path, required=("study_uid", "level", quantity)):
        level, text = by_name.get(cells["level"]), cells[quantity]
        if level is None or not text:
            continue
        try:
            found[level][cells["study_uid"]] = to_number(text, name=quantity)
        except ValueError as fault:
            raise ValueError(f"{path.name}, line {line}: {fault}") from None
    return found


def _alone(
    case: Case, level: VertebralLevel, values: Mapping[str, float], rule: DecisionRule
) -> Case:
    """Return a case as one level alone would have it; without a value there it has no result."""
    row, value = case.result, values.get(case.result.study_uid)
    if not case.is_evaluable:
        return case
    if value is None or level not in row.levels:
        lost = ResultRow(
            study_uid=row.study_uid,
            patient_id=row.patient_id,
            status="rejected",
            reason=Reason.LEVEL_NOT_IN_FIELD,
        )
        return Case(reference=case.reference, result=lost)
    own: dict[str, Any] = dict.fromkeys(_OF_THE_PATIENT)
    own |= {rule.quantity: value, "category": rule.category(value), "levels": (level,)}
    return Case(reference=case.reference, result=replace(row, **own))
