"""Figures of a trial: over all studies, and by field, thickness, landmarks and anomalies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.localiser.records import Call, Outcome, Target
from ctbone.confidence import exact

#: Bands of slice thickness, millimetres: up to and with.
_BANDS_MM = (1.0, 2.0, 3.0, 5.0)

#: What is asked of the localiser (docs/localiser.md): name, figure, limit, whether it is a least.
CRITERIA: tuple[tuple[str, str, float, bool], ...] = (
    ("level right among called evaluable", "level_right", 0.98, True),
    ("refused among truly evaluable", "clear_refused", 0.08, False),
    ("centroid error, median, mm", "centroid_mm.median", 2.0, False),
    ("body Dice, mean", "dice.mean", 0.93, True),
    ("silent mislabels among studies with anomalies", "anomalies_mislabelled", 0.03, False),
    ("trabecular HU without noise, median absolute error", "quiet_hu.median_absolute", 2.0, False),
)


def trial_figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return every figure of a trial by name, ready for JSON."""
    return {
        "all": group_figures(outcomes),
        "by_field": _by(outcomes, lambda o: str(o.facts["field"])),
        "by_slice_mm": _by(outcomes, _band),
        "by_landmark": _by(outcomes, lambda o: "in view" if o.landmark else "none in view"),
        "by_anomaly": _by(outcomes, lambda o: "+".join(o.facts["anomalies"]) or "none"),
        "by_kernel": _by(outcomes, lambda o: str(o.facts["kernel"])),
        "risk_coverage": risk_coverage(outcomes),
        "endings": dict(Counter(o.ending for o in outcomes).most_common()),
    }


def group_figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return the figures of one group of studies."""
    targets = [t for o in outcomes for t in o.targets]
    calls = [c for o in outcomes for c in o.calls]
    unusual = [o for o in outcomes if o.facts["anomalies"]]
    return {
        "studies": len(outcomes),
        "studies_with_a_target": sum(bool(o.targets) for o in outcomes),
        "studies_located": sum(o.ending == "located" for o in outcomes),
        **_target_figures(targets),
        **_call_figures(calls),
        "studies_mislabelled": _share(sum(map(is_mislabelled, outcomes)), len(outcomes)),
        "anomalies_mislabelled": _share(sum(map(is_mislabelled, unusual)), len(unusual)),
        "chains": dict(Counter(o.chain for o in outcomes).most_common()),
        "named_right_of_found_right": _named(outcomes),
        "wall_s": _spread([o.wall_s for o in outcomes]),
        "cpu_s": _spread([o.cpu_s for o in outcomes]),
    }


def is_mislabelled(outcome: Outcome) -> bool:
    """Say whether a vertebra was given as a level that it is not, without a word of doubt."""
    return any(not call.is_right for call in outcome.calls)


def risk_coverage(outcomes: Sequence[Outcome]) -> list[dict[str, float]]:
    """Return the error among the most confident calls, for ten shares of all targets.

    Coverage is the share of truly evaluable vertebrae that are measured when only calls at least
    as confident count; risk is the share of those calls that are wrong.
    """
    calls = sorted((c for o in outcomes for c in o.calls), key=lambda c: -c.confidence)
    clear = sum(not t.forbidden for o in outcomes for t in o.targets)
    steps = sorted({round(len(calls) * share / 10) for share in range(1, 11)} - {0})
    return [
        {
            "calls": n,
            "least_confidence": calls[n - 1].confidence,
            "coverage": _round(sum(not c.forbidden for c in calls[:n]) / max(clear, 1)),
            "risk": _round(sum(not c.is_right for c in calls[:n]) / n),
        }
        for n in steps
    ]


def judge(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Hold the figures of all studies against what is asked of them."""
    return [
        criterion(name, _look_up(figures, key), limit, is_least=is_least)
        for name, key, limit, is_least in CRITERIA
    ]


def criterion(
    name: str, value: float | None, limit: float, *, is_least: bool = False
) -> dict[str, Any]:
    """Hold one value against its limit; what was not measured is neither met nor missed."""
    met = None if value is None else (value >= limit if is_least else value <= limit)
    return {"criterion": name, "value": value, "limit": limit, "met": met}


def _look_up(figures: Mapping[str, Any], key: str) -> float | None:
    found: Any = figures
    for part in key.split("."):
        found = None if found is None else found.get(part)
    return found.get("share") if isinstance(found, Mapping) else found


def _by(outcomes: Iterable[Outcome], name: Callable[[Outcome], str]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(name(outcome), []).append(outcome)
    return {key: group_figures(groups[key]) for key in sorted(groups)}


def _band(outcome: Outcome) -> str:
    thick = float(outcome.facts["slice_mm"])
    lower = 0.0
    for upper in _BANDS_MM:
        if thick <= upper:
            return f"{lower:g} to {upper:g} mm" if lower else f"up to {upper:g} mm"
        lower = upper
    return f"over {lower:g} mm"


def _target_figures(targets: Sequence[Target]) -> dict[str, Any]:
    clear = [t for t in targets if not t.forbidden]
    barred = [t for t in targets if t.forbidden]
    refused = [t for t in clear if t.ending != "measured"]
    return {
        "targets": len(targets),
        "targets_found": sum(t.found for t in targets),
        "clear": len(clear),
        "clear_refused": _share(len(refused), len(clear)),
        "clear_refusals": dict(Counter(t.ending for t in refused).most_common()),
        "forbidden": len(barred),
        "forbidden_measured": _share(sum(t.ending == "measured" for t in barred), len(barred)),
        "forbidden_endings": dict(Counter(t.ending for t in barred).most_common()),
    }


def _call_figures(calls: Sequence[Call]) -> dict[str, Any]:
    right = [c for c in calls if c.is_right]
    sound = [c for c in right if not c.forbidden and c.whole]
    heights = [h for c in sound for h in c.heights_error_mm or ()]
    return {
        "calls": len(calls),
        "level_right": _share(len(right), len(calls)),
        "called_for": dict(Counter(f"{c.level} for {c.actual or 'nothing'}" for c in calls)),
        "centroid_mm": _spread([c.error_mm for c in sound]),
        "dice": _spread([c.dice for c in sound]),
        "heights_mm": _errors(heights),
        "hu": _errors([c.hu_error for c in sound]),
        "quiet_hu": _errors([c.quiet_hu_error for c in sound]),
        "region_hu": _errors([c.region_hu_error for c in sound]),
    }


def _named(outcomes: Iterable[Outcome]) -> dict[str, Any] | None:
    """Judge naming apart from finding: of rows that lie right, the share that is named right."""
    chains = Counter(o.chain for o in outcomes)
    return _share(chains["right"], chains["right"] + chains["misnamed"])


def _share(events: int, total: int) -> dict[str, Any] | None:
    """Return a share with its exact limits; nothing where there is nobody to take it of."""
    if total == 0:
        return None
    found = exact(events, total, 0.95)
    limits = (_round(found.lower), _round(found.upper))
    return {"events": events, "of": total, "share": _round(found.estimate), "limits": limits}


def _spread(values: Iterable[float | None]) -> dict[str, float] | None:
    known = [v for v in values if v is not None]
    if not known:
        return None
    low, middle, high = np.quantile(known, [0.05, 0.5, 0.95])
    return {
        "n": len(known),
        "mean": _round(float(np.mean(known))),
        "p5": _round(low),
        "median": _round(middle),
        "p95": _round(high),
    }


def _errors(values: Iterable[float | None]) -> dict[str, float] | None:
    """Return bias and size of signed errors."""
    known = np.array([v for v in values if v is not None])
    if not known.size:
        return None
    return {
        "n": int(known.size),
        "bias": _round(known.mean()),
        "bias_se": _round(known.std() / np.sqrt(known.size)),
        "median_absolute": _round(np.median(np.abs(known))),
        "p95_absolute": _round(np.quantile(np.abs(known), 0.95)),
    }


def _round(value: float) -> float:
    return round(float(value), 4)
