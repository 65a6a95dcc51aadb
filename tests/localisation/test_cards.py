"""A card says what weights fit, and which they are."""

import json
from dataclasses import dataclass

import pytest
import torch

from ctbone.errors import WeightsMismatch
from ctbone.localisation.cards import read_card
from ctbone.networks import save_weights


@dataclass(frozen=True, kw_only=True)
class Record:
    shape: tuple[tuple[int, ...], ...] = ()
    name: str


def network():
    return torch.nn.Linear(3, 2)


def write(tmp_path, **changed):
    weights = tmp_path / "own.safetensors"
    digest = save_weights(network(), weights)
    card = {"network": {"shape": [[3], [2, 1]], "name": "own"}, "weights_sha256": digest} | changed
    weights.with_suffix(".json").write_text(json.dumps(card))
    return weights, digest


def test_lists_come_back_as_tuples_however_deep(tmp_path):
    weights, _ = write(tmp_path)
    card = read_card(weights, of="a network")
    assert card.build(Record, "network") == Record(shape=((3,), (2, 1)), name="own")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"network": {"behind_mm": 8.0}}, r", network holds unknown keys \['behind_mm'\].*"),
        ({"network": {"name": "", "shape": 3}}, ", network: shape must be a list, got 3"),
        ({"network": {"name": None}}, ", network: name must be of type str, got None"),
        ({"network": {}}, r", network lacks \['name'\]"),
        ({"network": None}, ": expected network of Record, found none"),
        ({"network": [1]}, ": expected network of Record, found none"),
    ],
)
def test_a_card_of_something_else_is_refused_in_a_sentence(tmp_path, changed, said):
    weights, _ = write(tmp_path, **changed)
    with pytest.raises(ValueError, match=rf"^own\.json{said}$"):
        read_card(weights, of="a network").build(Record, "network")


@pytest.mark.parametrize("text", ["{", "[1]", "\x00"])
def test_what_is_no_card_is_refused(tmp_path, text):
    weights, _ = write(tmp_path)
    weights.with_suffix(".json").write_text(text)
    with pytest.raises(ValueError, match=r"expected the card of a network, own\.json is not one"):
        read_card(weights, of="a network")


def test_a_card_that_names_no_weights_fits_none(tmp_path):
    weights, _ = write(tmp_path)
    weights.with_suffix(".json").write_text("{}")
    with pytest.raises(WeightsMismatch, match="expected weights none, found"):
        read_card(weights, of="a network").load(network())


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
