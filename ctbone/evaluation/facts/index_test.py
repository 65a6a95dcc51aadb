"""What is known of the index test, in sentences: from its results, its run and its model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ctbone.evaluation.linking import Case
from ctbone.evaluation.provenance import Provenance
from ctbone.interchange.model_record import listed_weights
from ctbone.rules import DecisionRule


def index_test(cases: Iterable[Case], provenance: Provenance) -> str:
    """Name the index test as its results do, and its network where a model is known."""
    models = sorted({case.result.model for case in cases if case.result.model})
    if not models:
        return ""
    network = provenance.model.get("network")
    kind = ""
    if isinstance(network, dict):
        named = [network.get("backbone"), network.get("task"), network.get("dimensions")]
        kind = f", a {named[0]} network in {named[2]} dimensions for the task {named[1]}"
    return f"The index test was {' and '.join(models)}{kind}."


def weights(provenance: Provenance) -> str:
    """Name the weights by their digests."""
    found = provenance.stated("weights")
    digests = dict(found) if isinstance(found, dict) else {}
    model = provenance.model
    if model:
        digests |= listed_weights(model)
    parts = [f"{name} {digest}" for name, digest in sorted(digests.items())]
    return f"Weights, SHA-256: {', '.join(parts)}." if parts else ""


def index_rule(rule: DecisionRule | None, provenance: Provenance) -> str:
    """State the cut-offs that decided, where they are known beyond doubt."""
    if rule is None:
        given = provenance.rule
        return f"The index test classed patients by the rule of the file {given}." if given else ""
    source = f"{rule.name}; {rule.source}"
    return f"The index test classed patients as {describe_rule(rule)} ({source})."


def describe_rule(rule: DecisionRule) -> str:
    """State the cut-offs of a rule."""
    low = "up to" if rule.osteoporosis_at_cut else "below"
    high = "from" if rule.normal_at_cut else "above"
    return (
        f"osteoporosis {low} {rule.osteoporosis_below:g} {rule.unit}, normal {high} "
        f"{rule.normal_above:g} {rule.unit}, osteopenia between"
    )


def eligibility(provenance: Provenance) -> str:
    """State which series of a study could be read."""
    rule = provenance.stated("config", "series")
    if not isinstance(rule, dict):
        return ""
    named = "; ".join(f"{name.replace('_', ' ')} {_plain(value)}" for name, value in rule.items())
    return f"Series of CT that could be read in Hounsfield units were eligible: {named}."


def preprocessing(provenance: Provenance) -> str:
    """State what the network sees of a vertebra, where a model is known."""
    seen, grid = provenance.model.get("input"), provenance.model.get("grid")
    if not isinstance(seen, dict) or not isinstance(grid, dict):
        return ""
    parts = [f"{name.replace('_', ' ')} {_plain(v)}" for name, v in {**grid, **seen}.items()]
    return f"A patch of each vertebra in its own frame: {'; '.join(parts)}."


def training(provenance: Provenance) -> str:
    """State how the model was trained, where its folder says so."""
    found = provenance.model.get("training")
    parts = [f"{name} {_plain(value)}" for name, value in _flat(found)]
    return f"Training: {'; '.join(parts)}." if parts else ""


def validation(provenance: Provenance) -> str:
    """State how the model did on its validation split, where its folder says so."""
    found = provenance.model.get("validation")
    parts = [f"{name} {_plain(value)}" for name, value in _flat(found)]
    return f"On the validation split: {'; '.join(parts)}." if parts else ""


def hardware(provenance: Provenance) -> str:
    """State where networks ran."""
    device = provenance.stated("device")
    seconds = provenance.stated("seconds")
    found = provenance.stated("counts", "found")
    if not device:
        return ""
    mean = ""
    if isinstance(seconds, dict) and isinstance(found, int) and found:
        spent = sum(value for value in seconds.values() if isinstance(value, int | float))
        mean = f"; {spent / found:.1f} s a study"
    return f"Networks ran on the device {device}{mean}."


def _flat(found: object, prefix: str = "") -> list[tuple[str, Any]]:
    if not isinstance(found, Mapping):
        return []
    parts: list[tuple[str, Any]] = []
    for name, value in found.items():
        text = f"{prefix}{name}".replace("_", " ")
        parts += _flat(value, f"{text} ") if isinstance(value, Mapping) else [(text, value)]
    return parts


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return (
            " to ".join(map(_plain, value)) if len(value) == 2 else " x ".join(map(_plain, value))
        )
    return str(value)
