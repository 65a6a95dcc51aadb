"""In which order workers take the tests, and what is left where one of them dies."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from tests.conftest import room_of, slow_first

ROOT = Path(__file__).parents[1]


def item(nodeid, *markers):
    return SimpleNamespace(nodeid=nodeid, get_closest_marker=lambda mark: mark in markers)


def test_rooms_that_take_long_come_first_and_stay_whole():
    names = ["t/a/x.py::1", "t/b/x.py::2", "t/b/y/z.py::T::3", "t/a/y.py::4[n/m]", "t/c.py::5"]
    slow = {"t/b/y/z.py::T::3", "t/b/x.py::2", "t/c.py::5"}
    items = [item(name, *(["slow"] if name in slow else [])) for name in names]
    slow_first(items)
    assert [names.index(one.nodeid) + 1 for one in items] == [2, 3, 5, 1, 4]
    assert [room_of(one.nodeid) for one in items] == ["t/b", "t/b", "t/c.py", "t/a", "t/a"]


def test_a_worker_that_dies_is_replaced_and_the_rest_is_done(tmp_path):
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_xdist_make_scheduler")
    files = {
        "a/test_a.py": "def test_done(): pass",
        "b/test_b.py": f"""
import os, pathlib

def test_dies_once():
    mark = pathlib.Path({str(tmp_path / "mark")!r})
    if not mark.exists():
        mark.touch()
        os._exit(1)
""",
        "c/test_c.py": "def test_after(): pass",
    }
    for name, text in files.items():
        path = tmp_path / "tests" / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    options = ["-n", "1", "--dist", "loadscope", "--no-loadscope-reorder", "-c", os.devnull]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--rootdir", tmp_path, "tests"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert "1 failed, 3 passed" in done.stdout, done.stdout + done.stderr
