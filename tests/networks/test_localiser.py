"""The localiser keeps its contract on any size that its stride divides."""

from __future__ import annotations

import pytest
import torch

from ctbone.anatomy import VertebralLevel
from ctbone.networks import LocaliserConfig, build_localiser

TINY = LocaliserConfig(channels=(4, 4, 8))


@pytest.mark.parametrize("shape", [(4, 4, 4), (8, 12, 20)])
def test_output_contract(shape):
    network = build_localiser(TINY).eval()
    given = network(torch.rand(1, 2, *shape))
    assert given.shape == (1, TINY.out_channels, *shape)
    assert TINY.out_channels == 2 + 23 + 2


def test_stride_is_what_the_network_needs():
    assert TINY.stride == 4
    assert LocaliserConfig().stride == 16
    with pytest.raises(RuntimeError):
        build_localiser(TINY).eval()(torch.rand(1, 2, 6, 8, 8))


def test_levels_run_from_cranial_to_caudal():
    levels = LocaliserConfig().vertebral_levels
    assert levels[14:18] == tuple(VertebralLevel[n] for n in ("T12", "T13", "L1", "L2"))
    with pytest.raises(ValueError, match="levels must be cranio-caudal and distinct"):
        LocaliserConfig(levels=("L2", "L1"))


def test_bad_windows_are_refused():
    with pytest.raises(ValueError, match="windows_hu must run from low to high"):
        LocaliserConfig(windows_hu=((100.0, 0.0),))


def test_shipped_size_stays_small():
    with torch.device("meta"):
        network = build_localiser(LocaliserConfig())
    assert sum(p.numel() for p in network.parameters()) < 2.5e6
