"""What speaks against measuring a vertebra."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ctbone.anatomy import VertebralLevel
from ctbone.errors import NotEvaluable, Reason
from ctbone.records import Flag, VertebraLocalisation


@dataclass(frozen=True, slots=True)
class Doubt:
    """One finding that forbids to measure a vertebra.

    Attributes:
        reason: What it is.
        detail: What was expected and what was found.
    """

    reason: Reason
    detail: str


def doubted(vertebra: VertebraLocalisation, doubt: Doubt | None) -> VertebraLocalisation:
    """Return a vertebra with the reason of a doubt; one that has a reason keeps its own."""
    if doubt is None or vertebra.reason is not None:
        return vertebra
    return replace(vertebra, reason=doubt.reason, detail=doubt.detail)


def doubted_by(
    vertebrae: Sequence[VertebraLocalisation], level: VertebralLevel, fault: NotEvaluable
) -> tuple[VertebraLocalisation, ...]:
    """Return vertebrae of which one could not be measured, with what measuring it found."""
    doubt = Doubt(fault.reason, str(fault))
    return tuple(doubted(v, doubt) if v.level is level else v for v in vertebrae)


def flagged(vertebra: VertebraLocalisation, *flags: Flag) -> VertebraLocalisation:
    """Return a vertebra with further flags, each once."""
    known = tuple(dict.fromkeys((*vertebra.flags, *flags)))
    return vertebra if known == vertebra.flags else replace(vertebra, flags=known)
