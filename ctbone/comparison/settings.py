"""What an arm is trained with: a preset or a file, and the options and the budget over it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ctbone.comparison.plan import Arm, Plan, Question, Reference
from ctbone.mappings import read_mapping
from ctbone.presets import Preset, read_presets

#: Levels that a head is trained on unless its configuration says otherwise.
_LEVELS = ("L1", "L2")

#: How the reference stands among the options that two arms may differ in.
_REFERENCE = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One arm, ready to train.

    Attributes:
        name: Of the arm.
        preset: The preset that it comes from; empty for a file.
        reference: What it learns from.
        training: The configuration of ctbone train, but for the paths of the cohort.
    """

    name: str
    preset: str
    reference: Reference
    training: Mapping[str, Any]

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels that it measures."""
        return tuple(self.training.get("head", {}).get("levels", _LEVELS))


def settle(plan: Plan, name: str) -> Settings:
    """Return an arm of a plan, ready to train.

    Raises:
        ValueError: If its preset or its file is not there, or an option leads into a value.
    """
    arm = plan.arms[name]
    base, reference = _base(plan, arm)
    budget = plan.budget
    spent: dict[str, object] = {
        "seed": budget.seed,
        "fit.epochs": budget.epochs,
        "fit.batch_size": budget.batch_size,
        "fit.learning_rate": budget.learning_rate,
    }
    training = base
    for option, value in {**plan.options, **arm.options, **spent}.items():
        training = lay_over(training, option, value, where=name)
    return Settings(name=name, preset=arm.preset, reference=reference, training=training)


def _base(plan: Plan, arm: Arm) -> tuple[Mapping[str, Any], Reference]:
    if arm.configuration:
        return read_mapping(plan.folder / arm.configuration), arm.reference or "QCT"
    known = _presets()
    if arm.preset not in known:
        raise ValueError(f"no preset {arm.preset!r}; choose one of {', '.join(known)}")
    preset = known[arm.preset]
    stated: Reference = "DXA" if preset.reference_standard == "DXA" else "QCT"
    return preset.configuration, arm.reference or stated


@cache
def _presets() -> Mapping[str, Preset]:
    # Two dozen files, once for all arms.
    return {preset.id: preset for preset in read_presets()}


def lay_over(
    base: Mapping[str, Any], option: str, value: object, *, where: str = ""
) -> dict[str, Any]:
    """Return a nested mapping with one option, named with dots, set anew.

    Example:
        >>> lay_over({"fit": {"epochs": 3}}, "fit.epochs", 4)
        {'fit': {'epochs': 4}}
    """
    first, _, rest = option.partition(".")
    if not rest:
        return {**base, first: value}
    inner = base.get(first, {})
    if not isinstance(inner, Mapping):
        raise ValueError(f"{where}: {first} holds no options, so that {option} cannot be set")  # noqa: TRY004
    return {**base, first: lay_over(inner, rest, value, where=where)}


def require_alike(question: Question, first: Settings, second: Settings) -> None:
    """Check that two arms differ in what their question says, and in nothing else.

    Raises:
        ValueError: If they differ in more, or not at all.
    """
    ours, theirs = (dict(_leaves(one.training)) for one in (first, second))
    ours[_REFERENCE], theirs[_REFERENCE] = first.reference, second.reference
    names = sorted(ours.keys() | theirs.keys())
    differing = [name for name in names if ours.get(name) != theirs.get(name)]
    pair = f"{first.name} and {second.name}, about {question.about}"
    if more := [name for name in differing if name not in question.differs]:
        raise ValueError(f"{pair}, differ in {more[0]} too, which the question does not name")
    if not differing:
        raise ValueError(f"{pair}, are the same")


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
