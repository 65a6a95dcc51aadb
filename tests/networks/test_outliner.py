"""The outliner keeps its contract on any size that its stride divides."""

from __future__ import annotations

import pytest
import torch

from ctbone.networks import OutlinerConfig, build_outliner
from ctbone.networks.blocks import unfold

TINY = OutlinerConfig(shape=(8, 8, 8), features=4, channels=(4, 8))


@pytest.mark.parametrize("shape", [(8, 8, 8), (8, 12, 20)])
def test_output_contract(shape):
    given = build_outliner(TINY).eval()(torch.rand(2, 2, *shape))
    assert given.shape == (2, 24, *(n // 2 for n in shape))
    assert unfold(given).shape == (2, 3, *shape)


def test_it_knows_where_in_the_crop_a_block_lies():
    torch.manual_seed(0)
    network = build_outliner(TINY).eval()
    given = network(torch.full((1, 2, 16, 16, 16), 0.5))
    # Far from the edges, where padding could tell.
    assert not torch.allclose(given[0, :, 3, 4, 4], given[0, :, 4, 4, 4])


def test_stride_is_what_the_network_needs():
    assert TINY.stride == 4
    assert OutlinerConfig().stride == 8
    with pytest.raises(ValueError, match=r"shape must be multiples of 4, got \(8, 6, 8\)"):
        OutlinerConfig(shape=(8, 6, 8), channels=(4, 8))


def test_bad_windows_and_spacings_are_refused():
    with pytest.raises(ValueError, match="windows_hu must run from low to high"):
        OutlinerConfig(windows_hu=((100.0, 0.0),))
    with pytest.raises(ValueError, match="spacing_mm must be positive"):
        OutlinerConfig(spacing_mm=0.0)


def test_shipped_size_stays_small():
    with torch.device("meta"):
        network = build_outliner(OutlinerConfig())
    assert 2 * sum(p.numel() for p in network.parameters()) < 8e6
