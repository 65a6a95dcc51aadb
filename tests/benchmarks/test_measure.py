"""A measured function says in the same words what it took, or why it could not."""

from __future__ import annotations

import json
import sys

import pytest

from benchmarks.comparison import Cannot
from benchmarks.measure import CANNOT, main, measure


def refuse(what):
    """Be a tool that cannot."""
    raise Cannot(f"cannot read {what}")


def lack():
    """Be a tool that is not there."""
    import no_such_reader  # noqa: F401


def count(number):
    """Be a tool that can."""
    return sum(range(int(number)))


@pytest.fixture
def run(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["measure", *words])
        return main(), json.loads(capsys.readouterr().out)

    return run


def test_times_and_memory_are_those_of_the_function(run):
    code, found = run(f"{__name__}:count", "1000", "--repeats", "2")
    assert code == 0
    assert 0.0 < found["wall_s"] <= found["median_s"]
    assert found["peak_mb"] > 5.0


def test_what_cannot_be_done_is_said(run):
    assert run(f"{__name__}:refuse", "JPEG") == (CANNOT, {"note": "cannot read JPEG"})
    assert run(f"{__name__}:lack") == (CANNOT, {"note": "no_such_reader is not installed"})


def test_a_fresh_process_is_measured_and_one_that_fails_is_told():
    assert measure("list", "json:loads", "[1]", repeats=1).peak_mb > 5.0
    with pytest.raises(RuntimeError, match="json:loads failed"):
        measure("list", "json:loads", "no JSON", repeats=1)
