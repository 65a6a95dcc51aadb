"""A card of the localiser in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_HEAD = """# The localiser that ships with ctbone

A 3D U-Net that maps the centres and bodies of vertebrae, their {context}, and the level and kind
of each, in a whole CT at {spacing_mm:g} mm; a dynamic programme names the row it finds.
"""

_FINE = """
A second network looks at each vertebra in its own frame, at {spacing_mm:g} mm, and parts its body
from its arch and its neighbours.
"""

_LIMITS = """## What it must not be used for

It is no medical device, and no diagnosis may rest on it. Simulated patients, with their fractures,
implants and tumours, are not real ones, and real CT can show what it has never seen: look at the
picture of every study, and give masks (`--masks`) where there are better ones. People with an
unusual number of ribs or lumbar vertebrae can be named wrongly where only one end of the lumbar
spine is in view. It is not meant for children, for magnetic resonance, or for CT whose values are
no Hounsfield units.

## Licence

The weights are under the licence of ctbone, Apache-2.0. {data}
"""

_SOURCES = {
    "cache": "rendered before the fit",
    "stream": "rendered while it was fitted, new ones in each epoch",
}

_UNITS = {"mm": "mm", "hu": "HU", "s": "s", "mb": "MB"}

Figures = Mapping[str, Any]


def describe(card: Figures) -> str:
    """Return the text of a card."""
    network, fine = card["network"], card.get("fine")
    *most, last = network["context"]
    context = f"{', '.join(most)} and {last}" if most else last
    parts = [_HEAD.format(spacing_mm=network["spacing_mm"], context=context)]
    if fine is not None:
        parts.append(_FINE.format(spacing_mm=fine["network"]["spacing_mm"]))
    parts += ["\n## How it was trained\n\n", *_trained("The network", card)]
    parts += _trained("The fine network", fine) if fine is not None else []
    parts += _benchmark(card["benchmark"]) if "benchmark" in card else _trial(card["trial"])
    return "".join([*parts, _LIMITS.format(data=_whose_data(card, fine or {}))])


def _trained(name: str, card: Figures) -> Iterator[str]:
    training = card["training"]
    what = next(name for name in ("patients", "stretches") if name in training)
    seen = f"{training[what]} simulated {what}"
    source = _SOURCES.get(training.get("source", ""), "rendered before the fit")
    epochs = training["fit"]["epochs"]
    yield f"{name}: {seen}, {source} (seed {training['seed']}, {epochs} epochs).\n"
    if note := training.get("note"):
        yield f"{note}\n"
    for layout, count in _labelled(card).items():
        yield f"Mixed in: {count} labelled CT in the {layout} layout.\n"
    yield f"Weights: SHA-256 `{card['weights_sha256']}`.\n\n"
    if figures := training.get("validation"):
        named = {name.removeprefix("validation_"): value for name, value in figures.items()}
        kept = training["fit"].get("keep", "best")
        purpose = "choosing it" if kept == "best" else "validation"
        yield f"Losses at its {kept} epoch, on patients kept for {purpose}:\n\n{_table(named)}\n\n"


def _labelled(card: Figures) -> dict[str, int]:
    return dict((card.get("training") or {}).get("labelled") or {})


def _whose_data(*cards: Figures) -> str:
    if any(_labelled(card) for card in cards):
        return "The labelled data have licences of their own, which may bind who passes them on."
    return "No image of a patient went into them."


def _trial(trial: Figures) -> Iterator[str]:
    yield "## What it does with simulated studies that it has never seen\n\n"
    yield f"Chest, abdomen, both, and narrow lumbar fields.\n\n{_table(trial)}\n\n"


def _benchmark(found: Figures) -> Iterator[str]:
    """Yield what ``benchmarks/localiser`` measured, part by part as far as it was run."""
    yield "## What it does with studies that it has never seen (`benchmarks/localiser`)\n\n"
    parts = (found, found.get("real") or {}, found.get("speed") or {})
    if criteria := [one for part in parts for one in part.get("criteria") or ()]:
        yield f"{_criteria(criteria)}\n\n"
    if trial := found.get("trial"):
        yield f"### Simulated studies\n\n{_table(trial['all'])}\n\n"
    if real := found.get("real"):
        yield f"### Real CT\n\n{_real(real['studies'])}\n\n"
    if speed := found.get("speed"):
        yield f"### Time\n\n{_table(speed['runs'])}\n\n"


def _criteria(criteria: Sequence[Figures]) -> str:
    words = {True: "met", False: "missed", None: "not measured"}
    rows = [
        (one["criterion"], _shown(one["value"]), _shown(one["limit"]), words[one["met"]])
        for one in criteria
    ]
    return _rows(("asked of it", "found", "limit", ""), rows)


def _real(studies: Sequence[Figures]) -> str:
    rows = [(one["study"], one["ending"], one["verdict"]) for one in studies]
    return _rows(("study", "end", "verdict"), rows)


def _table(figures: Figures) -> str:
    rows = [(_worded(name), _shown(value)) for name, value in figures.items()]
    return _rows(("figure", "value"), rows)


def _rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _worded(name: str) -> str:
    """Return the name of a figure in words, with its unit."""
    stem, _, unit = name.rpartition("_")
    words = (stem if stem and unit in _UNITS else name).replace("_", " ")
    return f"{words}, {_UNITS[unit]}" if stem and unit in _UNITS else words


def _shown(value: object) -> str:
    """Return a figure in words: a number, a share, quantiles, or counts by name."""
    if isinstance(value, Mapping):
        return _parts(value)
    if isinstance(value, list | tuple):
        return ", ".join(_shown(one) for one in value) or "none"
    if isinstance(value, float):
        return f"{value:.4g}"
    return "not to be had" if value is None else str(value).replace("|", "/")


def _parts(value: Figures) -> str:
    if {"events", "of", "share", "limits"} <= set(value):
        low, high = (f"{100.0 * limit:.1f}" for limit in value["limits"])
        share = f"{100.0 * value['share']:.1f} % (95 % interval {low} to {high})"
        return f"{value['events']} of {value['of']}: {share}"
    if {"p5", "median", "p95"} <= set(value):
        low, middle, high = (_shown(value[name]) for name in ("p5", "median", "p95"))
        return f"median {middle} (5 % {low}, 95 % {high})"
    shown = (f"{_worded(name)} {_shown(one)}" for name, one in value.items())
    return ", ".join(shown) or "none"
