"""What a picture says of a vertebra: its name, what was measured, and why it must not be."""

from __future__ import annotations

from collections.abc import Sequence

from ctbone.errors import Reason
from ctbone.records import BmdEstimate, VertebraLocalisation

#: A level less likely than this is given with the one that it would else be. A design choice.
_SURE = 0.9


def name_of(vertebra: VertebraLocalisation) -> str:
    """Return a vertebra's level, with the other reading where it is unsure, in brackets if cut."""
    name = vertebra.level.name
    unsure = vertebra.reason is Reason.LEVEL_UNCERTAIN or vertebra.confidence < _SURE
    if unsure:
        name += f" or {vertebra.runner_up.name}" if vertebra.runner_up is not None else "?"
    return name if vertebra.is_whole else f"({name})"


def reason_of(vertebra: VertebraLocalisation) -> str:
    """Return in a few words why a vertebra must not be measured; empty where it may."""
    return "" if vertebra.reason is None else vertebra.reason.replace("_", " ")


def doubt_of(vertebra: VertebraLocalisation) -> str:
    """Return in a sentence why a vertebra is not measured; empty where it may be."""
    if vertebra.reason is None:
        return "" if vertebra.is_whole else "cut by the edge of the field"
    return ": ".join(part for part in (reason_of(vertebra), vertebra.detail) if part)


def numbers_of(vertebra: VertebraLocalisation, estimates: Sequence[BmdEstimate]) -> str:
    """Return what was measured in a vertebra, or that nothing was."""
    found = [e for e in estimates if e.level is vertebra.level]
    parts = [part for estimate in found for part in _numbers(estimate)]
    return " · ".join(parts) or "not measured"


def heights_of(vertebra: VertebraLocalisation) -> str:
    """Return the heights of a body; empty where they were not measured."""
    found = vertebra.morphometry
    if found is None:
        return ""
    heights = (found.height_anterior_mm, found.height_middle_mm, found.height_posterior_mm)
    return "height " + " / ".join(f"{h:.1f}" for h in heights) + " mm (ant., mid, post.)"


def confidence_of(vertebra: VertebraLocalisation) -> str:
    """Return how likely a level is; empty where a user named it."""
    return "" if vertebra.confidence == 1.0 else f"level {100.0 * vertebra.confidence:.0f} % sure"


def _numbers(estimate: BmdEstimate) -> list[str]:
    found = []
    if estimate.trabecular_hu is not None:
        found.append(f"{estimate.trabecular_hu:.0f} HU")
    if estimate.bmd_mg_cm3 is not None:
        spread = "" if estimate.sd_mg_cm3 is None else f" ± {estimate.sd_mg_cm3:.0f}"
        found.append(f"{estimate.bmd_mg_cm3:.0f}{spread} mg/cm3")
    return found
