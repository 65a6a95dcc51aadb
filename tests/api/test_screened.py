"""``ctbone.read_screening``: what a run left, as it stood when it was read."""

import shutil

import pytest

import ctbone
from tests.report.runs import make_run


@pytest.fixture
def folder(tmp_path):
    return make_run(tmp_path / "run", counts={"found": 3, "screened": 2, "rejected": 1})


def test_a_screening_stays_what_it_was(folder):
    run = ctbone.read_screening(folder)
    header, *rows = (folder / "results.csv").read_text().splitlines()
    (folder / "results.csv").write_text(f"{header}\n{rows[0]}\n")
    assert len(run.results) == run.counts["found"] == 3
    shutil.rmtree(folder)
    assert list(run.rejections.study_uid) == ["1.3"]
    assert len(run.vertebrae) == 6


def test_what_the_folder_lacks_by_then_is_a_sentence(folder, tmp_path):
    run = ctbone.read_screening(folder)
    shutil.rmtree(folder)
    with pytest.raises(
        FileNotFoundError, match=r"\Aexpected a file or a folder, found nothing at"
    ):
        ctbone.evaluate(run, tmp_path / "cohort.csv")
    with pytest.raises(ValueError, match="found no picture of it"):
        run.picture("1.2")


@pytest.mark.parametrize(("value", "kind"), [(None, TypeError), (3, TypeError), ("", ValueError)])
def test_what_is_no_folder_is_a_sentence(value, kind):
    with pytest.raises(kind, match="folder: expected a path, found"):
        ctbone.read_screening(value)


@pytest.mark.parametrize("out", [None, ""])
def test_a_screening_without_a_folder_is_refused_before_it_writes(out, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "export").mkdir()
    with pytest.raises(ValueError, match=r"expected out, found none|out: expected a path, found"):
        ctbone.screen("export", out=out)
    assert [path.name for path in tmp_path.iterdir()] == ["export"]
