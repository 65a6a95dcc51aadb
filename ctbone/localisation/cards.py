"""The card beside the weights of a network: what they fit, and their digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctbone.errors import WeightsMismatch
from ctbone.mappings import Record, to_record

if TYPE_CHECKING:
    from torch import nn

#: Where a card keeps the digest of its weights.
_DIGEST = "weights_sha256"

#: Digits of a digest that tell two apart to a reader.
_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Card:
    """What ``ctbone train`` wrote beside some weights.

    Attributes:
        weights: The file of the weights.
        content: The card, as JSON holds it.
    """

    weights: Path
    content: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.weights.with_suffix(".json").name

    def build(self, record: type[Record], part: str) -> Record:
        """Return one part of the card as a frozen record, lists as tuples.

        Raises:
            ValueError: If the card lacks the part, or it is not one of such a record.
        """
        found = self.content.get(part)
        if not isinstance(found, dict):
            raise ValueError(f"{self.name}: expected {part} of {record.__name__}, found none")  # noqa: TRY004
        return to_record(found, record, where=f"{self.name}, {part}")

    def load(self, network: nn.Module) -> str:
        """Put the weights into a network that fits them, and return their digest.

        Raises:
            WeightsMismatch: If they do not fit, or are not those of the card.
        """
        # Here and not above: a card can be read without a deep-learning stack.
        from ctbone.networks import load_weights

        found, expected = load_weights(network, self.weights), self.content.get(_DIGEST, "none")
        if found != expected:
            raise WeightsMismatch(
                f"expected weights {expected[:_DIGITS]}, found {found[:_DIGITS]}"
            )
        return found


def read_card(weights: Path, *, of: str) -> Card:
    """Read the card beside some weights.

    Args:
        weights: The file of the weights; the card has its name and ends in ``.json``.
        of: What they are the weights of, with its article, for the message.

    Raises:
        ValueError: If there are no such weights, no card beside them, or what lies there is none.
    """
    beside = weights.with_suffix(".json")
    for path in (weights, beside):
        if not path.is_file():
            raise ValueError(f"expected {of} and its card, found no {path.name}")
    try:
        content = json.loads(beside.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise ValueError(f"expected the card of {of}, {beside.name} is not one")  # noqa: TRY004
    return Card(weights, content)
