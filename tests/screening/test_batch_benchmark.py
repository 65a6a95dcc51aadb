"""The benchmark of batches tells runs apart by their results and by nothing else."""

import os
import subprocess
import sys

from benchmarks.batch.outputs import differences
from benchmarks.batch.processes import descendants, is_alive
from benchmarks.batch.undisturbed import SETTLED, Undisturbed, resident_mb


def write_run(folder, *, seconds="1.5", category="normal", picture=b"png"):
    (folder / "pictures").mkdir(parents=True)
    (folder / "results.csv").write_text(f"study_uid,category,seconds\n1.2,{category},{seconds}\n")
    (folder / "pictures" / "1.2.png").write_bytes(picture)
    return folder


def test_runs_differ_by_what_they_found_and_not_by_their_times(tmp_path):
    one = write_run(tmp_path / "one")
    assert differences(one, write_run(tmp_path / "slow", seconds="9.0")) == []
    assert differences(one, write_run(tmp_path / "c", category="osteopenia")) == ["results.csv"]
    assert differences(one, write_run(tmp_path / "p", picture=b"")) == ["pictures/1.2.png"]
    (one / "rejections.csv").write_text("study_uid\n")
    assert differences(one, tmp_path / "slow") == ["rejections.csv"]


def test_processes_are_found_below_their_parent_until_they_end():
    words = [sys.executable, "-c", "input()"]
    with subprocess.Popen(words, stdin=subprocess.PIPE) as child:
        assert child.pid in descendants(os.getpid())
        assert is_alive(child.pid)
        child.kill()
        child.wait()
    assert not is_alive(child.pid)
    assert child.pid not in descendants(os.getpid())


def test_memory_is_that_of_processes_that_live():
    assert resident_mb([os.getpid(), 2**22 + 1]) > 10.0


def test_memory_is_told_from_where_it_has_to_be_flat():
    memory = [100.0] + [500.0] * (SETTLED - 1) + [300.0, 320.0, 310.0, 312.0]
    run = Undisturbed(
        studies=len(memory),
        counts={"screened": 14},
        elapsed_s=60.0,
        seconds={"read": 2.0},
        coordinator_mb=memory,
        workers_mb=[1.0],
    )
    told = run.told()
    assert "14 studies in 60 s, 840 an hour" in told
    assert "100 MB after the first study, then 300 to 320 MB" in told
    assert "medians of the halves 310 and 311 MB" in told
