"""Every backbone and every task keep the one contract."""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from ctbone.networks import OUTPUTS, Backbone, HeadConfig, build_head, load_weights, save_weights
from ctbone.networks.answers import build_answer
from ctbone.networks.backbones import PLANAR
from ctbone.training.precision import FloatSmallConvolutions

EVERY = [(b, d) for b in get_args(Backbone) for d in (2, 3) if d == 2 or b not in PLANAR]
SMALL = ("densenet121", "resnet10", "resnet18")
SIDE = 32


def build(backbone, dimensions, **options):
    return build_head(
        HeadConfig(
            backbone=backbone,
            dimensions=dimensions,
            **({"in_channels": 2, "width": 0.125} | options),
        )
    )


def draw(dimensions, *, count=2, side=SIDE):
    return torch.rand(count, 2, *(side,) * dimensions)


@pytest.mark.parametrize(("backbone", "dimensions"), EVERY)
def test_every_backbone_answers_every_task(backbone, dimensions):
    with torch.device("meta"):
        features = build(backbone, dimensions, width=1.0).eval().backbone(draw(dimensions))
        for task, outputs in OUTPUTS.items():
            assert build_answer(task, features.shape[1])(features).shape == (2, outputs)


@pytest.mark.parametrize("task", OUTPUTS)
def test_a_task_is_answered_by_its_own_layer(task):
    network = build("cnn", 2, task=task)
    assert type(network.answer) is type(build_answer(task, 3))
    assert network(draw(2)).shape == (2, OUTPUTS[task])


@pytest.mark.parametrize(("backbone", "dimensions"), EVERY)
def test_gradient_reaches_every_parameter(backbone, dimensions):
    network = build(backbone, dimensions, task="multitask")
    network(draw(dimensions)).square().sum().backward()
    lost = [
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not parameter.grad.abs().sum() > 0.0
    ]
    assert not lost


@pytest.mark.parametrize(("backbone", "dimensions"), EVERY)
def test_evaluation_repeats_itself_whoever_shares_the_batch(backbone, dimensions, tmp_path):
    network = build(backbone, dimensions, task="category", dropout=0.5).eval()
    inputs = draw(dimensions)
    with torch.inference_mode():
        together = network(inputs)
        assert together.dtype == torch.float32
        assert torch.isfinite(together).all()
        assert torch.equal(together, network(inputs))
        torch.testing.assert_close(network(inputs[1:]), together[1:], atol=1e-5, rtol=1e-4)
        save_weights(network, tmp_path / "w")
        other = build(backbone, dimensions, task="category").eval()
        load_weights(other, tmp_path / "w")
        assert torch.equal(other(inputs), together)


@pytest.mark.parametrize(("backbone", "dimensions"), EVERY)
def test_half_precision_and_channels_last(backbone, dimensions):
    network = build(backbone, dimensions, task="bmd").eval()
    network.set_scale(centre=130.0, scale=40.0)
    inputs = draw(dimensions)
    layout = torch.channels_last if dimensions == 2 else torch.channels_last_3d
    with torch.no_grad():
        exact = network(inputs)
    network.to(memory_format=layout)
    with torch.no_grad():
        laid_out = network(inputs.to(memory_format=layout))
    torch.testing.assert_close(laid_out, exact, atol=1e-3, rtol=1e-4)
    # Without the guard PyTorch's gradient of a small field is not a number at times.
    with FloatSmallConvolutions(), torch.autocast("cpu", dtype=torch.bfloat16):
        short = network.train()(inputs.to(memory_format=layout))
    assert short.dtype == torch.float32
    short.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters())


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("backbone", SMALL)
def test_sides_may_differ(backbone, dimensions):
    network = build(backbone, dimensions).eval()
    assert network(torch.rand(2, 2, *(32, 41, 35)[:dimensions])).shape == (2, 2)


def test_a_transformer_takes_sides_that_are_no_whole_patches():
    network = build("vit_cnn", 2).eval()
    inputs = torch.rand(1, 2, 33, 44)
    padded = torch.nn.functional.pad(inputs, (0, 4, 0, 7))
    torch.testing.assert_close(network.backbone.vit(inputs), network.backbone.vit(padded))


def test_a_transformer_sees_where():
    network = build("vit_cnn", 2).eval()
    inputs = torch.rand(1, 2, 32, 32)
    # Whole patches moved round: the same tokens, in other places.
    moved = inputs.roll(8, dims=2)
    assert not torch.allclose(network.backbone.vit(inputs), network.backbone.vit(moved), atol=1e-4)


def test_the_scale_travels_with_the_weights():
    network = build("resnet10", 2, task="t_score")
    network.set_scale(centre=-1.2, scale=1.4)
    other = build("resnet10", 2, task="t_score")
    other.load_state_dict(network.state_dict())
    assert float(other.answer.centre) == pytest.approx(-1.2)
    assert float(other.answer.scale) == pytest.approx(1.4)


@pytest.mark.parametrize("task", ["category", "ordinal", "binary"])
def test_a_classifier_has_no_scale(task):
    with pytest.raises(ValueError, match=f"the task {task} has no scale"):
        build("cnn", 2, task=task).set_scale(centre=0.0, scale=1.0)


@pytest.mark.parametrize("options", [{"task": "category", "core_voxels": 2}, {"task": "bmd"}])
def test_only_a_core_that_regresses_begins_as_a_line(options):
    with pytest.raises(ValueError, match="a line needs core_voxels and a task with a scale"):
        build("cnn", 2, **options).begin_as_line(slope=1.0, intercept=0.0, sd=1.0)


def test_width_scales_the_parameters():
    def size(width):
        with torch.device("meta"):
            network = build("resnet18", 3, width=width)
        return sum(p.numel() for p in network.parameters())

    assert 3.5 < size(1.0) / size(0.5) < 4.0


def test_dropout_acts_in_training_alone():
    network = build("resnet10", 2, width=0.25, dropout=0.5)
    inputs = draw(2)
    network.eval()
    torch.testing.assert_close(network(inputs), network(inputs))
    network.train()
    assert not torch.equal(network(inputs), network(inputs))


@pytest.mark.parametrize(("backbone", "least"), [("densenet121", 29), ("vgg16", 32), ("bmdc", 13),
                                                 ("cnn", 16), ("dual_block", 16)])  # fmt: skip
def test_the_least_side_is_the_least_that_works(backbone, least):
    network = build(backbone, 2).eval()
    assert network(draw(2, side=least)).shape == (2, 2)
    message = rf"expected inputs \(N, 2, H, W\) of at least {least} a side"
    with pytest.raises(ValueError, match=message):
        network(draw(2, side=least - 1))
    with pytest.raises((RuntimeError, ValueError)):
        network.backbone(draw(2, side=least - 1))


@pytest.mark.parametrize("backbone", ["resnet10", "joint", "deepmdqct", "vit_cnn"])
def test_the_others_take_small_crops(backbone):
    assert build(backbone, 2).eval()(draw(2, side=7)).shape == (2, 2)


@pytest.mark.parametrize(
    ("dimensions", "pooling", "shape", "axes"),
    [
        (2, "none", (1, 3, 32, 32), r"\(N, 2, H, W\)"),
        (2, "none", (1, 2, 32, 32, 32), r"\(N, 2, H, W\)"),
        (3, "none", (1, 2, 32, 32), r"\(N, 2, D, H, W\)"),
        (2, "attention", (1, 2, 32, 32), r"\(N, V, 2, H, W\)"),
    ],
)
def test_another_shape_is_refused(dimensions, pooling, shape, axes):
    network = build("resnet10", dimensions, pooling=pooling)
    with pytest.raises(ValueError, match=rf"expected inputs {axes} of .* found \({shape[0]}, "):
        network(torch.rand(shape))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"in_channels": 0}, "in_channels must be positive, got 0"),
        ({"dropout": 1.0}, "dropout must lie in"),
        ({"width": 0.0}, "width must lie in"),
        ({"backbone": "alexnet"}, "backbone must be one of .* got 'alexnet'"),
        ({"dimensions": 4}, "dimensions must be one of"),
        ({"task": "age"}, "task must be one of"),
        ({"task": "binary", "positive": "normal"}, "positive must be one of"),
        ({"positive": "low_bone_mass"}, "positive is for the task binary, the task is bmd"),
        ({"pooling": "mean"}, "pooling must be one of"),
        ({"domains": 1}, "domains must be 0 or at least 2, got 1"),
        ({"domains": -2}, "domains must be 0 or at least 2, got -2"),
        ({"backbone": "vit_cnn"}, "vit_cnn takes 2 dimensions, got 3"),
        ({"pretrained": "w.pth"}, "for 2 dimensions and width 1, got 3 dimensions and width 1.0"),
        ({"pretrained": "w.pth", "dimensions": 2, "width": 0.5}, "got 2 dimensions and width 0.5"),
        ({"pretrained": "w.pth", "dimensions": 2, "backbone": "resnet10"}, "no ImageNet weights"),
    ],
)
def test_nonsense_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        HeadConfig(**options)
