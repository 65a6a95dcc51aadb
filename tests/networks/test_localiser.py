"""The localiser keeps its contract on any size that its stride divides."""

from __future__ import annotations

import pytest
import torch

from ctbone.anatomy import VertebralLevel
from ctbone.networks import LocaliserConfig, build_localiser
from ctbone.networks.localiser import KINDS, VERTEBRA_KINDS, fold, names, places, unfold

TINY = LocaliserConfig(channels=(4, 4, 8))


@pytest.mark.parametrize("shape", [(4, 4, 4), (8, 12, 20)])
def test_every_voxel_has_its_places_and_every_block_its_names(shape):
    network = build_localiser(TINY).eval()
    given = network(torch.rand(2, 2, *shape))
    half = tuple(n // 2 for n in shape)
    assert places(given, TINY).shape == (2, 5, *shape)
    levels, kinds = names(given, TINY)
    assert levels.shape == (2, 23, *half)
    assert kinds.shape == (2, len(KINDS), *half)
    assert given.shape[1] == 8 * 5 + 23 + len(KINDS)


def test_folding_keeps_every_voxel_in_its_block():
    voxels = torch.arange(2 * 4 * 6 * 8).reshape(1, 2, 4, 6, 8)
    blocks = fold(voxels)
    assert blocks.shape == (1, 16, 2, 3, 4)
    assert set(blocks[0, :8, 1, 2, 3].tolist()) == set(voxels[0, 0, 2:, 4:, 6:].flatten().tolist())
    assert torch.equal(unfold(blocks), voxels)


def test_an_untrained_network_expects_nothing():
    network = build_localiser(TINY).eval()
    found = places(network(torch.rand(1, 2, 16, 16, 16)), TINY)
    assert found.sigmoid().mean() < 0.2


def test_detail_within_a_block_reaches_its_answer():
    torch.manual_seed(0)
    network = build_localiser(TINY).eval()
    near, far = torch.zeros(1, 2, 16, 16, 16), torch.zeros(1, 2, 16, 16, 16)
    near[..., 8, 8, 8], far[..., 9, 9, 9] = 1.0, 1.0
    with torch.inference_mode():
        block = [places(network(x), TINY)[..., 8:10, 8:10, 8:10] for x in (near, far)]
    assert (block[0] - block[1]).abs().max() > 1e-4


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
    with pytest.raises(ValueError, match="levels must be named such as T12, got L9"):
        LocaliserConfig(levels=("L1", "L9"))


@pytest.mark.parametrize("channels", [(), (8,), (8, 0)])
def test_a_network_has_two_depths(channels):
    with pytest.raises(ValueError, match="channels must be two or more positive numbers"):
        LocaliserConfig(channels=channels)


def test_kinds_of_vertebrae_come_before_kinds_of_ribs():
    assert KINDS[: len(VERTEBRA_KINDS)] == VERTEBRA_KINDS


def test_bad_windows_are_refused():
    with pytest.raises(ValueError, match="windows_hu must run from low to high"):
        LocaliserConfig(windows_hu=((100.0, 0.0),))


def test_shipped_size_stays_small():
    with torch.device("meta"):
        network = build_localiser(LocaliserConfig())
    assert sum(p.numel() for p in network.parameters()) < 4e6
