"""torchvision's names onto ours, shown by equal activations."""

from __future__ import annotations

import re

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from ctbone.errors import WeightsMismatch
from ctbone.networks import HeadConfig, build_head, load_pretrained
from ctbone.runs import file_digest


def build(backbone, channels=3):
    return build_head(HeadConfig(backbone=backbone, dimensions=2, in_channels=channels)).eval()


def in_torchvision_names(backbone):
    """Return a state dictionary with torchvision's names and shapes, and random values."""
    state = {"fc.weight": torch.rand(1000, 8), "classifier.6.bias": torch.rand(1000)}
    for key, value in build(backbone).backbone.state_dict().items():
        name = re.sub(r"^stages\.(stem|end)\.", "stages.", key).removeprefix("stages.")
        if backbone.startswith("densenet"):
            name = "features." + name.replace(".layers.", ".")
        noise = torch.rand_like(value, dtype=torch.float32)
        state[name] = value + 0.1 * noise if value.is_floating_point() else value
    return state


def vgg_state(*, normalised):
    """Return the layers of torchvision's VGG-16, in its order, and their state."""
    layers, channels = [], 3
    for width in (64, 64, 0, 128, 128, 0, *(256,) * 3, 0, *(512,) * 3, 0, *(512,) * 3, 0):
        if not width:
            layers.append(nn.MaxPool2d(2))
            continue
        layers.append(nn.Conv2d(channels, width, 3, padding=1))
        layers += [nn.BatchNorm2d(width)] if normalised else []
        layers.append(nn.ReLU())
        channels = width
    network = nn.Sequential(*layers).eval()
    for name, value in network.state_dict().items():
        if name.endswith(("bias", "mean", "var")):
            value.add_(0.2 * torch.rand_like(value))
    return network, {f"features.{key}": value for key, value in network.state_dict().items()}


def test_resnet_activations(tmp_path):
    state = in_torchvision_names("resnet18")
    save_file(state, tmp_path / "w.safetensors")
    head = build("resnet18")
    assert load_pretrained(head, tmp_path / "w.safetensors") == file_digest(
        tmp_path / "w.safetensors"
    )
    inputs = torch.rand(1, 3, 32, 32)
    maps = head.backbone.maps(inputs)
    stem = functional.conv2d(inputs, state["conv1.weight"], stride=2, padding=3)
    stem = functional.relu(normalise(stem, state, "bn1"))
    torch.testing.assert_close(maps["stem"], stem)
    pooled = functional.max_pool2d(stem, 3, stride=2, padding=1)
    torch.testing.assert_close(maps["layer1"], two_blocks(pooled, state), atol=1e-4, rtol=1e-4)


def normalise(values, state, name):
    mean, variance, weight, bias = (
        state[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
    )
    return functional.batch_norm(values, mean, variance, weight, bias)


def two_blocks(values, state):
    """The first stage of ResNet-18 by hand."""
    for block in ("layer1.0", "layer1.1"):
        inner = functional.conv2d(values, state[f"{block}.conv1.weight"], padding=1)
        inner = functional.relu(normalise(inner, state, f"{block}.bn1"))
        inner = functional.conv2d(inner, state[f"{block}.conv2.weight"], padding=1)
        values = functional.relu(normalise(inner, state, f"{block}.bn2") + values)
    return values


@pytest.mark.parametrize("old", [False, True])
def test_densenet_activations(tmp_path, old):
    state = in_torchvision_names("densenet121")
    filed = state
    if old:
        # As in the files of 2017.
        filed = {
            re.sub(r"(denselayer\d+\.\w+?)([12])\.", r"\1.\2.", k): v for k, v in state.items()
        }
        assert filed.keys() != state.keys()
    torch.save(filed, tmp_path / "w.pth")
    head = build("densenet121")
    load_pretrained(head, tmp_path / "w.pth")
    inputs = torch.rand(1, 3, 32, 32)
    stem = functional.conv2d(inputs, state["features.conv0.weight"], stride=2, padding=3)
    stem = functional.relu(normalise(stem, state, "features.norm0"))
    stem = functional.max_pool2d(stem, 3, stride=2, padding=1)
    name = "features.denseblock1.denselayer1"
    inner = functional.relu(normalise(stem, state, f"{name}.norm1"))
    inner = functional.conv2d(inner, state[f"{name}.conv1.weight"])
    inner = functional.relu(normalise(inner, state, f"{name}.norm2"))
    inner = functional.conv2d(inner, state[f"{name}.conv2.weight"], padding=1)
    maps = head.backbone.maps(inputs)
    torch.testing.assert_close(maps["stem"], stem)
    first = torch.cat((stem, inner), dim=1)
    torch.testing.assert_close(
        maps["denseblock1"][:, : first.shape[1]], first, atol=1e-4, rtol=1e-4
    )


@pytest.mark.parametrize("normalised", [False, True])
def test_vgg_activations(tmp_path, normalised):
    network, state = vgg_state(normalised=normalised)
    torch.save(state, tmp_path / "w.pth")
    head = build("vgg16")
    load_pretrained(head, tmp_path / "w.pth")
    inputs = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        expected = network(inputs).flatten(1)
        torch.testing.assert_close(head.backbone(inputs), expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("backbone", ["densenet169", "densenet201", "resnet34", "resnet50"])
def test_every_tensor_finds_its_place(tmp_path, backbone):
    state = in_torchvision_names(backbone)
    # Some files lack the counters.
    state = {key: value for key, value in state.items() if "num_batches" not in key}
    torch.save(state, tmp_path / "w.pth")
    head = build(backbone)
    load_pretrained(head, tmp_path / "w.pth")
    totals = [
        sum(
            float(v.double().sum()) for k, v in values.items() if not k.startswith(("fc", "class"))
        )
        for values in (head.backbone.state_dict(), state)
    ]
    counters = [v for k, v in head.backbone.state_dict().items() if "num_batches" in k]
    assert totals[0] - sum(map(float, counters)) == pytest.approx(totals[1])


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_equal_channels_are_answered_as_grey(tmp_path, channels):
    torch.save(in_torchvision_names("resnet18"), tmp_path / "w.pth")
    colour, head = build("resnet18"), build("resnet18", channels)
    load_pretrained(colour, tmp_path / "w.pth")
    load_pretrained(head, tmp_path / "w.pth")
    grey = torch.rand(1, 1, 32, 32)
    given = head.backbone(grey.repeat(1, channels, 1, 1))
    torch.testing.assert_close(
        given, colour.backbone(grey.repeat(1, 3, 1, 1)), atol=1e-4, rtol=1e-4
    )


def test_the_answer_stays_fresh(tmp_path):
    torch.save(in_torchvision_names("resnet18"), tmp_path / "w.pth")
    head = build("resnet18")
    before = head.answer.linear.weight.clone()
    load_pretrained(head, tmp_path / "w.pth")
    assert torch.equal(head.answer.linear.weight, before)


def test_weights_of_another_network_are_refused_and_nothing_loaded(tmp_path):
    torch.save(in_torchvision_names("resnet18"), tmp_path / "w.pth")
    head = build("resnet34")
    before = head.backbone.stages.stem.conv1.weight.clone()
    with pytest.raises(WeightsMismatch, match=r"w.pth does not fit resnet34: \d+ missing"):
        load_pretrained(head, tmp_path / "w.pth")
    with pytest.raises(WeightsMismatch, match=r"does not fit vgg16: \d+ missing .* unexpected"):
        load_pretrained(build("vgg16"), tmp_path / "w.pth")
    assert torch.equal(head.backbone.stages.stem.conv1.weight, before)


def test_another_shape_is_refused(tmp_path):
    state = in_torchvision_names("resnet18")
    state["layer1.0.conv1.weight"] = torch.rand(64, 64, 1, 1)
    torch.save(state, tmp_path / "w.pth")
    with pytest.raises(
        WeightsMismatch, match=r"1 of another shape \(stages.layer1.0.conv1.weight"
    ):
        load_pretrained(build("resnet18"), tmp_path / "w.pth")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("w.ckpt", b"", r"expected ImageNet weights in .safetensors or .pth, found w.ckpt"),
        ("w.pth", b"hello", "w.pth cannot be read as weights"),
        ("w.pth", b"", "w.pth cannot be read as weights"),
        ("w.safetensors", b"hello", "w.safetensors cannot be read as weights"),
    ],
)
def test_what_is_no_weights_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsMismatch, match=message):
        load_pretrained(build("resnet18"), tmp_path / name)


def test_an_absent_file_is_refused(tmp_path):
    with pytest.raises(WeightsMismatch, match=r"absent\.pth cannot be read as weights"):
        load_pretrained(build("resnet18"), tmp_path / "absent.pth")


def test_nothing_but_tensors_is_unpickled(tmp_path):
    torch.save(nn.Linear(2, 2), tmp_path / "whole.pth")
    with pytest.raises(WeightsMismatch, match=r"whole\.pth cannot be read as weights"):
        load_pretrained(build("resnet18"), tmp_path / "whole.pth")
    torch.save({"state_dict": {"fc.weight": torch.rand(2)}}, tmp_path / "nested.pth")
    with pytest.raises(WeightsMismatch, match="expected a dictionary of tensors"):
        load_pretrained(build("resnet18"), tmp_path / "nested.pth")


def test_a_backbone_without_published_weights_is_refused(tmp_path):
    head = build_head(HeadConfig(backbone="cnn", dimensions=2, width=0.125))
    with pytest.raises(ValueError, match=r"expected a backbone of .* got cnn"):
        load_pretrained(head, tmp_path / "w.pth")
