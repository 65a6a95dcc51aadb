"""Hostile files through the real command: a result without a NaN, or one clear sentence."""

from __future__ import annotations

import pytest

from benchmarks.hostile import run, try_seed
from benchmarks.hostile_tables import TROUBLES

#: Seeds of the fast and of the slow test; ``benchmarks.hostile`` runs 10,000 of them.
FEW, MANY = range(20), range(20, 120)


def faults(seeds, tmp_path):
    """Return what neither pooled nor was refused in a sentence, by seed, and how each ended."""
    wrong, ends = {}, []
    for seed in seeds:
        folder = tmp_path / str(seed)
        folder.mkdir()
        end, fault = try_seed(seed, folder)
        ends.append(end)
        if fault:
            wrong[seed] = fault
    return wrong, ends


def test_a_few_hostile_tables_give_a_result_or_a_sentence(tmp_path):
    wrong, ends = faults(FEW, tmp_path)
    assert not wrong
    assert ends.count("result") > 5
    assert len(set(ends)) > len(FEW) // 5


@pytest.mark.slow
def test_hostile_tables_give_a_result_or_a_sentence(tmp_path):
    wrong, ends = faults(MANY, tmp_path)
    assert not wrong
    assert ends.count("result") > 40
    assert len(set(ends)) > len(TROUBLES) // 2


@pytest.mark.parametrize("name", [".", "absent.csv", "absent.dta"])
def test_a_folder_and_a_file_that_is_not_there_are_said(tmp_path, name):
    assert run(tmp_path / name, tmp_path / "out").startswith("refused: ")


def test_a_fault_would_be_seen(tmp_path):
    """The judge of these tests calls a NaN, two lines and a traceback what they are."""
    from benchmarks import hostile

    (tmp_path / "pooling.json").write_text('{"dor": NaN}')
    with pytest.raises(AssertionError, match="NaN in JSON"):
        hostile.require_numbers(tmp_path)
    for said in (
        "x\ny\n",
        "ctbone: x\ny\n",
        "ctbone: ValueError: x\n",
        "ctbone: t.csv: bad\n",
        "",
    ):
        with pytest.raises(AssertionError, match=r"no sentence|no words|not what was expected"):
            hostile.require_sentence(said, 2)


def test_a_target_in_brackets_is_shown(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("study,tp,fp,fn,tn,target\nA,9,1,1,9,[/x]\n")
    assert run(path, tmp_path / "out") == "result"


def test_tables_that_tell_nothing_apart_are_pooled(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("study,tp,fp,fn,tn\nA,5,5,5,5\nB,7,7,7,7\nC,9,9,9,9\n")
    assert run(path, tmp_path / "out") == "result"
