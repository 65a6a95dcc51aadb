"""What one vertebra alone would have said: L1 without L2, and L2 without L1.

vertebrae.csv holds the measurement of every level. A level's own value becomes a category by the
rule that decided for the patient, and only where that rule is known. The reference stays that of
the patient, which is a mean over levels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ctbone.anatomy import VertebralLevel
from ctbone.delimited import read_rows, to_number
from ctbone.errors import Reason
from ctbone.evaluation.linking import Case
from ctbone.evaluation.subgroups import Subgroup
from ctbone.rules import DecisionRule

#: The levels that are looked at alone.
_LEVELS = (VertebralLevel.L1, VertebralLevel.L2)

#: What holds for the mean over levels and for none of them alone.
_OF_THE_PATIENT = (
    "p_normal", "p_osteopenia", "p_osteoporosis", "bmd_mg_cm3", "bmd_lower_mg_cm3",
    "bmd_upper_mg_cm3", "t_score", "t_score_lower", "t_score_upper", "trabecular_hu",
    "indeterminate", "qct_t_score", "qct_z_score",
)  # fmt: skip

_NOTE = "The reference is that of the patient, a mean over levels."


def level_subgroups(
    cases: Sequence[Case], results: Path, rule: DecisionRule | None
) -> tuple[Subgroup, ...]:
    """Return a group a level that holds every patient, as that level alone would place them.

    Patients in whom the level was not measured have no result there.

    Args:
        cases: The patients.
        results: The file of their results, beside which vertebrae.csv is looked for.
        rule: By which they were classed, where that is known.

    Returns:
        Nothing where vertebrae.csv is not there, or the rule is not known.

    Raises:
        ValueError: If vertebrae.csv is not what it should be.
    """
    path = results.parent / "vertebrae.csv"
    if rule is None or not path.is_file():
        return ()
    values = _read_values(path, rule.quantity)
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
    own: dict[str, Any] = dict.fromkeys(_OF_THE_PATIENT)
    if value is None or level not in row.levels:
        own |= {"status": "rejected", "reason": Reason.NOT_EVALUABLE, "category": None}
    else:
        own |= {rule.quantity: value, "category": rule.category(value), "levels": (level,)}
    return Case(reference=case.reference, result=replace(row, **own))
