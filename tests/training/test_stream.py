"""Patients of a stream are those of their seeds, whoever renders them and whenever."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from ctbone.training import stream
from ctbone.training.cases import read_case
from ctbone.training.stream import Stream, Window, render_cases, renderers


@pytest.fixture
def window(recipe, tmp_path):
    config = replace(recipe, source="stream", patients=3, fresh=2)
    return Window(tmp_path, 40, config)


@pytest.fixture
def names(monkeypatch):
    """Rendering is writing a name; what was rendered is listed."""
    done = []

    def prepare(folder, seed, *, spacing_mm, device):
        done.append(seed)
        path = stream.case_path(folder, seed, spacing_mm=spacing_mm)
        path.write_bytes(b"")
        return path

    monkeypatch.setattr(stream, "prepare_case", prepare)
    return done


def there(window):
    return sorted(int(path.stem.split("-")[1]) for path in window.folder.glob("*.npz"))


def test_the_window_slides_by_what_is_fresh(window):
    assert [list(window.seeds(epoch)) for epoch in (0, 1, 2)] == [
        [40, 41, 42], [42, 43, 44], [44, 45, 46],
    ]  # fmt: skip
    whole = Window(window.folder, 40, replace(window.config, fresh=0))
    assert list(whole.seeds(1)) == [43, 44, 45]
    assert len(window) == len(window.at(5)) == 3


def test_an_epoch_is_there_the_next_is_on_its_way_and_the_last_is_gone(window, names):
    with ThreadPoolExecutor(1) as pool:
        running = Stream(window, epochs=3, pool=pool, device="cpu")
        running.prepare(0)
        assert {40, 41, 42} <= set(there(window))
        running.prepare(0)
        running.prepare(1)
        assert {42, 43, 44} <= set(there(window)) <= {42, 43, 44, 45, 46}
        running.prepare(2)
        assert there(window) == [44, 45, 46]
        # Each once, in order, and none of an epoch that never comes.
        assert names == list(range(40, 47))
        running.prepare(3)
        assert names == list(range(40, 47))
        running.clear()
    assert there(window) == []


def test_a_run_that_goes_on_renders_its_own_epoch_alone(window, names):
    with ThreadPoolExecutor(1) as pool:
        Stream(window, epochs=2, pool=pool, device="cpu").prepare(1)
    assert names == [42, 43, 44]


def test_a_fault_of_a_renderer_is_not_lost(window, monkeypatch):
    def fail(folder, seed, *, spacing_mm, device):
        raise OSError("no room on the disk")

    monkeypatch.setattr(stream, "prepare_case", fail)
    with (
        ThreadPoolExecutor(1) as pool,
        pytest.raises(OSError, match="no room on the disk"),
    ):
        Stream(window, epochs=2, pool=pool, device="cpu").prepare(0)


def test_one_renderer_alone_is_no_process():
    with renderers(1, beside=False) as pool:
        assert pool.submit(os.getpid).result() == os.getpid()


@pytest.mark.slow
def test_another_process_renders_the_same_patient(rendered, tmp_path):
    with renderers(1, beside=True) as pool:
        assert pool.submit(os.getpid).result() != os.getpid()
        seeds = range(30_000_000, 30_000_001)
        [path] = render_cases(tmp_path, seeds, spacing_mm=12.0, pool=pool, device="cpu")
    one, other = read_case(path), read_case(rendered / path.name)
    assert np.array_equal(one.hu, other.hu)
    assert np.array_equal(one.labels, other.labels)


@pytest.mark.gpu
def test_a_gpu_renders_the_same_truth(rendered, tmp_path):
    with renderers(1, beside=False) as pool:
        seeds = range(30_000_000, 30_000_001)
        [path] = render_cases(tmp_path, seeds, spacing_mm=12.0, pool=pool, device="cuda")
    one, other = read_case(path), read_case(rendered / path.name)
    assert (one.labels != other.labels).mean() < 0.001
