import re

import pytest

from ctbone.attempts import Failure, StageClock, attempt, guard
from ctbone.errors import NotEvaluable, Reason
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


@pytest.mark.parametrize("bug", [KeyError("DOE^JANE"), ValueError("DOE^JANE"), MemoryError()])
def test_a_bug_says_where_it_arose_and_not_what_it_said(bug):
    failure = guard(failing(bug))
    assert failure.reason is Reason.UNEXPECTED
    assert type(bug).__name__ in failure.detail
    assert re.search(r" at \w+\.py:\d+", failure.detail)
    assert "JANE" not in failure.detail


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
