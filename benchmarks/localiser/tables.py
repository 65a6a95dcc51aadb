"""What was found, as text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: Columns of the table of groups: heading, key, format.
_COLUMNS = (
    ("studies", "studies", "d"),
    ("located", "studies_located", "d"),
    ("evaluable", "clear", "d"),
    ("refused", "clear_refused.share", ".1%"),
    ("calls", "calls", "d"),
    ("right", "level_right.share", ".1%"),
    ("wrong st.", "studies_mislabelled.events", "d"),
    ("centre mm", "centroid_mm.median", ".2f"),
    ("p95", "centroid_mm.p95", ".2f"),
    ("Dice", "dice.mean", ".3f"),
    ("p5", "dice.p5", ".3f"),
    ("HU bias", "hu.bias", "+.1f"),
    ("HU p95", "hu.p95_absolute", ".1f"),
)

#: Characters of what is said about a real study; localiser.json has all.
_SHOWN = 160

_GROUPS = ("by_field", "by_slice_mm", "by_landmark", "by_anomaly", "by_kernel")


def trial_table(trial: Mapping[str, Any], criteria: Sequence[Mapping[str, Any]]) -> str:
    """Return the criteria, then a row for each group of studies."""
    width = 42
    lines = [
        *map(_criterion, criteria),
        "",
        " " * width + "".join(f"{c[0]:>10}" for c in _COLUMNS),
    ]
    lines.append(_row("all", trial["all"], width))
    for group in _GROUPS:
        lines.append(group.replace("by_", "by ").replace("_mm", ", mm"))
        lines += [_row(f"  {name}", found, width) for name, found in trial[group].items()]
    whole = trial["all"]
    lines += ["", *_counts("how studies ended", trial["endings"])]
    lines += _counts("truly evaluable but refused", whole["clear_refusals"])
    lines += _counts("not to be measured by truth, and", whole["forbidden_endings"])
    lines += _counts("called for actual", whole["called_for"])
    lines += _counts("rows of vertebrae", whole["chains"])
    lines += ["", "confidence     coverage  risk"]
    lines += [
        f">= {p['least_confidence']:.4f}   {p['coverage']:8.1%}  {p['risk']:.2%}"
        for p in trial["risk_coverage"]
    ]
    return "\n".join(lines)


def real_table(real: Mapping[str, Any]) -> str:
    """Return what is asked for, then a line for each real study."""
    lines = [
        f"{s['study']:28} {s['ending']:22} {s['verdict']:24} {s['shown'][:_SHOWN]}"
        for s in real["studies"]
    ]
    return "\n".join([*map(_criterion, real["criteria"]), *lines])


def speed_table(speed: Mapping[str, Any]) -> str:
    """Return a line for each thing that was timed."""
    lines = [f"{'whole locator, 512x512x450':40}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}"]
    for name, found in speed["runs"].items():
        if found is None:
            lines.append(f"{name:40}{'not measured':>27}")
            continue
        lines.append(
            f"{name:40}{found['wall_s']:9.2f}{found['cpu_s']:9.2f}{found['peak_mb']:9.0f}"
        )
    return "\n".join([*lines, *map(_criterion, speed["criteria"]), *speed["notes"]])


def _criterion(found: Mapping[str, Any]) -> str:
    word = {True: "met", False: "MISSED", None: "not measured"}[found["met"]]
    value = "-" if found["value"] is None else f"{found['value']:.4g}"
    return f"{found['criterion']:52}{value:>10}  (limit {found['limit']:g})  {word}"


def _row(name: str, figures: Mapping[str, Any], width: int) -> str:
    return f"{name[: width - 1]:{width}}" + "".join(
        f"{_cell(figures, key, shape):>10}" for _, key, shape in _COLUMNS
    )


def _cell(figures: Mapping[str, Any], key: str, shape: str) -> str:
    found: Any = figures
    for part in key.split("."):
        found = None if found is None else found[part]
    return "-" if found is None else format(found, shape)


def _counts(title: str, counts: Mapping[str, int]) -> list[str]:
    shown = ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"
    return [f"{title}: {shown}"]
