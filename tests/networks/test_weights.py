"""Weights survive the disk and refuse a network that they do not fit."""

from __future__ import annotations

import hashlib

import pytest
import torch
from torch import nn

from ctbone.errors import WeightsMismatch
from ctbone.networks import HeadConfig, build_head, load_weights, save_weights


def build(**options):
    return build_head(HeadConfig(backbone="resnet10", dimensions=2, width=0.125, **options))


def test_round_trip_is_exact(tmp_path):
    network, other = build(), build()
    digest = save_weights(network, tmp_path / "deep" / "w.safetensors")
    assert load_weights(other, tmp_path / "deep" / "w.safetensors") == digest
    assert hashlib.sha256((tmp_path / "deep" / "w.safetensors").read_bytes()).hexdigest() == digest
    for name, value in network.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_half_takes_half_and_comes_back_as_single(tmp_path):
    network, other = build(), build()
    save_weights(network, tmp_path / "single")
    save_weights(network, tmp_path / "half", half=True)
    sizes = [(tmp_path / name).stat().st_size for name in ("half", "single")]
    assert 0.4 < sizes[0] / sizes[1] < 0.6
    load_weights(other, tmp_path / "half")
    inputs = torch.rand(2, 1, 32, 32)
    assert next(other.parameters()).dtype == torch.float32
    torch.testing.assert_close(other.eval()(inputs), network.eval()(inputs), atol=0.01, rtol=0.01)


def test_running_variances_beyond_half_precision_are_kept(tmp_path):
    network, other = nn.BatchNorm3d(2), nn.BatchNorm3d(2)
    network.running_var.fill_(1e6)
    save_weights(network, tmp_path / "w", half=True)
    load_weights(other, tmp_path / "w")
    assert torch.equal(other.running_var, network.running_var)


@pytest.mark.parametrize(("value", "half"), [(float("nan"), False), (1e6, True)])
def test_weights_that_are_not_finite_are_refused(tmp_path, value, half):
    network = nn.Linear(2, 2)
    network.weight.data.fill_(value)
    with pytest.raises(ValueError, match="expected finite weights, found others in weight as"):
        save_weights(network, tmp_path / "w", half=half)


def test_equal_weights_have_equal_digests(tmp_path):
    network = build()
    assert save_weights(network, tmp_path / "a") == save_weights(network, tmp_path / "b")


def test_missing_and_unexpected_are_listed(tmp_path):
    save_weights(nn.ModuleDict({"one": nn.Linear(2, 2)}), tmp_path / "w")
    other = nn.ModuleDict({"two": nn.Linear(2, 2)})
    expected = r"2 missing \(two\.\w+, two\.\w+\); 2 unexpected \(one\.\w+, one\.\w+\)"
    with pytest.raises(WeightsMismatch, match=expected):
        load_weights(other, tmp_path / "w")


def test_another_shape_is_listed_and_nothing_loaded(tmp_path):
    save_weights(nn.Linear(2, 2), tmp_path / "w")
    other = nn.Linear(3, 2)
    before = other.bias.clone()
    with pytest.raises(WeightsMismatch, match=r"weight \(2, 2\) for \(2, 3\)"):
        load_weights(other, tmp_path / "w")
    assert torch.equal(other.bias, before)


def test_what_is_not_safetensors_is_refused(tmp_path):
    torch.save(build().state_dict(), tmp_path / "pickled")
    for name in ("pickled", "absent"):
        with pytest.raises(WeightsMismatch, match=f"expected weights in safetensors at {name}"):
            load_weights(build(), tmp_path / name)
