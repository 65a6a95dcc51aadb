"""A card says what weights fit, and which they are."""

import json

import pytest
import torch

from ctbone.errors import WeightsMismatch
from ctbone.localisation.cards import read_card
from ctbone.networks import save_weights


def network():
    return torch.nn.Linear(3, 2)


def write(tmp_path, **changed):
    weights = tmp_path / "own.safetensors"
    digest = save_weights(network(), weights)
    card = {"network": {"shape": [3, [2, 1]], "name": "own"}, "weights_sha256": digest} | changed
    weights.with_suffix(".json").write_text(json.dumps(card))
    return weights, digest


def test_lists_come_back_as_tuples_however_deep(tmp_path):
    weights, _ = write(tmp_path)
    card = read_card(weights, of="a network")
    assert card.fields("network") == {"shape": (3, (2, 1)), "name": "own"}


def test_weights_are_loaded_and_told_by_their_digest(tmp_path):
    weights, digest = write(tmp_path)
    first, second = network(), network()
    card = read_card(weights, of="a network")
    assert card.load(first) == card.load(second) == digest
    torch.testing.assert_close(first.weight, second.weight, rtol=0.0, atol=0.0)


def test_weights_of_another_card_are_refused(tmp_path):
    weights, digest = write(tmp_path, weights_sha256="0" * 64)
    with pytest.raises(WeightsMismatch, match=f"weights {'0' * 12}, found {digest[:12]}$"):
        read_card(weights, of="a network").load(network())


@pytest.mark.parametrize("absent", ["own.safetensors", "own.json"])
def test_weights_and_card_have_to_be_there(tmp_path, absent):
    weights, _ = write(tmp_path)
    (tmp_path / absent).unlink()
    with pytest.raises(ValueError, match=f"^expected a network and its card, found no {absent}$"):
        read_card(weights, of="a network")
