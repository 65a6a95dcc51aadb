"""The benchmark of training counts each second once, and examples are what they claim."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from benchmarks.training.examples import SHAPE, draw_patches, read_patches, write_patches
from benchmarks.training.figures import floor_s, ratios, summarise, table
from benchmarks.training.floor import count_operations
from benchmarks.training.stopwatch import PARTS, Stopwatch


def steps(*walls, cpu=1.0):
    return [{"data": 0.25 * wall, "forward": 0.75 * wall, "cpu": cpu} for wall in walls]


def test_a_step_is_its_parts_and_they_are_the_step():
    clock = iter([10.0, 11.0, 13.0, 16.0, 20.0, 25.0, 31.0])
    watch = Stopwatch(lambda: next(clock))
    watch.on_train_start()
    watch.on_train_batch_start()
    assert watch.timed(lambda x: x + 1)(1) == 2
    watch.on_before_backward()
    watch.on_after_backward()
    watch.on_train_batch_end()
    (step,) = watch.steps
    # Two stretches of forward: before what varies examples, and after.
    assert [step[part] for part in PARTS] == [1.0, 3.0, 6.0, 5.0, 6.0]
    assert step["cpu"] >= 0.0


def test_figures_are_medians_without_the_first_steps():
    found = summarise([steps(9.0, 1.0, 2.0), steps(9.0, 4.0)], warm=1, batch_size=8)
    assert found["steps"] == 3
    assert found["step_s"] == 2.0
    assert found["samples_s"] == 4.0
    assert found["parts_s"]["forward"] == 1.5
    assert found["parts_s"]["augmentation"] == 0.0
    assert found["data_share"] == pytest.approx(0.25)
    with pytest.raises(ValueError, match="more than 3 steps"):
        summarise([steps(1.0)], warm=3, batch_size=8)


def test_the_table_says_ratios_floors_and_whether_a_gpu_waits():
    own, peer = (
        summarise([steps(wall, cpu=cpu)], warm=0, batch_size=8)
        for wall, cpu in ((2.0, 3.0), (5.0, 6.0))
    )
    floor = {"gflop_example": 10.0, "gflop_s": 160.0}
    floor["step_s"] = floor_s(floor, batch_size=8)
    assert floor["step_s"] == 0.5
    sides = {"ctbone": own, "peer": peer, "ctbone_float32": peer, "peer_float32": peer}
    found = ratios(sides)
    assert found == {
        "bfloat16": {"wall": 2.5, "cpu": 2.0},
        "float32": {"wall": 1.0, "cpu": 1.0},
    }
    results = {"resnet18": {**sides, "ratios": found, "floor": floor}}
    told = table(results, gpu=None)
    assert "in bfloat16 2.50 times as fast, 2.00 by CPU seconds" in told
    assert "in float32 1.00 times as fast" in told
    assert "at least 0.500 s" in told
    assert "no GPU" in told
    assert "waits for data 25.0%" in table(results, gpu="one")


def test_operations_are_counted_forward_and_backward():
    network = nn.Sequential(nn.Conv3d(2, 4, 3, bias=False), nn.Conv3d(4, 8, 1, bias=False))
    forward = (2 * 27 * 4 * 8 + 4 * 8 * 8) * 2
    # The gradients of both kernels, and of the second layer's input alone.
    found = count_operations(network, torch.rand(1, 2, 4, 4, 4))
    assert found == 2 * forward + 2 * 4 * 8 * 8


def test_bodies_are_as_bright_as_their_density(tmp_path):
    write_patches(tmp_path, draw_patches(3, seed=2))
    hu, inside, bmd = read_patches(tmp_path)
    assert hu.shape == inside.shape == (3, *SHAPE)
    assert hu.dtype == np.float32
    for k in range(3):
        assert inside[k].any()
        assert not inside[k, 0].any()
        assert float(hu[k][inside[k]].mean()) == pytest.approx(float(bmd[k]), abs=1.0)
        assert float(hu[k][~inside[k]].mean()) == pytest.approx(40.0, abs=1.0)
