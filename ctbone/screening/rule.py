"""The rule that turns what an estimator gives into a category."""

from __future__ import annotations

from pathlib import Path

from ctbone.densitometry import DecisionRule, load_rule, shipped_rule
from ctbone.estimation import BmdEstimator, HuLine, NetworkEstimator, quantity_of

#: The rule that ships for each quantity; acr_qct for every other.
_SHIPPED = {"trabecular_hu": "hu_l1", "t_score": "dxa_t_score"}

#: What an estimator that gives a category of its own decides by, whatever the rule.
_CLASSED = ("probabilities", "binary")


def rule_for(
    estimate: BmdEstimator, path: Path | None, *, is_calibrated: bool = False
) -> DecisionRule:
    """Return the rule of a file, or without one that which ships for the estimator.

    Args:
        estimate: What measures.
        path: The file.
        is_calibrated: Whether each scan gives the estimator a line of its own.

    Raises:
        ValueError: If the rule decides on what the estimator does not give.
    """
    given = quantity_given(estimate, is_calibrated=is_calibrated)
    if path is None:
        return shipped_rule(_SHIPPED.get(given, "acr_qct"))
    rule = load_rule(path)
    # Here and not at the first study: a night of rejections is a night lost.
    if given not in (rule.quantity, *_CLASSED):
        raise ValueError(
            f"rule {rule.name} decides on {rule.quantity}, and {estimate.name} gives {given}; "
            "give another --rule, a --calibration or a --model"
        )
    return rule


def quantity_given(estimate: BmdEstimator, *, is_calibrated: bool = False) -> str:
    """Return what an estimator gives for a rule to decide on.

    Args:
        estimate: What measures.
        is_calibrated: Whether each scan gives the estimator a line of its own.
    """
    if is_calibrated:
        return "bmd_mg_cm3"
    if isinstance(estimate, NetworkEstimator):
        return quantity_of(estimate.head.task)
    has_line = isinstance(estimate, HuLine) and estimate.calibration is not None
    return "bmd_mg_cm3" if has_line else "trabecular_hu"
