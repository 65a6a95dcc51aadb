import copy
import subprocess
import sys

import numpy as np
import pytest
import torch

from ctbone.errors import CtboneError
from ctbone.estimation.runtimes import computing
from ctbone.networks import HeadConfig, build_head

pytest.importorskip("openvino")

#: Backbones of every kind, with what OpenVINO has to convert: bags, a core, dense blocks.
HEADS = {
    "resnet": HeadConfig(backbone="resnet10", width=0.125),
    "core": HeadConfig(backbone="resnet10", width=0.125, in_channels=2, core_voxels=1),
    "densenet": HeadConfig(backbone="densenet121", dimensions=2, width=0.125, task="category"),
    "bag": HeadConfig(backbone="resnet10", dimensions=2, width=0.125, pooling="attention"),
}


def network_of(config, *, seed=0):
    torch.manual_seed(seed)
    return build_head(config).eval()


def batch(config, *, examples=2, side=32):
    torch.manual_seed(1)
    return torch.rand(examples, config.in_channels, *(side,) * config.dimensions)


def ways(network, members=()):
    return [
        computing(copy.deepcopy(network), members, runtime=runtime, device="cpu")
        for runtime in ("torch", "openvino")
    ]


@pytest.mark.parametrize("name", HEADS)
def test_both_give_the_same(name):
    config = HEADS[name]
    inputs = batch(config)
    if config.pooling == "attention":
        inputs = inputs[:, None].repeat(1, 3, *(1,) * (inputs.ndim - 1))
    by_torch, by_openvino = (run(inputs) for run in ways(network_of(config)))
    assert by_openvino.shape == by_torch.shape
    assert by_openvino.dtype == np.float64
    assert by_torch.std() > 0.0
    assert np.abs(by_openvino - by_torch).max() < 1e-4 * max(1.0, np.abs(by_torch).max())


def test_every_member_answers_whatever_the_number_of_vertebrae():
    config = HEADS["resnet"]
    members = tuple(network_of(config, seed=n).state_dict() for n in range(3))
    by_torch, by_openvino = ways(network_of(config), members)
    for examples in (2, 1, 2):
        inputs = batch(config, examples=examples)
        found = by_openvino(inputs)
        assert found.shape[:2] == (3, examples)
        assert len({row.tobytes() for row in found}) == 3
        assert found == pytest.approx(by_torch(inputs), abs=1e-4)


def test_nobody_is_told(monkeypatch):
    import openvino_telemetry

    def tell(*_, **__):
        raise AssertionError("the maker of OpenVINO was told")

    monkeypatch.setattr(openvino_telemetry.Telemetry, "init", tell)
    config = HEADS["resnet"]
    ways(network_of(config))[1](batch(config))


#: A program that has heads, each with two shapes of batches, lets them go, and is sent a signal
#: which it handles.
SIGNALLED = """
import signal
import torch
from ctbone.estimation.runtimes import computing
from ctbone.networks import HeadConfig, build_head

network = build_head(HeadConfig(backbone="resnet10", width=0.125)).eval()
for examples in (1, 2, 1):
    head = computing(network, (), runtime="openvino", device="cpu")
    head(torch.rand(examples, 1, 32, 32, 32))
    head(torch.rand(examples + 1, 1, 32, 32, 32))
    del head
signal.signal(signal.SIGTERM, lambda *_: print("handled"))
signal.raise_signal(signal.SIGTERM)
"""


def test_a_signal_finds_its_stack_when_heads_are_gone():
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "handled\n"), done.stderr


def test_openvino_computes_on_a_processor_alone():
    with pytest.raises(ValueError, match="give device cpu, got meta"):
        computing(torch.nn.Identity(), (), runtime="openvino", device="meta")


def test_where_it_is_absent_the_message_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises((ValueError, CtboneError), match=r"pip install 'ctbone\[openvino\]'"):
        computing(torch.nn.Identity(), (), runtime="openvino", device="cpu")
