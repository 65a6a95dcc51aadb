"""ImageNet weights from a file on disk: torchvision's names on one side, ours on the other.

Files are state dictionaries as torchvision publishes them, in safetensors or, read without
unpickling anything but tensors, in .pth. Their classifiers are left aside.
"""

from __future__ import annotations

import pickle
import re
import struct
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from ctbone.errors import WeightsMismatch
from ctbone.networks.backbones import PRETRAINABLE, Backbone
from ctbone.networks.heads import Head
from ctbone.networks.weights import name_differences
from ctbone.runs import file_digest

#: Of a normalisation that is to change nothing: what its variance and epsilon sum to 1 with.
_EPSILON = 1e-5

#: What torch and safetensors raise at a file that is none of theirs, or is broken.
_UNREADABLE = (
    SafetensorError,
    OSError,
    EOFError,
    RuntimeError,
    LookupError,
    ValueError,
    TypeError,
    AssertionError,
    struct.error,
    pickle.UnpicklingError,
)

#: torchvision's names of everything after the backbone, and of counters that some files lack.
_ASIDE = re.compile(r"(classifier|fc)\.|.*\.num_batches_tracked$")

#: Places of the convolutions of VGG-16 in torchvision's ``features``, by stage; with batch
#: normalisation, which stands one place after its convolution, and without.
_VGG_PLACES = {
    True: ((0, 3), (7, 10), (14, 17, 20), (24, 27, 30), (34, 37, 40)),
    False: ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28)),
}


def load_pretrained(head: Head, path: Path) -> str:
    """Load ImageNet weights into the backbone of a head, in place.

    The first convolution, made for red, green and blue, takes their mean for each channel, scaled
    so that equal channels are answered as an equal grey would be.

    Args:
        head: One of two dimensions and the published width.
        path: A state dictionary as torchvision publishes it, ``.safetensors`` or ``.pth``.

    Returns:
        SHA-256 of the file.

    Raises:
        ValueError: If torchvision publishes no weights for such a backbone.
        WeightsMismatch: If the file cannot be read, or holds the weights of another network.
    """
    name = head.config.backbone
    if name not in PRETRAINABLE:
        raise ValueError(f"expected a backbone of {sorted(PRETRAINABLE)}, got {name}")
    found = _to_own_names(_read(path), name)
    own = head.backbone.state_dict()
    wanted = {key: value for key, value in own.items() if not _ASIDE.match(key)}
    first = next(iter(wanted))
    if first in found:
        found[first] = _to_channels(found[first], wanted[first].shape[1])
    if faults := name_differences(wanted, found):
        raise WeightsMismatch(f"{path.name} does not fit {name}: {faults}")
    head.backbone.load_state_dict(own | found)
    return file_digest(path)


def _read(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a file, less the classifier's, in single precision."""
    if path.suffix not in (".safetensors", ".pth"):
        expected = "expected ImageNet weights in .safetensors or .pth"
        raise WeightsMismatch(f"{expected}, found {path.name}")
    found = _open(path)
    if not isinstance(found, Mapping) or not all(isinstance(x, Tensor) for x in found.values()):
        expected = "expected a dictionary of tensors"
        raise WeightsMismatch(f"{path.name}: {expected}, found another {type(found).__name__}")
    return {key: value.float() for key, value in found.items() if not _ASIDE.match(key)}


def _open(path: Path) -> object:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise WeightsMismatch(f"{path.name} cannot be read as weights: {reason}") from error


def _to_own_names(state: Mapping[str, Tensor], name: Backbone) -> dict[str, Tensor]:
    if name == "vgg16":
        return _vgg(state)
    rename = _densenet if name.startswith("densenet") else _resnet
    return {rename(key): value for key, value in state.items()}


def _densenet(key: str) -> str:
    # Files of 2017 write the layers of a dense layer as norm.1, conv.1 and so on.
    key = re.sub(r"(norm|relu|conv)\.([12])\.", r"\1\2.", key)
    key = re.sub(r"(denselayer\d+)\.", r"\1.layers.", key)
    key = re.sub(r"^features\.(conv0|norm0)\.", r"stem.\1.", key)
    key = re.sub(r"^features\.norm5\.", "end.norm5.", key)
    return "stages." + key.removeprefix("features.")


def _resnet(key: str) -> str:
    return "stages." + re.sub(r"^(conv1|bn1)\.", r"stem.\1.", key)


def _vgg(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename, and take the bias of each convolution into the normalisation after it.

    A network without normalisation gets such as change nothing in evaluation.
    """
    normalised = any(key.endswith("running_mean") for key in state)
    renamed: dict[str, Tensor] = {}
    rest = dict(state)
    for stage, places in enumerate(_VGG_PLACES[normalised]):
        for rank, place in enumerate(places):
            own = f"stages.stage{stage + 1}.{3 * rank}"
            parts = _take(rest, f"features.{place}.")
            norm = _take(rest, f"features.{place + 1}.") if normalised else _unchanging(parts)
            renamed |= {f"{own}.weight": parts["weight"]} if "weight" in parts else {}
            if "running_mean" in norm and "bias" in parts:
                norm["running_mean"] = norm["running_mean"] - parts["bias"]
            after = f"stages.stage{stage + 1}.{3 * rank + 1}"
            renamed |= {f"{after}.{key}": value for key, value in norm.items()}
    return renamed | rest


def _take(rest: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    names = [key for key in rest if key.startswith(prefix)]
    return {key.removeprefix(prefix): rest.pop(key) for key in names}


def _unchanging(parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
    if "bias" not in parts:
        return {}
    zeros = torch.zeros_like(parts["bias"])
    ones = torch.ones_like(zeros)
    return {"weight": ones, "bias": zeros, "running_mean": zeros, "running_var": ones - _EPSILON}


def _to_channels(kernel: Tensor, channels: int) -> Tensor:
    """Turn a kernel for three colours into one for any number of channels."""
    if kernel.ndim != 4 or kernel.shape[1] == channels:
        return kernel
    mean = kernel.mean(dim=1, keepdim=True) * (kernel.shape[1] / channels)
    return mean.repeat(1, channels, 1, 1)
