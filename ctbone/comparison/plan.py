"""What is compared: a budget for all, arms, and questions that each lay two arms side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from ctbone.mappings import read_mapping, to_record

#: Which reference an arm learns from and is tested against.
Reference = Literal["QCT", "DXA"]

_Record = TypeVar("_Record")

#: What a question is about: the covariates of the review.
About = Literal[
    "validation", "backbone", "dimensionality", "plane", "input", "window", "reference_standard"
]

#: Arms that every comparison has beside its own: published HU cut-offs, and a line from HU to
#: density that is fitted to the training split.
HU_RULE, HU_LINE = "hu_rule", "hu_line"

#: Names of arms: they name folders.
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

#: What the budget decides, and no arm by itself.
_OF_THE_BUDGET = ("fit.epochs", "fit.batch_size", "fit.learning_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """The cohort that is simulated where none is given.

    Attributes:
        configuration: Name of a configuration of ctbone simulate that ships, such as ``trial``.
        patients: How many.
        options: Further options of ctbone simulate, by name.
    """

    configuration: str
    patients: int
    options: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.patients < 1:
            raise ValueError(f"patients must be positive, got {self.patients}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What every arm may spend on its training; the patients are the same anyway.

    Attributes:
        epochs: Passes over the training examples.
        batch_size: Examples a step.
        learning_rate: Highest learning rate.
        seed: Start of all chance.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    seed: int = 1

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "learning_rate"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One system.

    Attributes:
        preset: The preset that it is; or
        configuration: a configuration of ctbone train, by its path from the plan.
        options: What it has otherwise, by dotted names of options, such as ``head.network.width``.
        reference: What it learns from; empty for what the preset says, and QCT where it says
            attenuation or nothing.
    """

    preset: str = ""
    configuration: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    reference: Literal["", "QCT", "DXA"] = ""

    def __post_init__(self) -> None:
        if bool(self.preset) == bool(self.configuration):
            raise ValueError("expected either preset or configuration")
        _require_free(self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Two arms that differ in one thing, or one arm on internal and on external patients.

    Attributes:
        about: What the question is about, by the name of the review's covariate.
        first: An arm.
        second: The other arm; empty for a question about validation.
        differs: Options that may differ between the two, by dotted names: the one thing, and what
            it cannot do without.
    """

    about: About
    first: str
    second: str = ""
    differs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.about == "validation") is bool(self.second):
            raise ValueError(
                "expected two arms, or about validation the first alone, got "
                f"{self.first!r} and {self.second!r} about {self.about}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole comparison.

    Attributes:
        title: Its name on the page.
        simulation: The cohort that is simulated where none is given.
        budget: What every arm may spend.
        options: Options of all arms, by dotted names; those of an arm win.
        arms: The systems, by name.
        questions: What is asked.
        folder: Where paths of the plan begin.
    """

    title: str
    simulation: Simulation
    budget: Budget
    options: Mapping[str, object]
    arms: Mapping[str, Arm]
    questions: tuple[Question, ...]
    folder: Path = Path()

    def __post_init__(self) -> None:
        _require_free(self.options)
        if not self.arms:
            raise ValueError("a plan needs an arm, got none")
        for name in self.arms:
            if not _NAME.fullmatch(name) or name in (HU_RULE, HU_LINE):
                raise ValueError(
                    "names of arms must be lower-case letters, digits, - and _, and not "
                    f"{HU_RULE} or {HU_LINE}, got {name!r}"
                )
        asked = {name for q in self.questions for name in (q.first, q.second) if name}
        if unknown := sorted(asked - self.arms.keys()):
            raise ValueError(f"questions name arms that the plan has not: {unknown}")


def read_plan(path: Path) -> Plan:
    """Read a plan.

    Raises:
        ValueError: If it is no plan; the message names the file and the place in it.
    """
    keys = dict(read_mapping(path))
    expected = {"title", "simulation", "budget", "options", "arms", "questions"}
    if wrong := sorted(map(str, keys.keys() ^ expected)):
        raise ValueError(f"{path.name}: expected the keys {sorted(expected)}, not so {wrong}")
    where = path.name
    try:
        return Plan(
            title=str(keys["title"]),
            simulation=_record(keys["simulation"], Simulation, f"{where}, simulation"),
            budget=_record(keys["budget"], Budget, f"{where}, budget"),
            options=_mapping(keys["options"], f"{where}, options"),
            arms={
                str(name): _record(arm, Arm, f"{where}, arm {name}")
                for name, arm in _mapping(keys["arms"], f"{where}, arms").items()
            },
            questions=tuple(
                _record(one, Question, f"{where}, question {number}")
                for number, one in enumerate(_list(keys["questions"], where), start=1)
            ),
            folder=path.parent,
        )
    except ValueError as fault:
        said = str(fault)
        raise ValueError(said if said.startswith(where) else f"{where}: {said}") from None


def _record(value: object, record: type[_Record], where: str) -> _Record:
    return to_record(_mapping(value, where), record, where=where)


def _mapping(value: object, where: str) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where}: expected a mapping, found {value!r}")  # noqa: TRY004
    return value


def _list(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{where}: expected a list of questions, found {value!r}")  # noqa: TRY004
    return value


def _require_free(options: Mapping[str, object]) -> None:
    if set_twice := sorted(set(_OF_THE_BUDGET) & options.keys()):
        raise ValueError(f"{set_twice[0]} is that of the budget, which is equal for all")
