"""The words that every delivered result carries, whatever its form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from ctbone.anatomy import MeasuredLevel, VertebralLevel
from ctbone.densitometry.precision import DECIMALS
from ctbone.records import Flag, Rejection, ScreeningResult, VertebraLocalisation

#: Stands in every object, in whole.
CAVEAT = (
    "Made by research software that is no medical device. This result does not rule out low bone "
    "density, and it is not a diagnosis: a low value is a reason for densitometry. Compare it "
    "with the picture of the measured regions."
)

#: A reader who compares levels with the images has to know who named them.
_NAMED = "A person who reviewed the study named vertebrae of it, or took some out."

#: What attenuation of which nothing gives a density is worth.
_UNCALIBRATED = "Attenuation is not calibrated to density: the category is that of an HU rule."


def told(outcome: ScreeningResult | Rejection) -> tuple[str, ...]:
    """Return what a reader has to know of the outcome of a study, a sentence each.

    Nothing of it is of the header of the images.
    """
    if isinstance(outcome, Rejection):
        return (_refused(outcome),)
    return (headline(outcome), *_remarks(outcome))


def headline(result: ScreeningResult) -> str:
    """Return the category, with the value that decided."""
    decision = result.decision
    levels = ", ".join(estimate.level.name for estimate in result.estimates)
    value = _VALUES.get(decision.quantity, "")
    number = f", {value.format(decision.value)}" if value else ""
    limits = _limits(result)
    category = decision.category.replace("_", " ")
    return f"Category: {category}, by rule {decision.rule}{number}{limits}, of {levels}."


#: How the value that decided is written, by its quantity; a probability is told beside it.
_VALUES = {
    "bmd_mg_cm3": f"volumetric trabecular BMD {{:.{DECIMALS}f}} mg/cm3",
    "trabecular_hu": f"trabecular attenuation {{:.{DECIMALS}f}} HU",
    "t_score": f"T-score expected of a DXA {{:.{DECIMALS}f}}",
}


def _limits(result: ScreeningResult) -> str:
    decision = result.decision
    pairs = {
        "bmd_mg_cm3": (decision.lower_mg_cm3, decision.upper_mg_cm3),
        "t_score": (decision.t_score_lower, decision.t_score_upper),
    }
    lower, upper = pairs.get(decision.quantity, (None, None))
    if lower is None or upper is None:
        return ""
    return f" (90 % interval {lower:.{DECIMALS}f} to {upper:.{DECIMALS}f})"


def _remarks(result: ScreeningResult) -> Iterator[str]:
    if result.decision.indeterminate:
        yield "The interval includes a cut-off between categories."
    measured = {estimate.level for estimate in result.estimates}
    # A sacrum at the edge of the field is nothing that anybody would measure.
    usual = {VertebralLevel[name] for name in get_args(MeasuredLevel)} - measured
    unmeasured = [v for v in result.vertebrae if v.reason and v.level in usual]
    if unmeasured:
        yield f"Not measured: {', '.join(map(_unmeasured, unmeasured))}."
    if result.missing:
        yield f"Not in the field of view: {', '.join(v.name for v in result.missing)}."
    if Flag.UNCALIBRATED in result.flags:
        yield _UNCALIBRATED
    if Flag.RELABELLED_IN_REVIEW in result.flags:
        yield _NAMED
    if result.flags:
        yield f"Flags: {', '.join(flag.replace('_', ' ') for flag in result.flags)}."
    yield f"Measured by {result.model}."


def _unmeasured(vertebra: VertebraLocalisation) -> str:
    reason = str(vertebra.reason).replace("_", " ")
    return f"{vertebra.level.name} ({reason})"


def _refused(rejection: Rejection) -> str:
    reason = rejection.reason.replace("_", " ")
    return f"No result: {reason}. {rejection.detail}"
