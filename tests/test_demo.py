"""The demonstration: every command of the whole path, one after the other, in one folder."""

import re
from pathlib import Path

import pytest

from ctbone.cli import main
from ctbone.demo import DemoConfig, demo
from ctbone.interchange import read_results, read_tables

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "out"
    demo(DemoConfig(out=out, patients=8, epochs=1, workers=1))
    return out


def test_every_command_leaves_its_results(folder):
    assert len(read_results(folder / "screening" / "results.csv")) >= 8
    tables = read_tables(folder / "evaluation" / "confusion_matrices.csv")
    assert {one.target for one in tables} == {"osteoporosis", "osteopenia", "normal"}
    for name in (
        "evaluation/evaluation.html",
        "pooling/pooling.html",
        "training/model/model.json",
    ):
        assert (folder / name).is_file(), name


def test_the_report_leads_to_what_ran(folder):
    page = (folder / "report" / "index.html").read_text(encoding="utf-8")
    linked = set(re.findall(r'href="([^"#]+\.html)"', page))
    assert {Path(name).parts[0] for name in linked} == {"screening", "evaluation", "pooling"}
    assert all((folder / "report" / name).is_file() for name in linked)


def test_a_second_demo_takes_the_place_of_the_first(folder, monkeypatch):
    left = folder / "left.txt"
    left.touch()
    ran = []
    monkeypatch.setattr("ctbone.demo.main", lambda words: ran.append(words[0]))
    monkeypatch.setattr("ctbone.demo._picture", lambda out: out)
    demo(DemoConfig(out=folder))
    assert not left.exists()
    assert ran == ["simulate", "train", "screen", "evaluate", "pool", "report"]


def test_what_no_demo_made_is_not_deleted(tmp_path, capsys):
    kept = tmp_path / "thesis.txt"
    kept.write_text("three years", encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        main(["demo", "--out", str(tmp_path)])
    assert stop.value.code == 2
    assert "--out must be empty or the folder of an earlier demo" in capsys.readouterr().err
    assert kept.read_text(encoding="utf-8") == "three years"


def test_a_folder_is_shown_as_it_is_called(tmp_path, monkeypatch, capsys):
    out = tmp_path / "[" / "a]"
    monkeypatch.setattr("ctbone.demo.main", lambda _: None)
    monkeypatch.setattr("ctbone.demo._picture", lambda out: out)
    demo(DemoConfig(out=out))
    said = capsys.readouterr().out
    assert f"--out {out / 'training'}\n" in said
    assert f"Report:  {out / 'report' / 'index.html'}\n" in said
