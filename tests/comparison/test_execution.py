import json

import pytest

from ctbone.comparison import execution
from ctbone.comparison.execution import Step, StepFailed, run_step, seconds_of


@pytest.fixture
def ran(monkeypatch):
    """Command lines that were run; each ends well."""
    lines = []

    def run(arguments, log):
        lines.append(tuple(arguments))
        out = log.with_suffix("")
        out.mkdir(exist_ok=True)
        (out / "run.json").write_text(json.dumps({"exit_code": 0, "seconds": {"fit": 2.5}}))

    monkeypatch.setattr(execution, "_execute", run)
    return lines


def test_what_ended_well_is_not_repeated(ran, tmp_path):
    read = tmp_path / "cohort.csv"
    read.write_text("1")
    step = Step(arguments=("train", "--x", "1"), out=tmp_path / "a" / "training", reads=(read,))
    assert run_step(step)
    assert not run_step(step)
    assert ran == [("train", "--x", "1", "--out", str(step.out))]
    assert seconds_of(step.out, "fit") == 2.5
    assert seconds_of(step.out, "other") is None
    assert seconds_of(tmp_path / "nowhere", "fit") is None


@pytest.mark.parametrize("change", ["option", "file", "ledger"])
def test_what_changed_is_begun_anew(ran, tmp_path, change):
    read = tmp_path / "cohort.csv"
    read.write_text("1")
    step = Step(arguments=("screen",), out=tmp_path / "screening", reads=(read,), resumes=())
    run_step(step)
    left = step.out / "ledger"
    left.touch()
    if change == "option":
        step = Step(arguments=("screen", "--y"), out=step.out, reads=(read,), resumes=())
    elif change == "file":
        read.write_text("2")
    else:
        (step.out / "run.json").unlink()
    assert run_step(step)
    # What the same command left unfinished is what it goes on from.
    assert left.exists() is (change == "ledger")


def test_a_training_that_was_cut_off_goes_on_and_a_simulation_begins_anew(ran, tmp_path):
    for name, resumes in (("training", ("--fit.resume", "true")), ("simulated", None)):
        step = Step(arguments=("x",), out=tmp_path / name, resumes=resumes)
        run_step(step)
        (step.out / "run.json").write_text(json.dumps({"exit_code": 1}))
        run_step(step)
    assert [line[3:] for line in ran] == [(), ("--fit.resume", "true"), (), ()]


def test_a_failing_command_tells_its_reason(tmp_path):
    step = Step(arguments=("pool", "--tables", "none.csv"), out=tmp_path / "pooling")
    with pytest.raises(StepFailed, match=r"^pool: .*none.csv: no such file"):
        run_step(step)
    assert (tmp_path / "pooling.log").read_text().startswith("$ ctbone pool --tables none.csv")


@pytest.mark.parametrize(
    ("said", "code", "reason"),
    [
        ("ctbone: one\nctbone: two\nTable", 2, "two"),
        ("$ ctbone x\nTraceback\nKeyError: 'a'", 1, "KeyError: 'a'"),
        ("$ ctbone x\n", -9, "ended by signal 9"),
        ("$ ctbone x\n", 5, "ended with code 5"),
    ],
)
def test_reasons(tmp_path, said, code, reason):
    log = tmp_path / "x.log"
    log.write_text(said)
    assert execution._reason(log, code) == reason
