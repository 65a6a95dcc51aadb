"""A worker process from outside; what a study does to it is for test_local."""

import sys
import time

import pytest

from ctbone.screening.engines import Limits
from ctbone.screening.engines.messages import Ready
from ctbone.screening.engines.process import WorkerProcess
from tests.screening.fakes import opener_of


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The script that this process runs, as it were; it leaves a file where it is run again."""
    path = tmp_path / "script.py"
    path.write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    monkeypatch.setattr(sys.modules["__main__"], "__spec__", None)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(path))
    return path


def test_the_script_that_screens_is_not_run_again(script, tmp_path):
    main = sys.modules["__main__"]
    process = WorkerProcess(opener_of(tmp_path), threads=1, limits=Limits())
    try:
        assert sys.modules["__main__"] is main
        found = []
        while not found and process.loss() is None:
            found = list(process.messages())
            time.sleep(0.02)
    finally:
        process.end()
    assert [type(message) for message in found] == [Ready]
    assert not (tmp_path / "ran").exists()
