"""The card of a localiser: what it is, where it comes from, what it can and cannot do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ctbone.localisation.decode import DecodeConfig
from ctbone.networks import LocaliserConfig
from ctbone.runs import to_plain

_TEXT = """# The localiser that ships with ctbone

A 3D U-Net that maps the centres, bodies, ribs and arches of vertebrae in a whole CT at
{spacing_mm:g} mm, and the level of each vertebra; a dynamic programme names the row it finds.

**Trained on simulated patients alone** ({patients} of them, seed {seed}, {epochs} epochs): no
image of a patient went into it. `scripts/train_localiser` makes it again. Weights: SHA-256
`{sha256}`.

## What it does with {studies} simulated studies that it has never seen

Chest, abdomen, both, and narrow lumbar fields; slices of 1 to 5 mm; variants of the spine at about
the rates at which they occur.

| figure | value |
|---|---|
| studies with L1 or L2 whole in the field | {studies_with_l1_or_l2} |
| of these, named | {studies_named_with_l1_or_l2} |
| levels L1 and L2 given, on the right vertebra | {levels_right} |
| levels L1 and L2 given, on another vertebra | {levels_wrong} |
| refusals, all studies | {refusals} |
| refusals, L1 or L2 whole in the field | {refusals_of_visible} |
| distance from the true centre, mm: 5 %, median, 95 % | {centre_error_mm} |
| Dice of the body: 5 %, median, 95 % | {body_dice} |

## What it must not be used for

It is no medical device. Simulated patients, with their fractures, implants and tumours, are not
real ones, and real CT can show what it has never seen. It was not validated on real CT: look at
the picture of every study, and give masks (`--masks`) where there are better ones. It names a
level only where at least {min_landmarks} of the landmarks, last ribs and sacrum, are in view and
agree with what the network sees, and refuses otherwise; people with an unusual number of ribs or
lumbar vertebrae can still be named wrongly where only one end of the lumbar spine is in view.
"""


def write_card(
    path: Path,
    *,
    network: LocaliserConfig,
    decode: DecodeConfig,
    sha256: str,
    training: Mapping[str, object],
    trial: Mapping[str, object],
) -> None:
    """Write the card as JSON, which ``load_locator`` reads, and as text beside it.

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
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(describe(card), encoding="utf-8")


def describe(card: Mapping[str, Any]) -> str:
    """Return the text of a card."""
    training, trial = card["training"], card["trial"]
    return _TEXT.format(
        spacing_mm=card["network"]["spacing_mm"],
        min_landmarks=card["decode"]["min_landmarks"],
        patients=training["patients"],
        seed=training["seed"],
        epochs=training["fit"]["epochs"],
        sha256=card["weights_sha256"],
        **{name: _shown(value) for name, value in trial.items()},
    )


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        keys = ("p5", "median", "p95")
        if set(value) == set(keys):
            return ", ".join(f"{value[key]:g}" for key in keys)
        return ", ".join(f"{name} {count}" for name, count in value.items()) or "none"
    return str(value)
