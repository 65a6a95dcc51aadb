"""The card of the localiser: what it is, where it comes from, what it can and cannot do.

A card is one JSON file beside the weights, which ``load_locator`` reads, and the same as text. It
is written when the coarse network has been trained; ``complete_card`` then adds the fine network
and what ``benchmarks/localiser`` measured. No figure is typed by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ctbone.localisation.decode import DecodeConfig
from ctbone.networks import LocaliserConfig
from ctbone.runs import to_plain

_HEAD = """# The localiser that ships with ctbone

A 3D U-Net that maps the centres and bodies of vertebrae, their {context}, and the
level of each, in a whole CT at {spacing_mm:g} mm; a dynamic programme names the row it finds.
"""

_FINE = """
A second network looks at each vertebra in its own frame and parts body and arch.
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

#: Words of the parts that the first page of a card names.
_SOURCES = {
    "cache": "rendered before the fit",
    "stream": "rendered while it was fitted, new ones in each epoch",
}


def write_card(
    path: Path,
    *,
    network: LocaliserConfig,
    decode: DecodeConfig,
    sha256: str,
    training: Mapping[str, object],
    trial: Mapping[str, object],
) -> None:
    """Write the card of the coarse network as JSON, and as text beside it.

    Args:
        path: The JSON file.
        network: What the weights fit.
        decode: How its maps become vertebrae.
        sha256: Digest of the weights.
        training: How it was trained; at least ``seed``, ``patients`` and ``fit``.
        trial: What ``trial.summarise`` found.
    """
    card = {
        "network": to_plain(network),
        "decode": to_plain(decode),
        "weights_sha256": sha256,
        "training": to_plain(training),
        "trial": to_plain(trial),
    }
    _write(path, card)


def complete_card(path: Path, *, fine: Path | None = None, benchmark: Path | None = None) -> None:
    """Add to a card, in place, what was made and measured after it.

    Args:
        path: The card of the coarse network.
        fine: The JSON that the training of the fine network left: ``network``,
            ``weights_sha256`` and ``training``, as in a card.
        benchmark: What ``benchmarks/localiser`` wrote: figures by name, in groups by name. A
            figure is a number, a text, quantiles or counts by name.

    Raises:
        ValueError: If a file is not there, or is no JSON object.
    """
    card = _read(path)
    added = {"fine": fine, "benchmark": benchmark}
    card |= {name: _read(file) for name, file in added.items() if file is not None}
    _write(path, card)


def describe(card: Mapping[str, Any]) -> str:
    """Return the text of a card."""
    network = card["network"]
    *most, last = network["context"]
    context = f"{', '.join(most)} and {last}" if most else last
    parts = [_HEAD.format(spacing_mm=network["spacing_mm"], context=context)]
    parts += [_FINE] if "fine" in card else []
    parts += ["\n## How it was trained\n\n", *_trained("The network", card)]
    parts += _trained("The fine network", card["fine"]) if "fine" in card else []
    parts += _measured(card)
    labelled = _labelled(card) | _labelled(card.get("fine", {}))
    data = (
        "Their data sets have licences of their own, which bind whoever passes the weights on."
        if labelled
        else "No image of a patient went into them."
    )
    return "".join([*parts, _LIMITS.format(data=data)])


def _trained(name: str, card: Mapping[str, Any]) -> list[str]:
    training = card["training"]
    source = _SOURCES.get(training.get("source", ""), "simulated")
    fit = training["fit"]
    lines = [
        f"{name}: {training['patients']} simulated patients, {source} "
        f"(seed {training['seed']}, {fit['epochs']} epochs).",
    ]
    for layout, count in _labelled(card).items():
        lines.append(f"Mixed in: {count} labelled CT in the {layout} layout.")
    lines.append(f"Weights: SHA-256 `{card['weights_sha256']}`.")
    figures = training.get("validation") or {}
    table = _table({name.removeprefix("validation_"): value for name, value in figures.items()})
    shown = f"\nOn patients kept for choosing the best epoch:\n\n{table}\n" if figures else ""
    return ["\n".join(lines), "\n", shown, "\n"]


def _labelled(card: Mapping[str, Any]) -> dict[str, int]:
    return dict(card.get("training", {}).get("labelled") or {})


def _measured(card: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was measured: by the benchmark where it has run, else by the trial."""
    if "benchmark" not in card:
        yield "## What it does with simulated studies that it has never seen\n\n"
        yield f"Chest, abdomen, both, and narrow lumbar fields.\n\n{_table(card['trial'])}\n\n"
        return
    yield "## What it does with studies that it has never seen (`benchmarks/localiser`)\n\n"
    benchmark = card["benchmark"]
    groups = {name: one for name, one in benchmark.items() if _is_group(one)}
    alone = {name: one for name, one in benchmark.items() if name not in groups}
    if alone:
        yield f"{_table(alone)}\n\n"
    for name, group in groups.items():
        yield f"### {_worded(name)}\n\n{_table(group)}\n\n"


def _is_group(value: object) -> bool:
    """Say whether a value is figures by name, and not one figure of several numbers."""
    if not isinstance(value, Mapping) or set(value) == _QUANTILES:
        return False
    return not all(isinstance(one, int) and not isinstance(one, bool) for one in value.values())


def _table(figures: Mapping[str, Any]) -> str:
    rows = [f"| {_worded(name)} | {_shown(value)} |" for name, value in figures.items()]
    return "\n".join(["| figure | value |", "|---|---|", *rows])


_QUANTILES = {"p5", "median", "p95"}


def _worded(name: str) -> str:
    """Return the name of a figure in words, with its unit."""
    for unit in ("mm", "hu", "s", "gb"):
        if name.endswith(f"_{unit}"):
            shown = unit.upper() if unit in ("hu", "gb") else unit
            return f"{name.removesuffix(f'_{unit}').replace('_', ' ')}, {shown}"
    return name.replace("_", " ")


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        if set(value) == _QUANTILES:
            low, middle, high = (f"{value[key]:g}" for key in ("p5", "median", "p95"))
            return f"{middle} (5 % {low}, 95 % {high})"
        return ", ".join(f"{name} {_shown(count)}" for name, count in value.items()) or "none"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value) or "none"
    return "not to be had" if value is None else str(value)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ValueError(f"expected a file of figures, found no {path.name}")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"expected JSON in {path.name}, found otherwise") from error
    if not isinstance(found, dict):
        # A caller's mistake, and not one of types in the program.
        raise ValueError(  # noqa: TRY004
            f"expected a JSON object in {path.name}, found {type(found).__name__}"
        )
    return found


def _write(path: Path, card: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(describe(card), encoding="utf-8")
