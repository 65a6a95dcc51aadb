"""What computes a head: torch, or OpenVINO where it is quicker on a processor."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ctbone.devices import Runtime
from ctbone.extras import import_extra

if TYPE_CHECKING:
    from torch import Tensor, nn

Floats = NDArray[np.float64]

#: Gives what each member answers to a batch, shape ``(M, N, K)``.
Compute = Callable[["Tensor"], Floats]

#: Weights by name, one mapping a member; empty for those that the network has.
Members = Sequence[Mapping[str, "Tensor"]]


def computing(network: nn.Module, members: Members, *, runtime: Runtime, device: str) -> Compute:
    """Return what computes a head.

    Args:
        network: The head, whose weights change with the members.
        members: Weights of each member of an ensemble.
        runtime: By what.
        device: Where.

    Raises:
        ValueError: If OpenVINO is asked for and not installed, or on another device than the
            processor.
    """
    network.to(device).eval()
    if runtime == "torch":
        return _Torch(network, members, device)
    if device != "cpu":
        raise ValueError(f"OpenVINO computes on the processor: give device cpu, got {device}")
    return _OpenVino(network, members)


class _Torch:
    """The members share one network, into which the weights of each are put in turn.

    However many there are, the device holds one, and the others wait in main memory.
    """

    def __init__(self, network: nn.Module, members: Members, device: str) -> None:
        self._network, self._members, self._device = network, members, device

    def __call__(self, inputs: Tensor) -> Floats:
        import torch

        tensor = inputs.to(self._device)
        with torch.inference_mode():
            found = [
                network(tensor).double().cpu().numpy()
                for network in _in_turn(self._network, self._members)
            ]
        return np.stack(found)


class _OpenVino:
    """Every member is compiled for each shape that it meets, and kept.

    In single precision: bfloat16 would take half of the time again, and give densities that depend
    on which processor computed them.
    """

    def __init__(self, network: nn.Module, members: Members) -> None:
        self._openvino: Any = import_extra("openvino", extra="openvino")
        self._core = _core()
        self._network, self._members = network, members
        self._compiled: dict[tuple[int, ...], list[Any]] = {}

    def __call__(self, inputs: Tensor) -> Floats:
        shape = tuple(inputs.shape)
        if shape not in self._compiled:
            self._compiled[shape] = list(self._compile(inputs))
        given = inputs.numpy()
        return np.stack([member(given)[0].astype(np.float64) for member in self._compiled[shape]])

    def _compile(self, inputs: Tensor) -> Iterator[Any]:
        import torch

        # How many threads torch may use is known by now, and not when the head was read.
        settings = {
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "INFERENCE_PRECISION_HINT": "f32",
        }
        for network in _in_turn(self._network, self._members):
            model = _converted(network, inputs)
            # A shape that is known is computed sooner than one that is not.
            model.reshape(self._openvino.PartialShape(list(inputs.shape)))
            yield self._core.compile_model(model, "CPU", settings)


@cache
def _core() -> Any:  # noqa: ANN401 - untyped package
    """Return what compiles, the same one for the life of the process.

    Each gives the signals of the process a stack of its own, and puts back what it found when it
    goes. Of two that go in the order in which they came, the second puts back the stack of the
    first, which is no more, and the next signal ends the process.
    """
    return import_extra("openvino", extra="openvino").Core()


def _converted(network: nn.Module, inputs: Tensor) -> Any:  # noqa: ANN401 - untyped package
    """Return a network as OpenVINO has it.

    ``openvino.convert_model`` would do the same, and tell the maker of OpenVINO that it did.
    """
    frontend = import_extra("openvino.frontend", extra="openvino")
    pytorch = import_extra("openvino.frontend.pytorch.ts_decoder", extra="openvino")
    with warnings.catch_warnings():
        # Torch would rather be traced by what OpenVINO reads in five times as long.
        warnings.simplefilter("ignore")
        decoder = pytorch.TorchScriptPythonDecoder(network, example_input=inputs)
    reader = frontend.FrontEndManager().load_by_framework("pytorch")
    return reader.convert(reader.load(decoder))


def _in_turn(network: nn.Module, members: Members) -> Iterator[nn.Module]:
    """Yield the network with the weights of each member."""
    for weights in members or (None,):
        if weights is not None:
            network.load_state_dict(weights)
        yield network
