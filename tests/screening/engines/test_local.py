import os

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.errors import Reason, WorkersLost
from ctbone.records import Flag, Rejection
from ctbone.screening import Opening
from ctbone.screening.engines import Limits, local, open_here, open_local
from ctbone.screening.engines.messages import Ready, Refused
from tests.screening.fakes import behaving_study, opener_of, refuse, vanish

#: Enough for a study that does nothing, however busy the machine is.
LIMITS = Limits(time_s=10.0, memory_bytes=300_000_000)

#: How a study of the fakes ends that does nothing else.
METAL = (Reason.METAL, "locate")


def screened(folder, uids, *, workers=1, limits=LIMITS):
    studies = [behaving_study(number, uid) for number, uid in enumerate(uids)]
    with open_local(opener_of(folder), workers=workers, limits=limits) as engine:
        found = {one.outcome.study_uid: one for one in engine(iter(studies))}
    assert len(found) == len(uids)
    return [found[study.study_uid] for study in studies]


def endings(found):
    return [
        (one.outcome.reason, one.outcome.stage)
        if isinstance(one.outcome, Rejection)
        else "screened"
        for one in found
    ]


def test_what_a_study_does_to_its_process_costs_that_study_alone(tmp_path):
    # The one that is read ahead while its neighbour is located must not cost that.
    uids = ["locate.hang", "locate.linger", "read.die", "", "locate.eat", "locate.die_once"]
    found = screened(tmp_path, uids)
    assert endings(found) == [
        (Reason.TIME_LIMIT, "locate"),
        METAL,
        (Reason.WORKER_LOST, "read"),
        METAL,
        (Reason.OUT_OF_MEMORY, "locate"),
        METAL,
    ]
    details = [one.outcome.detail for one in found if one.outcome.reason is not Reason.METAL]
    assert details[0] == "expected an end within 10 s, found none"
    assert details[1] == (
        "the process that screened it was ended by SIGKILL, as the system does where memory runs "
        "out"
    )
    assert details[2].startswith("expected at most 0.3 GB of memory in use, found 0.")
    # Nobody else tells of those.
    told = {path.name for path in tmp_path.glob("1.2.*")}
    assert told == {"1.2.0.time_limit", "1.2.2.worker_lost", "1.2.4.out_of_memory"}
    flagged = [one.outcome.study_uid for one in found if one.outcome.flags]
    assert flagged == ["1.2.0", "1.2.2", "1.2.4"]
    assert {one.outcome.flags for one in found} == {(), (Flag.DELIVERY_FAILED,)}
    # One process at first, and one after each loss: of a study that hangs, of each try of the
    # others, and perhaps of the neighbour.
    assert len(list(tmp_path.glob("*.pid"))) in (1 + 1 + 2 + 2 + 1, 1 + 1 + 1 + 2 + 2 + 1)


def test_processes_side_by_side_give_what_one_gives(tmp_path):
    uids = ["", "", "", "", "locate.overflow", "locate.stumble"]
    found = screened(tmp_path, uids, workers=2, limits=Limits())
    with open_here(opener_of(tmp_path)) as engine:
        studies = (behaving_study(number, uid) for number, uid in enumerate(uids))
        alone = list(engine(studies))
    assert endings(found) == endings(alone)
    assert endings(found)[4:] == [(Reason.OUT_OF_MEMORY, "locate"), (Reason.UNEXPECTED, "locate")]
    assert [v.level for v in found[0].outcome.vertebrae] == [VertebralLevel.L1, VertebralLevel.L2]
    assert found[5].outcome.detail == alone[5].outcome.detail
    assert set(found[0].seconds) == set(alone[0].seconds)


def test_a_process_that_measures_by_other_files_ends_the_run(tmp_path):
    crew = local._Crew(opener_of(tmp_path), workers=2, limits=LIMITS)
    first, slower, other = (
        Opening(weights={"head": name}, warnings=(), device="cpu", seconds=seconds)
        for name, seconds in (("a", 1.0), ("a", 2.0), ("b", 1.0))
    )
    crew._hear(Ready(first))
    crew._hear(Ready(slower))
    with pytest.raises(WorkersLost, match=r"found another model, .* or device than the first"):
        crew._hear(Ready(other))
    with pytest.raises(WorkersLost, match="started later came to nothing: no such model"):
        crew._hear(Refused(ValueError("no such model")))
    assert crew.opening == first


def test_a_full_disk_stops_the_run(tmp_path):
    with pytest.raises(OSError, match="No space left"):
        screened(tmp_path, ["", "locate.fill_disk"], limits=Limits())


def test_only_the_studies_at_work_are_drawn_and_no_process_outlives_the_engine(tmp_path):
    drawn = []

    def studies():
        for number in range(9):
            drawn.append(number)
            yield behaving_study(number)

    with open_local(opener_of(tmp_path), workers=1, limits=LIMITS) as engine:
        assert engine.opening.warnings == ("made up",)
        done = engine(studies())
        assert next(done).outcome.reason is Reason.METAL
        assert len(drawn) <= 4
        (name,) = tmp_path.glob("*.pid")
        os.kill(int(name.stem), 0)
    with pytest.raises(ProcessLookupError):
        os.kill(int(name.stem), 0)


def test_a_run_that_cannot_be_done_is_refused_in_its_own_words():
    with (
        pytest.raises(ValueError, match="no such model"),
        open_local(refuse, workers=1, limits=LIMITS),
    ):
        pass


def test_processes_that_end_before_they_are_ready_end_the_run(monkeypatch):
    monkeypatch.setattr(local, "_PATIENCE", 2)
    expected = "2 processes in a row came to nothing .* ended by itself with exit code 7"
    with (
        pytest.raises(WorkersLost, match=expected),
        open_local(vanish, workers=1, limits=LIMITS),
    ):
        pass


@pytest.mark.parametrize("wrong", [{"time_s": 0.0}, {"memory_bytes": -1}])
def test_limits_are_above_nothing(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be above 0, got"):
        Limits(**wrong)
