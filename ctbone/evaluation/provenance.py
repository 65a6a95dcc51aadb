"""Where results come from: what the screening beside them and the model's folder say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ctbone.interchange.model_record import read_model_record
from ctbone.mappings import to_record
from ctbone.rules import DecisionRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What is known of how results came about; empty where nothing is.

    Attributes:
        screening: ``run.json`` of the screening that wrote the results.
        model: ``model.json`` of the head that estimated.
        is_simulated: Whether ``run.json`` beside the cohort is that of a simulation.
    """

    screening: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, Any] = field(default_factory=dict)
    is_simulated: bool = False

    def stated(self, *names: str) -> Any:  # noqa: ANN401 - a value of JSON
        """Return what the screening states under a path of names; ``None`` where it does not."""
        found: Any = self.screening
        for name in names:
            if not isinstance(found, dict) or name not in found:
                return None
            found = found[name]
        return found

    @property
    def rule(self) -> str | None:
        """File of the decision rule that the screening was given; ``None`` without one."""
        given = self.stated("config", "rule")
        return str(given) if given else None

    @property
    def recorded_rule(self) -> DecisionRule | None:
        """Rule that the screening says it classed by, cut-offs and all; ``None`` without one."""
        found = self.stated("rule")
        try:
            return to_record(found, DecisionRule, where="run.json") if found else None
        # What does not read as a rule is the run of another version, or was edited.
        except (AttributeError, ValueError):
            return None


def read_provenance(
    results: Path, model: Path | None, *, cohort: Path | None = None
) -> Provenance:
    """Read ``run.json`` beside the results and the cohort, where there is one, and the model.

    Raises:
        ValueError: If the model folder holds no model.
    """
    return Provenance(
        screening=_record(results.parent / "run.json", "screen"),
        model=read_model_record(model) if model else {},
        is_simulated=cohort is not None and bool(_record(cohort.parent / "run.json", "simulate")),
    )


def _record(path: Path, command: str) -> dict[str, Any]:
    """Return the record of a command's run; that of another says nothing about these files."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    is_one = isinstance(record, dict) and record.get("command") == command
    return record if is_one else {}
