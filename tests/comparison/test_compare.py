"""A comparison from its patients to its page, as small as it gets."""

import contextlib
import json
import subprocess
from types import SimpleNamespace

import pytest

from ctbone import cli
from ctbone.cohort import write_cohort
from ctbone.comparison import CompareConfig, command, execution
from ctbone.comparison.arms import Outcome
from ctbone.comparison.command import compare
from ctbone.errors import NothingUsable
from ctbone.estimation import read_model

SMALL = """\
title: Small
simulation:
  configuration: trial
  patients: 8
  options:
    seed: 4
    matrix: 80
    pixel_mm: 4.0
    fit_field: false
    regions: [lumbar]
    sites:
      - {name: north, maker: siemens, weight: 3.0, slice_thicknesses_mm: [5.0]}
      - {name: south, maker: philips, external: true, slice_thicknesses_mm: [5.0]}
    internal_fractions: [0.5, 0.3, 0.2]
budget: {epochs: 1, batch_size: 4, learning_rate: 0.001}
options: {head.network.width: 0.125}
arms:
  one:
    preset: wang2024
    options: {head.grid.shape: [48, 48, 16], head.grid.spacing_mm: [2, 2, 2]}
questions:
  - {about: validation, first: one}
"""


@pytest.fixture
def in_this_process(monkeypatch):
    """Run commands here: processes of their own, mostly imports, are for ``test_execution``.

    Without processes for studies and without figures too, which are nothing of a comparison.
    """
    further = {"simulate": ("--workers", "1"), "screen": ("--workers", "0")}
    further |= dict.fromkeys(("evaluate", "pool"), ("--figures", "false"))

    def run(words, *, stdout, **_):
        code, words = 0, words[words.index("ctbone") + 1 :]
        with contextlib.redirect_stdout(stdout), contextlib.redirect_stderr(stdout):
            try:
                cli.main([*words, *further.get(words[0], ())])
            except SystemExit as end:
                code = end.code
        return SimpleNamespace(returncode=code)

    ours = SimpleNamespace(run=run, STDOUT=subprocess.STDOUT)
    monkeypatch.setattr(execution, "subprocess", ours)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.usefixtures("in_this_process")
def test_a_preset_runs_end_to_end_and_not_twice(tmp_path, capfd):
    plan, out = tmp_path / "small.yaml", tmp_path / "out"
    plan.write_text(SMALL, encoding="utf-8")
    cli.main(["compare", "--plan", str(plan), "--out", str(out)])
    document = json.loads((out / "comparison.json").read_text())
    tested = [row for row in document["arms"] if row["arm"] == "one"]
    assert {row["target"] for row in tested} == {"osteoporosis", "osteopenia", "normal"}
    assert all(row["n"] > 0 for row in tested)
    model = read_model(out / "arms" / "one" / "training" / "model")
    assert model.head.backbone == "resnet18"
    assert (out / "arms" / "hu_rule" / "screening" / "results.csv").is_file()
    assert "Against hu_rule" in (out / "comparison.html").read_text(encoding="utf-8")
    run = json.loads((out / "run.json").read_text())
    # Too few patients for a line: that arm is lost, with its reason, and no other.
    assert run["counts"] == {"arms": 3, "failed": 1}
    assert run["warnings"][0].startswith("hu_line: ")
    capfd.readouterr()
    cli.main(["compare", "--plan", str(plan), "--out", str(out)])
    said = capfd.readouterr().out
    assert "one: train (done before)" in said
    assert "one: evaluate (done before)" in said


def test_only_some_options_go_together(tmp_path):
    with pytest.raises(ValueError, match="export and cohort"):
        CompareConfig(plan="quick", export=tmp_path)
    with pytest.raises(ValueError, match="export and cohort"):
        CompareConfig(plan="quick", cohort=tmp_path)
    with pytest.raises(ValueError, match="masks are of an export"):
        CompareConfig(plan="quick", masks=tmp_path)


@pytest.mark.parametrize(("name", "content"), [("cohort", "a,b\n1,2\n"), ("masks", "a,b\n1,2\n")])
def test_what_would_stop_all_arms_is_said_before_vertebrae_are_looked_for(
    name, content, tmp_path, monkeypatch
):
    monkeypatch.setattr(execution.Narrator, "run", lambda *given: pytest.fail("a step was run"))
    cohort = tmp_path / "qct.csv"
    write_cohort(cohort, [])
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(content)
    given = {"cohort": cohort, "export": tmp_path, name: wrong}
    with pytest.raises(ValueError, match=r"wrong\.csv: expected the column"):
        compare(CompareConfig(plan="quick", out=tmp_path / "out", **given))
    given[name] = tmp_path / "absent.csv"
    with pytest.raises(FileNotFoundError):
        compare(CompareConfig(plan="quick", out=tmp_path / "out", **given))


def test_a_comparison_without_a_single_result_says_why(plan_file, material, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "_material", lambda *given: material)
    monkeypatch.setattr(
        command, "run_arm", lambda s, *given, **named: Outcome(name=s.name, reason="train: no")
    )
    monkeypatch.setattr(command, "run_baselines", lambda *given, **named: [])
    with pytest.raises(NothingUsable, match="no arm ended well; the first: train: no"):
        compare(CompareConfig(plan=str(plan_file), out=tmp_path / "out"))
    assert json.loads((tmp_path / "out" / "run.json").read_text())["exit_code"] == 3


def test_a_cohort_that_cannot_be_made_ends_it(plan_file, tmp_path, monkeypatch):
    def fail(*given):
        raise command.StepFailed("simulate: no space")

    monkeypatch.setattr(command, "_material", fail)
    with pytest.raises(NothingUsable, match="simulate: no space"):
        compare(CompareConfig(plan=str(plan_file), out=tmp_path / "out"))


def test_pooling_that_fails_leaves_a_reason(tmp_path):
    class Stub:
        def run(self, purpose, steps):
            raise command.StepFailed("pool: too few")

        def say(self, text):
            pass

    arm = Outcome(name="a", results=tmp_path, evaluations={"QCT": tmp_path})
    line = Outcome(name="hu_line", results=tmp_path, evaluations={"QCT": tmp_path})
    assert command._pool([arm, line], out=tmp_path, narrator=Stub()) == "pool: too few"
    assert command._pool([line], out=tmp_path, narrator=Stub()) == "no arm has a table"
