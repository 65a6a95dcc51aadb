import csv
import logging
import os
import re
import sys
from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import dask
import distributed
import pytest

from ctbone import __version__
from ctbone.errors import Reason, WorkersLost
from ctbone.screening import Opening
from ctbone.screening.engines import Limits, open_dask, open_here, remote
from ctbone.screening.engines.cluster import _Cluster, _Given
from ctbone.screening.engines.messages import Refused
from ctbone.screening.engines.remote import Answer, Job
from ctbone.screening.progress import Tally
from tests.screening.fake_run import is_alive, run_into
from tests.screening.fakes import behaving_study, open_fake, opener_of, refuse

#: Enough for a study that does nothing, however busy the machine is.
LIMITS = Limits(time_s=10.0)

#: How a study of the fakes ends that does nothing else.
METAL = (Reason.METAL, "locate")

OPENING = Opening(weights={"head": "a"}, warnings=(), device="cpu", seconds=1.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="module")
def engine(folder):
    with open_dask(opener_of(folder), workers=2, limits=LIMITS) as engine:
        yield engine
    assert not [pid for pid in pids(folder) if is_alive(pid)]


@pytest.fixture(scope="module")
def scheduler():
    # Its worker is a thread of this process: nothing to start, and addresses all the same.
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        protocol="tcp",
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        silence_logs=logging.CRITICAL,
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def unwatched(monkeypatch):
    """Let a worker that is a thread of this process screen there too: no process to start."""
    monkeypatch.setattr(remote, "open_local", lambda opener, **_: open_here(opener))
    yield
    remote._BENCH.end()


def pids(folder):
    return [int(path.stem) for path in folder.glob("*.pid")]


def ended(engine, uids):
    studies = [behaving_study(number, uid) for number, uid in enumerate(uids)]
    found = {one.outcome.study_uid: one.outcome for one in engine(iter(studies))}
    assert len(found) == len(uids)
    return [found[study.study_uid] for study in studies]


def endings(outcomes):
    return [(outcome.reason, outcome.stage) for outcome in outcomes]


def exported(out, engine, uids):
    out.mkdir()
    studies = [behaving_study(number, uid) for number, uid in enumerate(uids)]
    run_into(out, engine, tally=Tally(), studies=studies)
    tables = {}
    for path in sorted(out.glob("*.csv")):
        with path.open(newline="") as file:
            rows = csv.DictReader(file)
            tables[path.name] = [{k: v for k, v in row.items() if k != "seconds"} for row in rows]
    return tables


@pytest.mark.slow
def test_workers_give_what_this_process_gives(engine, tmp_path):
    uids = ["", "", "", "", "", "locate.stumble"]
    found = exported(tmp_path / "cluster", engine, uids)
    with open_here(opener_of(tmp_path)) as here:
        assert found == exported(tmp_path / "here", here, uids)
    assert len(found["results.csv"]) == len(uids)


@pytest.mark.slow
def test_only_the_studies_at_work_are_drawn(engine):
    drawn = []

    def studies():
        for number in range(9):
            drawn.append(number)
            yield behaving_study(number)

    done = engine(studies())
    assert next(done).outcome.reason is Reason.METAL
    assert len(drawn) <= 2
    done.close()


@pytest.mark.slow
def test_a_lost_worker_loses_nothing(engine, folder):
    assert endings(ended(engine, ["", "locate.orphan_once", "", ""])) == [METAL] * 4
    assert (folder / "orphaned").exists()


def test_a_study_whose_workers_were_lost_again_is_rejected_and_told_of(tmp_path):
    fault = distributed.KilledWorker("key", None, 1)
    future = SimpleNamespace(cancelled=lambda: False, exception=lambda: fault)
    cluster = _Cluster(None, None)
    cluster._hear(Answer(host="a", version=__version__, opening=open_fake(tmp_path).opening))
    found = cluster._finished(future, _Given(behaving_study(1), 0.0)).outcome
    assert (found.study_uid, *endings([found])[0]) == ("1.2.1", Reason.WORKER_LOST, "select")
    assert found.detail == "each of the 2 workers that it was given to was lost"
    assert (tmp_path / "1.2.1.worker_lost").exists()


def test_a_scheduler_that_lets_go_of_a_study_ends_the_run():
    future = SimpleNamespace(cancelled=lambda: True)
    with pytest.raises(WorkersLost, match="the scheduler of dask was lost, or let go of a study"):
        _Cluster(None, None)._finished(future, _Given(behaving_study(1), 0.0))


@pytest.mark.slow
def test_workers_of_a_scheduler_keep_to_limits_and_keep_nothing(scheduler, tmp_path):
    limits = Limits(time_s=1.0)
    with open_dask(opener_of(tmp_path), scheduler=scheduler, limits=limits) as engine:
        assert engine.opening.warnings == ("made up",)
        (found,) = ended(engine, ["locate.hang"])
        assert (found.reason, found.stage) == (Reason.TIME_LIMIT, "locate")
        engine._job = replace(engine._job, limits=LIMITS)
        assert endings(ended(engine, [""])) == [METAL]
        # What is under way when a run is interrupted ends with it.
        engine._submit(behaving_study(2, "locate.hang"))
    assert not [pid for pid in pids(tmp_path) if is_alive(pid)]
    assert remote._BENCH._engine is None


def test_a_full_disk_stops_the_run(scheduler, tmp_path, unwatched):
    with (
        open_dask(opener_of(tmp_path), scheduler=scheduler, limits=LIMITS) as engine,
        pytest.raises(OSError, match="No space left"),
    ):
        ended(engine, ["", "locate.fill_disk"])


def test_a_run_that_cannot_be_done_is_refused_in_its_own_words(scheduler, unwatched):
    with (
        pytest.raises(ValueError, match="no such model"),
        open_dask(refuse, scheduler=scheduler, limits=LIMITS),
    ):
        pass


def test_a_worker_that_measures_by_other_files_ends_the_run(scheduler, tmp_path, unwatched):
    with open_dask(opener_of(tmp_path), scheduler=scheduler, limits=LIMITS) as engine:
        # As a worker on another machine, whose files are others.
        engine._job = Job(run="b", opener=partial(open_fake, tmp_path, name="b"), limits=LIMITS)
        with pytest.raises(WorkersLost, match=r"found another model, .* or device than the first"):
            ended(engine, [""])


def test_what_a_worker_says_is_checked():
    cluster = _Cluster(None, None)
    first = Answer(host="node1", version=__version__, opening=OPENING)
    with pytest.raises(WorkersLost, match="no worker has become ready"):
        assert cluster.opening
    cluster._hear(first)
    cluster._hear(replace(first, opening=replace(OPENING, seconds=2.0)))
    with pytest.raises(
        WorkersLost, match=rf"expected ctbone {re.escape(__version__)} .* 0\.0 on node2"
    ):
        cluster._hear(replace(first, version="0.0", host="node2"))
    with pytest.raises(WorkersLost, match="the worker on node1 came to nothing: no such model"):
        cluster._hear(replace(first, opening=None, said=Refused(ValueError("no such model"))))


def test_a_worker_without_ctbone_ends_the_run(scheduler):
    with distributed.Client(scheduler, set_as_default=False) as client:
        future = client.submit(__import__, "no_such_package_here")
        with pytest.raises(WorkersLost, match="ModuleNotFoundError: No module named"):
            _Cluster(client, None)._answer(future)


def test_daemons_are_refused(monkeypatch):
    monkeypatch.setattr(remote, "current_process", lambda: SimpleNamespace(daemon=True))
    answer = remote.do(Job(run="a", opener=refuse, limits=LIMITS))
    assert isinstance(answer.said, Refused)
    assert "DASK_DISTRIBUTED__WORKER__DAEMON=False" in str(answer.said.mistake)


def test_logs_of_a_cluster_say_nothing_of_a_study():
    job = Job(run="a", opener=refuse, limits=LIMITS, study=behaving_study(1))
    assert "1.2.1" not in repr(job)


def test_a_scheduler_that_is_not_there_is_named():
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "0.2s"}),
        pytest.raises(WorkersLost, match=r"of dask at tcp://127\.0\.0\.1:1, and none answers"),
        open_dask(refuse, scheduler="tcp://127.0.0.1:1", limits=LIMITS),
    ):
        pass


def test_without_the_extra_its_name_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(ValueError, match=r"pip install 'ctbone\[dask\]'"),
        open_dask(refuse, limits=LIMITS),
    ):
        pass


@pytest.mark.parametrize(("given", "left"), [("65536", None), ("131072", "131072")])
def test_memory_is_not_given_back_at_every_turn(monkeypatch, given, left):
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", given)
    remote.forget_trimming()
    assert os.environ.get("MALLOC_TRIM_THRESHOLD_") == left
