"""The card beside the weights of a network: what they fit, and their digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctbone.errors import WeightsMismatch

if TYPE_CHECKING:
    from torch import nn

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

    def fields(self, part: str) -> dict[str, Any]:
        """Return one part of the card as the fields of a frozen record, lists as tuples."""
        return {name: _frozen(value) for name, value in self.content[part].items()}

    def load(self, network: nn.Module) -> str:
        """Put the weights into a network that fits them, and return their digest.

        Raises:
            WeightsMismatch: If they do not fit, or are not those of the card.
        """
        # Here and not above: a card can be read without a deep-learning stack.
        from ctbone.networks import load_weights

        found, expected = load_weights(network, self.weights), self.content["weights_sha256"]
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
        ValueError: If there are no such weights, or no card beside them.
    """
    beside = weights.with_suffix(".json")
    for path in (weights, beside):
        if not path.is_file():
            raise ValueError(f"expected {of} and its card, found no {path.name}")
    return Card(weights, json.loads(beside.read_text(encoding="utf-8")))


def _frozen(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Turn the lists of JSON back into tuples."""
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
