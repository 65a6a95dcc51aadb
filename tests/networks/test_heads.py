"""Every backbone builds in both dimensions and keeps the one contract."""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from ctbone.networks import Backbone, HeadConfig, build_head
from ctbone.networks.heads import DensityHead

SMALL = ("densenet121", "resnet10", "resnet18")


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("backbone", get_args(Backbone))
def test_every_backbone_builds_in_every_dimension(backbone, dimensions):
    with torch.device("meta"):
        network = build_head(HeadConfig(backbone=backbone, dimensions=dimensions, in_channels=2))
        inputs = torch.empty(2, 2, *(32,) * dimensions)
        assert network.eval()(inputs).shape == (2, 2)


@pytest.mark.parametrize(("task", "outputs"), [("bmd", 2), ("category", 3)])
@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("backbone", SMALL)
def test_output_contract(backbone, dimensions, task, outputs):
    config = HeadConfig(
        backbone=backbone, dimensions=dimensions, in_channels=3, task=task, width=0.125
    )
    network = build_head(config).eval()
    given = network(torch.rand(2, 3, *(32, 40, 36)[:dimensions]))
    assert given.shape == (2, outputs)
    assert given.dtype == torch.float32
    assert torch.isfinite(given).all()


def test_density_comes_in_mg_cm3():
    network = build_head(HeadConfig(dimensions=2, width=0.125)).eval()
    inputs = torch.rand(3, 1, 32, 32)
    standard = network(inputs)
    network.set_scale(centre_mg_cm3=130.0, scale_mg_cm3=40.0)
    scaled = network(inputs)
    torch.testing.assert_close(scaled[:, 0], 130.0 + 40.0 * standard[:, 0])
    torch.testing.assert_close(scaled[:, 1].exp(), 1600.0 * standard[:, 1].exp())


def test_the_scale_travels_with_the_weights():
    network = build_head(HeadConfig(dimensions=2, width=0.125))
    network.set_scale(centre_mg_cm3=130.0, scale_mg_cm3=40.0)
    other = build_head(HeadConfig(dimensions=2, width=0.125))
    other.load_state_dict(network.state_dict())
    assert (float(other.centre_mg_cm3), float(other.scale_mg_cm3)) == (130.0, 40.0)


def test_no_scale_of_nothing():
    with pytest.raises(ValueError, match="scale_mg_cm3 must be positive, got 0"):
        DensityHead(torch.nn.Identity()).set_scale(centre_mg_cm3=1.0, scale_mg_cm3=0.0)


def test_wild_variance_stays_finite():
    head = DensityHead(torch.nn.Identity())
    assert torch.isfinite(head(torch.tensor([[0.0, 1e9], [0.0, -1e9]])).exp()).all()


def test_width_scales_the_parameters():
    def size(width):
        with torch.device("meta"):
            network = build_head(HeadConfig(backbone="resnet18", width=width))
        return sum(p.numel() for p in network.parameters())

    assert 3.5 < size(1.0) / size(0.5) < 4.0


def test_dropout_acts_in_training_alone():
    network = build_head(HeadConfig(backbone="resnet10", dimensions=2, width=0.25, dropout=0.5))
    inputs = torch.rand(2, 1, 32, 32)
    network.eval()
    torch.testing.assert_close(network(inputs), network(inputs))
    network.train()
    assert not torch.equal(network(inputs), network(inputs))


@pytest.mark.parametrize(
    ("field", "value"), [("in_channels", 0), ("dropout", 1.0), ("width", 0.0)]
)
def test_bad_configuration_is_refused(field, value):
    with pytest.raises(ValueError, match=f"{field} must"):
        HeadConfig(**{field: value})
