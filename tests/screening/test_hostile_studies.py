"""Damaged studies on the whole way of ``ctbone screen``; the benchmark does thousands."""

from __future__ import annotations

import contextlib
import io
import shutil

import pytest

from benchmarks.hostile_studies.damage import DAMAGE
from benchmarks.hostile_studies.export import write_export
from benchmarks.hostile_studies.judging import faults, results
from benchmarks.hostile_studies.studies import MARK
from ctbone.cli import main

#: Three studies of every kind of damage.
STUDIES = 3 * len(DAMAGE)


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    return write_export(tmp_path_factory.mktemp("hostile") / "made", studies=STUDIES, seed=0)


@pytest.fixture(scope="module")
def ended(export, tmp_path_factory):
    """Where the results lie, and what was printed."""
    out, said = tmp_path_factory.mktemp("hostile") / "out", io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        main([*export.words, "--out", str(out), "--workers", "0"])
    return out, said.getvalue()


@pytest.mark.slow
def test_a_hundred_damaged_studies_lose_nothing_and_crash_nothing(export, ended):
    assert faults(export, *ended) == []
    found = [row["status"] for row in results(ended[0])]
    assert len(found) > STUDIES
    # Damage that reaches nothing and damage that reaches everything would both prove little.
    assert 0.2 < found.count("screened") / len(found) < 0.8


@pytest.mark.slow
def test_what_the_judge_looks_for_it_finds(export, ended, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(ended[0], out)
    table = (out / "results.csv").read_text().splitlines(keepends=True)
    sound = next(line for line in table if line.startswith("1.2.826.0.1.1000001,"))
    other = sound.replace("screened", "rejected").replace("1.2.826.0.1.1000001", MARK)
    table[table.index(sound)] = other.replace(",,", ",unexpected,", 1)
    (out / "results.csv").write_text("".join(table))
    told = "\n".join(faults(export, out, said="Traceback (most recent call last)"))
    for fault in ("1.2.826.0.1.1000001 is not among the results", "study zqxkvj: unexpected",
                  "printed: Traceback", "a name stands in results.csv",
                  "sound studies should all be measured alike"):  # fmt: skip
        assert fault in told
