"""The card of the localiser: what it is, where it comes from, what it can and cannot do.

A card is one JSON file beside the weights, which ``load_locator`` reads, and the same as text. It
is written when the coarse network has been trained; ``complete_card`` then adds the fine network
and what ``benchmarks/localiser`` measured. No figure is typed by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ctbone.localisation.naming import DecodeConfig
from ctbone.networks import LocaliserConfig
from ctbone.runs import to_plain
from ctbone.training.card_text import describe


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
        fine: The card of the fine network: ``network``, ``weights_sha256`` and ``training``.
        benchmark: ``localiser.json`` of ``benchmarks/localiser``; its list of studies, and groups
            of them, are left out.

    Raises:
        ValueError: If a file is not there, is no JSON object, or the benchmark was run with
            other weights than the card's.
    """
    card = _read(path)
    if fine is not None:
        card["fine"] = _read(fine)
    if benchmark is not None:
        found = _read(benchmark)
        _require_weights(found, card)
        kept = {name: one for name, one in found.items() if name != "studies"}
        # The whole has its place in the benchmark's own file; a card is read in a minute.
        kept["trial"] = {"all": found["trial"]["all"]} if "trial" in found else {}
        card["benchmark"] = kept
    _write(path, card)


def _require_weights(benchmark: Mapping[str, Any], card: Mapping[str, Any]) -> None:
    expected = card["weights_sha256"]
    found = (benchmark.get("made_with") or {}).get("weights_sha256")
    if found != expected:
        raise ValueError(
            f"expected a benchmark of the weights {expected[:12]}, found one of "
            f"{str(found)[:12] or 'none'}"
        )


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
