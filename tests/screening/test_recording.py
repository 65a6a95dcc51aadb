import csv
import errno
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ctbone.errors import Reason
from ctbone.screening import Ledger
from ctbone.screening.engines import open_here
from ctbone.screening.progress import Tally
from ctbone.screening.recording import ELAPSED, record

from .fake_run import OPTIONS, UIDS, is_alive, run_into
from .fakes import behaving_study, opener_of

ROOT = Path(__file__).resolve().parents[2]


def rows(path):
    """Read a table, its times left out."""
    with path.open(newline="") as file:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(file)]


def begin(out):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.screening.fake_run", str(out)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_run_killed_at_any_moment_ends_as_an_undisturbed_one(tmp_path):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    whole.mkdir()
    with open_here(opener_of(whole)) as engine:
        run_into(whole, engine, tally=Tally())
    for pause in (0.05, 0.2, 0.4):
        with begin(killed) as process:
            assert process.stdout.readline() == "done\n"
            time.sleep(pause)
            process.kill()
    with begin(killed) as process:
        again = process.communicate()[0].count("done")
    assert process.returncode == 0
    # Each of those that were killed had put down one study at least.
    assert again <= len(UIDS) - 3
    for name in ("results.csv", "vertebrae.csv", "rejections.csv"):
        assert rows(killed / name) == rows(whole / name)
        assert rows(whole / name)
    # Nothing goes on without the process that was killed.
    pids = [int(path.stem) for path in killed.glob("*.pid")]
    assert len(pids) >= 4
    deadline = time.monotonic() + 60.0
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in pids if is_alive(pid)]


@pytest.fixture
def engine(tmp_path):
    with open_here(opener_of(tmp_path)) as engine:
        yield engine


@pytest.fixture
def ledger(tmp_path):
    with Ledger(tmp_path / "ledger.sqlite3", options=OPTIONS) as ledger:
        yield ledger


def test_what_is_done_is_not_done_again_unless_its_reason_is_asked_for(engine, ledger):
    studies = [behaving_study(0), behaving_study(1, "locate.overflow")]
    first, second, third = Tally(), Tally(), Tally()
    assert record(studies, engine=engine, ledger=ledger, tally=first) == 0
    assert first.counts == {Reason.METAL: 1, Reason.OUT_OF_MEMORY: 1}
    assert record(studies, engine=engine, ledger=ledger, tally=second) == 0
    assert (second.already, second.counts.total()) == (2, 0)
    again = (Reason.OUT_OF_MEMORY,)
    record(studies, engine=engine, ledger=ledger, tally=third, again=again)
    assert (third.already, third.counts) == (1, {Reason.OUT_OF_MEMORY: 1})


def test_a_study_that_is_cut_off_while_it_is_screened_anew_has_no_earlier_outcome(engine, ledger):
    studies = [behaving_study(0), behaving_study(1, "locate.overflow")]
    record(studies, engine=engine, ledger=ledger, tally=Tally())

    class CutOff:
        opening = engine.opening

        def __call__(self, waiting):
            next(waiting)
            raise KeyboardInterrupt
            yield

    with pytest.raises(KeyboardInterrupt):
        record(
            studies,
            engine=CutOff(),
            ledger=ledger,
            tally=Tally(),
            again=(Reason.OUT_OF_MEMORY,),
        )
    assert set(ledger.done()) == {"1.2.0"}
    record(studies, engine=engine, ledger=ledger, tally=Tally())
    assert set(ledger.done()) == {"1.2.0", "1.2.1"}


def test_studies_that_are_no_longer_there_are_counted(engine, ledger):
    studies = [behaving_study(0), behaving_study(1)]
    record(studies, engine=engine, ledger=ledger, tally=Tally())
    assert record(studies[:1], engine=engine, ledger=ledger, tally=Tally()) == 1
    assert ledger.counts()["rejected"] == 2


def test_seconds_are_those_of_loading_of_stages_and_of_all(engine, ledger):
    record([behaving_study(0)], engine=engine, ledger=ledger, tally=Tally())
    seconds = ledger.seconds()
    stages = {"select", "read", "locate"}
    assert set(seconds) == {"load", ELAPSED} | stages
    assert seconds["load"] == 0.5
    assert seconds[ELAPSED] >= sum(seconds[stage] for stage in stages)


def test_a_full_disk_leaves_the_ledger_as_it_was(engine, ledger):
    record([behaving_study(0)], engine=engine, ledger=ledger, tally=Tally())
    connection = ledger._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    many = [behaving_study(number) for number in range(40)]
    with pytest.raises(OSError, match="full") as trouble:
        record(many, engine=engine, ledger=ledger, tally=Tally())
    assert trouble.value.errno == errno.ENOSPC
    kept = ledger.counts()["rejected"]
    assert 1 <= kept < 40
    connection.execute("PRAGMA max_page_count = 1000000")
    record(many, engine=engine, ledger=ledger, tally=Tally())
    assert ledger.counts()["rejected"] == 40
