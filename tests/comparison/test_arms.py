from dataclasses import replace

import pytest
import yaml

from ctbone.cli import COMMANDS, _configuration, _load
from ctbone.comparison import arms, read_plan
from ctbone.comparison.arms import arm_steps, run_arm, run_baselines
from ctbone.comparison.execution import Narrator, StepFailed
from ctbone.comparison.settings import settle


@pytest.fixture
def settings(plan_file):
    return settle(read_plan(plan_file), "b")


def test_every_command_of_an_arm_is_one_that_ctbone_takes(settings, material, tmp_path):
    for step in arm_steps(settings, material, out=tmp_path / "out"):
        name, *rest = step.command_line
        parsed = _configuration(name, _load(COMMANDS[name]), list(rest))
        assert parsed.out == step.out


def test_an_arm_trains_screens_and_is_evaluated(settings, material, tmp_path):
    train, screen, evaluate = arm_steps(settings, material, out=tmp_path / "out")
    folder = tmp_path / "out" / "arms" / "b"
    trained = yaml.safe_load((folder / "train.yaml").read_text())
    assert trained["head"]["network"]["backbone"] == "resnet18"
    assert ("--head.cache", str(tmp_path / "out" / "patches")) == train.arguments[-2:]
    assert str(train.out / "model") in screen.arguments
    assert "[L1,L2,L3,L4]" in screen.arguments
    assert str(screen.out / "results.csv") in evaluate.arguments
    assert train.resumes == ("--fit.resume", "true")
    assert evaluate.arguments[-4:-2] == ("--study_id", material.study_id)


def test_tables_of_the_same_patients_share_a_name_whatever_the_reference(
    material, tmp_path, monkeypatch
):
    def fail(*given, **named):
        raise StepFailed("calibrate: too few")

    monkeypatch.setattr(arms, "fit_line", fail)
    both = replace(material, cohorts={**material.cohorts, "DXA": tmp_path / "dxa.csv"})
    assert len(material.study_id) == 12
    assert both.study_id == material.study_id
    narrator = Stub()
    run_baselines(both, out=tmp_path, narrator=narrator)
    of_rule = [s.arguments for s in narrator.steps if s.arguments[0] == "evaluate"]
    assert len(of_rule) == 2
    assert all(words[-2:] == ("--study_id", material.study_id) for words in of_rule)


def test_an_arm_whose_reference_nobody_has_costs_itself_alone(settings, material, tmp_path):
    found = run_arm(
        replace(settings, reference="DXA"), material, out=tmp_path, narrator=Narrator()
    )
    assert found.reason == "no cohort with reference results of DXA was given"
    assert (found.name, found.results, found.evaluations) == ("b", None, {})


class Stub:
    """A narrator whose commands end well but for one."""

    def __init__(self, failing=""):
        self.failing, self.ran, self.said, self.steps = failing, [], [], []

    def run(self, purpose, steps):
        for step in steps:
            if step.arguments[0] == self.failing:
                raise StepFailed("screen: no")
            self.ran.append((purpose, step.arguments[0]))
            self.steps.append(step)

    def say(self, text):
        self.said.append(text)


def test_an_arm_that_fails_is_told_with_its_reason(settings, material, tmp_path):
    narrator = Stub("screen")
    found = run_arm(settings, material, out=tmp_path, narrator=narrator)
    assert narrator.ran == [("b", "train")]
    assert (found.results, found.reason) == (None, "screen: no")
    assert narrator.said == ["b is left out: screen: no"]


def test_the_line_is_an_arm_of_its_own(material, tmp_path, monkeypatch):
    line = tmp_path / "line.yaml"
    line.touch()
    monkeypatch.setattr(arms, "fit_line", lambda *given, **named: line)
    rule, fitted = run_baselines(material, out=tmp_path, narrator=Stub())
    assert (rule.name, fitted.name) == ("hu_rule", "hu_line")
    assert rule.is_baseline
    assert list(fitted.evaluations) == ["QCT"]
    assert fitted.evaluations["QCT"].name == "evaluation-QCT"


def test_without_a_line_the_published_cut_offs_stay(material, tmp_path, monkeypatch):
    def fail(*given, **named):
        raise StepFailed("calibrate: too few")

    monkeypatch.setattr(arms, "fit_line", fail)
    rule, fitted = run_baselines(material, out=tmp_path, narrator=Stub())
    assert rule.results is not None
    assert (fitted.results, fitted.reason) == (None, "calibrate: too few")
    [alone] = run_baselines(material, out=tmp_path, narrator=Stub("screen"))
    assert alone.reason == "screen: no"
