import errno
import re
import sqlite3
from contextlib import closing
from threading import Event

import pytest

from ctbone.attempts import Failure, StageClock, attempt, guard, is_full_disk, within
from ctbone.errors import LevelUncertain, NotEvaluable, Reason
from ctbone.records import Rejection, StudyRecord

STUDY = StudyRecord("1.2.3", "p", None, None, None, ())


def failing(error):
    def work(*_):
        raise error

    return work


def test_what_works_is_handed_on():
    assert guard(lambda: 7) == 7
    assert attempt(STUDY, lambda study: study.study_uid, clock=StageClock()) == "1.2.3"


def test_a_fault_keeps_its_reason_and_words():
    assert guard(failing(NotEvaluable("metal"))) == Failure(Reason.NOT_EVALUABLE, "metal")


@pytest.mark.parametrize("bug", [KeyError("DOE^JANE"), ValueError("DOE^JANE"), EOFError()])
def test_a_bug_says_where_it_arose_and_not_what_it_said(bug):
    failure = guard(failing(bug))
    assert failure.reason is Reason.UNEXPECTED
    assert type(bug).__name__ in failure.detail
    assert re.search(r" at \w+\.py:\d+", failure.detail)
    assert "JANE" not in failure.detail


class OutOfMemoryError(RuntimeError):
    """Named as that of PyTorch, which is raised for a GPU."""


@pytest.mark.parametrize(
    "shortage",
    [
        MemoryError("DOE^JANE"),
        OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    ],
)
def test_a_shortage_of_memory_has_its_own_reason(shortage):
    failure = guard(failing(shortage))
    assert failure.reason is Reason.OUT_OF_MEMORY
    assert re.fullmatch(r"the memory did not suffice \(\w+ at \w+\.py:\d+\)", failure.detail)


def full_of_sqlite():
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("PRAGMA max_page_count = 2")
        database.execute("CREATE TABLE t (x)")
        database.execute("INSERT INTO t VALUES (zeroblob(100000))")


def test_a_full_disk_is_told_of_no_study():
    with pytest.raises(OSError, match="No space left"):
        guard(failing(OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(sqlite3.OperationalError, match="full") as found:
        guard(full_of_sqlite)
    assert is_full_disk(found.value)
    assert not is_full_disk(OSError(errno.EIO, "I/O error"))
    assert not is_full_disk(sqlite3.OperationalError("made without a code"))


def test_a_person_can_still_interrupt():
    with pytest.raises(KeyboardInterrupt):
        guard(failing(KeyboardInterrupt()))


def test_a_rejection_names_the_stage_under_way():
    clock = StageClock()

    def work(_):
        clock.enter("read")
        raise NotEvaluable("metal")

    rejection = attempt(STUDY, work, clock=clock)
    assert isinstance(rejection, Rejection)
    assert (rejection.study_uid, rejection.stage) == ("1.2.3", "read")
    assert set(clock.seconds) == {"read"}


def test_the_detail_of_a_rejection_is_one_line():
    rejection = attempt(STUDY, failing(NotEvaluable("found\n[[1 0]\n [0 1]]")), clock=StageClock())
    assert rejection.detail == "found [[1 0] [0 1]]"


def test_work_that_ends_in_time_is_as_it_would_be_without():
    assert within(60.0, lambda: 7) == 7
    assert within(60.0, failing(LevelUncertain("T12 or L1"))) == Failure(
        Reason.LEVEL_UNCERTAIN, "T12 or L1"
    )
    with pytest.raises(OSError, match="No space left"):
        within(60.0, failing(OSError(errno.ENOSPC, "No space left on device")))


def test_work_that_does_not_end_is_not_waited_for():
    released = Event()
    found = within(0.01, released.wait)
    released.set()
    assert found == Failure(Reason.TIME_LIMIT, "expected an end within 0.01 s, found none")
