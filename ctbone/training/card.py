"""The card of a localiser: what it is, where it comes from, what it can do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ctbone.localisation.decode import DecodeConfig
from ctbone.networks import LocaliserConfig
from ctbone.runs import to_plain


def write_card(
    path: Path,
    *,
    network: LocaliserConfig,
    decode: DecodeConfig,
    sha256: str,
    training: Mapping[str, object],
) -> None:
    """Write what ``load_locator`` needs to build the network again, and how it was trained."""
    card = {
        "network": to_plain(network),
        "decode": to_plain(decode),
        "weights_sha256": sha256,
        "training": to_plain(training),
    }
    path.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
