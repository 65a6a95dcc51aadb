"""Benchmarks of speed return what they found as comparisons, with their peers in them."""

from __future__ import annotations

import pytest

from benchmarks import pooling, runtimes, whole
from benchmarks.comparison import Cannot, Comparison, Timing
from benchmarks.ingest import __main__ as ingest
from benchmarks.ingest_tree import __main__ as ingest_tree
from benchmarks.ingest_tree import tools
from benchmarks.ingest_tree.tree import make_tree
from benchmarks.localiser import speed
from benchmarks.training import running


def fake_measure(program, target, *arguments, repeats):
    return Timing(program=program, wall_s=float(repeats), note=target.rpartition(":")[2])


def test_reading_is_compared_on_each_syntax(monkeypatch):
    monkeypatch.setattr(ingest, "measure", fake_measure)
    monkeypatch.setattr(ingest, "write_series", lambda folder, *, slices: None)
    plain, lossless, wavelet = ingest.comparisons(slices=7, repeats=5)
    assert plain.task == "read 7 slices of 512x512, plain"
    assert {peer.program for peer in plain.peers} == set(ingest.PEERS)
    assert (plain.floor_s, lossless.floor_s) == (5.0, None)
    # The buffer of compressed pixels is none of pixels.
    for one in (lossless, wavelet):
        assert "pydicom frombuffer" not in {peer.program for peer in one.peers}
        assert one.own.wall_s == 2.0


def test_indexing_is_compared_on_one_tree(monkeypatch, tmp_path):
    monkeypatch.setattr(ingest_tree, "measure", fake_measure)
    (found,) = ingest_tree.comparisons(tmp_path, series=1, repeats=3)
    assert found.task == "index 100 files"
    assert found.floor_s == 3.0
    assert all(hasattr(tools, peer.note) for peer in (found.own, *found.peers))


def test_a_tool_that_misses_a_file_is_no_measurement(tmp_path):
    make_tree(tmp_path, series=2, slices=3)
    tools.index_ctbone(str(tmp_path), "6")
    tools.index_pydicom(str(tmp_path), "6")
    with pytest.raises(RuntimeError, match="index_pydicom found 6 of 7 files"):
        tools.index_pydicom(str(tmp_path), "7")


def test_the_predictor_is_told_where_it_was_not_run(monkeypatch, tmp_path):
    run = {"wall_s": 2.0, "median_s": 2.5, "cpu_s": 3.0, "peak_mb": 300.0}
    runs = dict.fromkeys(("ctbone, cpu", speed.FLOOR, speed.RESAMPLING), run)
    monkeypatch.setattr(speed, "measure_speed", lambda *_, **__: {"runs": runs})
    (found,) = speed.comparisons(tmp_path)
    assert found.peers[0].note.endswith("(--peer-python)")
    runs[speed.PEER] = run | {"wall_s": 50.0, "median_s": None}
    (found,) = speed.comparisons(tmp_path)
    assert found.ratio(found.peers[0]) == 25.0


def test_a_step_of_training_has_a_floor_and_a_peer(monkeypatch, tmp_path):
    side = {"step_s": 2.0, "cpu_s": 3.0, "steps": 4, "samples_s": 4.0}
    side |= {"parts_s": {"data": 0.5}, "data_share": 0.25}
    slower = side | {"step_s": 5.0}
    found = {"ctbone": side, "peer": slower, "ctbone_float32": slower, "peer_float32": slower}
    found["floor"] = {"step_s": 1.0}
    monkeypatch.setattr(running, "train", lambda plan, out: {"resnet18": found})
    (one,) = running.comparisons(running.Plan(), tmp_path)
    assert one.task == "a step of training resnet18, 8 3D patches"
    assert (one.ratio(one.peers[0]), one.times_floor()) == (2.5, 2.0)


def test_packages_that_runtimes_lack_are_named(monkeypatch):
    monkeypatch.setattr(runtimes, "find_spec", lambda name: None if "onnx" in name else name)
    assert runtimes._absent(("onnx", "openvino")) == "onnx is not installed"
    assert runtimes._absent(("onnx", "onnxscript")) == "onnx, onnxscript are not installed"
    assert runtimes._absent(("openvino",)) == ""


def test_programs_of_r_fail_or_are_absent_apart(monkeypatch):
    rows = [[10, 1, 2, 20], [12, 3, 2, 30], [9, 2, 4, 25], [30, 4, 5, 60]]
    seconds = {("a", "glmer"): 9.0, ("a", "glmer bobyqa"): None}
    monkeypatch.setattr(pooling, "seconds_in_r", lambda sets, repeats: seconds)
    monkeypatch.setattr(pooling, "median_s", lambda job, repeats: 3.0)
    (found,) = pooling.fits({"a": rows}, 1)
    notes = {peer.program: peer.note or peer.wall_s for peer in found.peers[2:]}
    wanted = {"lme4's glmer": 9.0, "glmer, bobyqa": "fails", "mada": "mada is not installed"}
    assert notes == wanted
    assert pooling.glmer_ratios([found]) == [3.0]


def test_without_r_its_programs_are_still_told(monkeypatch):
    def absent(sets, repeats):
        raise Cannot("R is not installed")

    monkeypatch.setattr(pooling, "seconds_in_r", absent)
    monkeypatch.setattr(pooling, "median_s", lambda job, repeats: 3.0)
    large, *rest = pooling.comparisons(sets=(pooling.LARGE,), repeats=1)
    assert [peer.note for peer in large.peers[2:]] == ["R is not installed"] * 3
    assert len(rest) == 3


def test_a_screening_is_told_by_stage_without_trifles():
    seconds = {whole.ELAPSED: 90.0, "read": 40.0, "locate": 159.5, "decide": 0.5}
    assert whole._shares(seconds) == "locate 80 %, read 20 %"


def test_a_command_that_fails_says_what_it_said_last():
    with pytest.raises(RuntimeError, match="false failed"):
        whole.run_s("false")


def test_the_demonstration_runs_in_a_fresh_copy(monkeypatch, tmp_path):
    (tmp_path / "from" / ".git").mkdir(parents=True)
    (tmp_path / "from" / "scripts").mkdir()
    monkeypatch.setattr(whole, "CHECKOUT", tmp_path / "from")
    monkeypatch.setattr(whole, "run_s", lambda *words, at: len(list(at.iterdir())) + 0.5)
    (found,) = whole.demonstrations(tmp_path)
    assert isinstance(found, Comparison)
    assert found.own.wall_s == 1.5
