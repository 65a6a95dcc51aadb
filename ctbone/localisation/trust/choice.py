"""Which vertebrae a patient is measured in, or why in none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ctbone.anatomy import VertebralLevel
from ctbone.errors import (
    LevelNotInField,
    LevelUncertain,
    LocalisationError,
    NotEvaluable,
    Reason,
    SpineNotFound,
)
from ctbone.localisation.trust.doubt import flagged
from ctbone.records import Flag, VertebraLocalisation

#: Reasons by how much they say of a study, most first: what a person said comes before what a
#: program found; what is wrong with the levels or the mask of a study makes what is found in its
#: bone doubtful too, and what is found in the bone says more than a body that nobody outlined or
#: where the field ends. Every reason that a vertebra can carry stands here.
_SAYING = (
    Reason.REJECTED_IN_REVIEW,
    Reason.SPINE_NOT_FOUND,
    Reason.LEVEL_UNCERTAIN,
    Reason.METAL,
    Reason.FRACTURE,
    Reason.FOCAL_LESION,
    Reason.SEVERE_DEGENERATION,
    Reason.LEVELS_DISAGREE,
    Reason.IMPLAUSIBLE_GEOMETRY,
    Reason.IMPLAUSIBLE_ATTENUATION,
    Reason.MASK_MISSING,
    Reason.NOT_EVALUABLE,
    Reason.TRUNCATED,
    Reason.LEVEL_NOT_IN_FIELD,
)

_FAULTS = {
    Reason.SPINE_NOT_FOUND: SpineNotFound,
    Reason.LEVEL_UNCERTAIN: LevelUncertain,
    Reason.LEVEL_NOT_IN_FIELD: LevelNotInField,
}

_IMPLAUSIBLE = (Reason.IMPLAUSIBLE_GEOMETRY, Reason.IMPLAUSIBLE_ATTENUATION)


@dataclass(frozen=True, slots=True)
class Choice:
    """The vertebrae that a patient is measured in.

    Attributes:
        vertebrae: At least one, from cranial to caudal.
        flags: What a reader of the result has to know of the choice.
    """

    vertebrae: tuple[VertebraLocalisation, ...]
    flags: tuple[Flag, ...] = ()

    @property
    def levels(self) -> tuple[VertebralLevel, ...]:
        """Their levels."""
        return tuple(vertebra.level for vertebra in self.vertebrae)

    def among(self, vertebrae: Sequence[VertebraLocalisation]) -> tuple[VertebraLocalisation, ...]:
        """Return all that was located, with the chosen ones as they were chosen."""
        chosen = {vertebra.level: vertebra for vertebra in self.vertebrae}
        return tuple(chosen.get(vertebra.level, vertebra) for vertebra in vertebrae)


def require_fallback(levels: Sequence[str], fallback: Sequence[str]) -> None:
    """Refuse a fallback that names a level twice, or one that is measured anyway.

    Raises:
        ValueError: If it does.
    """
    named = [*levels, *fallback]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise ValueError(f"fallback must name other levels, each once, got {', '.join(twice)}")


def choose(
    vertebrae: Sequence[VertebraLocalisation],
    *,
    levels: Sequence[VertebralLevel],
    fallback: Sequence[VertebralLevel] = (),
) -> Choice:
    """Choose the levels of a patient that may be measured.

    The fallback stands in only where none of the levels may be measured, and is flagged.

    Raises:
        LocalisationError: If none may be measured; its reason is the one that says most.
    """
    if wanted := _evaluable(vertebrae, levels):
        return Choice(wanted)
    if instead := _evaluable(vertebrae, fallback):
        marked = tuple(flagged(v, Flag.FALLBACK_LEVEL) for v in instead)
        return Choice(marked, (Flag.FALLBACK_LEVEL,))
    raise refusal(vertebrae, levels=(*levels, *fallback))


def refusal(
    vertebrae: Sequence[VertebraLocalisation], *, levels: Sequence[VertebralLevel]
) -> LocalisationError:
    """Return why a study is refused of which no level may be measured."""
    if vertebrae and all(v.reason in _IMPLAUSIBLE for v in vertebrae):
        reason = Reason.SPINE_NOT_FOUND
    else:
        found = {v.reason or Reason.TRUNCATED for v in vertebrae if _may_be(v, levels)}
        reason = next((r for r in _SAYING if r in found), Reason.LEVEL_NOT_IN_FIELD)
    detail = _detail(vertebrae, levels, whole_story=reason is Reason.LEVEL_NOT_IN_FIELD)
    fault = _FAULTS.get(reason)
    return fault(detail) if fault else NotEvaluable(detail, reason=reason)


def missing_levels(
    vertebrae: Sequence[VertebraLocalisation], levels: Sequence[VertebralLevel]
) -> tuple[VertebralLevel, ...]:
    """Return the levels that were asked for and not located."""
    found = {vertebra.level for vertebra in vertebrae}
    return tuple(level for level in levels if level not in found)


def _evaluable(
    vertebrae: Sequence[VertebraLocalisation], levels: Sequence[VertebralLevel]
) -> tuple[VertebraLocalisation, ...]:
    return tuple(v for v in vertebrae if v.level in levels and v.is_whole and v.reason is None)


def _detail(
    vertebrae: Sequence[VertebraLocalisation],
    levels: Sequence[VertebralLevel],
    *,
    whole_story: bool,
) -> str:
    """Say level by level why it is not measured; for a level out of view, what was found."""
    names = " or ".join(level.name for level in levels)
    seen = ", ".join(v.level.name + ("" if v.is_whole else " (cut)") for v in vertebrae)
    if whole_story:
        return f"expected {names} whole in the field of view, found {seen or 'no vertebra'}"
    by_level = {v.level: v for v in vertebrae}
    perhaps = {v.runner_up: v.level for v in vertebrae if v.reason is Reason.LEVEL_UNCERTAIN}
    said = [
        f"{level.name}: perhaps what is called {perhaps[level].name}"
        if level in perhaps and level not in by_level
        else _said(level, by_level.get(level))
        for level in levels
    ]
    others = [v for v in vertebrae if v.level not in levels and _may_be(v, levels)]
    return "; ".join([*said, *(_said(v.level, v) for v in others)])


def _may_be(vertebra: VertebraLocalisation, levels: Sequence[VertebralLevel]) -> bool:
    """Say whether a vertebra is of some levels, or may be where its own is uncertain."""
    uncertain = vertebra.reason is Reason.LEVEL_UNCERTAIN
    return vertebra.level in levels or (uncertain and vertebra.runner_up in levels)


def _said(level: VertebralLevel, vertebra: VertebraLocalisation | None) -> str:
    if vertebra is None:
        return f"{level.name}: not in the field of view"
    reason = vertebra.reason or Reason.TRUNCATED
    return f"{level.name}: {reason.replace('_', ' ')}, {vertebra.detail or 'no detail'}"
