import errno
import time
from dataclasses import replace
from threading import Event

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.attempts import StageClock
from ctbone.errors import (
    LevelUncertain,
    NoEligibleSeries,
    NotEvaluable,
    NotHounsfield,
    Reason,
)
from ctbone.records import Flag, Rejection, ScreeningResult
from ctbone.screening import outcomes

from .fakes import series, study, vertebra, volume


def failing(fault):
    def step(*_):
        raise fault

    return step


@pytest.mark.parametrize(
    ("step", "fault", "stage"),
    [
        ("select", NoEligibleSeries("only scouts", reason=Reason.LOCALIZER), "select"),
        ("read", NotHounsfield("file 7: values from 0 to 3"), "read"),
        ("locate", LevelUncertain("T12 or L1"), "locate"),
    ],
)
def test_a_fault_becomes_a_rejection_with_its_reason_and_stage(make_pipeline, step, fault, stage):
    (outcome,) = outcomes([study()], pipeline=make_pipeline(**{step: failing(fault)}))
    assert isinstance(outcome, Rejection)
    assert (outcome.reason, outcome.detail, outcome.stage) == (fault.reason, str(fault), stage)
    assert outcome.patient_id == "pseudonym-of-1.2.3"


def test_one_bad_study_does_not_stop_the_next(make_pipeline):
    def read(_):
        if next(calls) == 1:
            raise NotEvaluable("metal")
        return make_pipeline().read(None)

    calls = iter(range(3))
    studies = [study(f"1.{n}") for n in range(3)]
    kinds = [type(o) for o in outcomes(studies, pipeline=make_pipeline(read=read))]
    assert kinds == [ScreeningResult, Rejection, ScreeningResult]


def test_a_bug_costs_one_study_and_does_not_repeat_its_message(make_pipeline):
    pipeline = make_pipeline(read=failing(KeyError("DOE^JANE")))
    (outcome,) = outcomes([study()], pipeline=pipeline)
    assert outcome.reason is Reason.UNEXPECTED
    assert "KeyError at " in outcome.detail
    assert "JANE" not in outcome.detail


def test_a_study_rejected_for_its_vertebrae_keeps_them(make_pipeline):
    def assess(_, vertebrae):
        return tuple(replace(v, reason=Reason.METAL, detail="found metal") for v in vertebrae)

    found = (vertebra(VertebralLevel.T12), vertebra(VertebralLevel.L1))
    pipeline = make_pipeline(locate=lambda _: found, assess=assess)
    (outcome,) = outcomes([study()], pipeline=pipeline)
    assert (outcome.reason, outcome.stage) == (Reason.METAL, "locate")
    assert outcome.series_uid == "1.2.3.4"
    assert [(v.level.name, v.reason) for v in outcome.vertebrae] == [
        ("T12", Reason.METAL),
        ("L1", Reason.METAL),
    ]
    assert outcome.missing == (VertebralLevel.L2,)


def test_a_study_never_has_the_vertebrae_of_the_one_before(make_pipeline):
    def locate(_):
        if next(calls):
            raise LevelUncertain("T12 or L1")
        return (vertebra(is_whole=False),)

    calls = iter((0, 1))
    first, second = outcomes([study("1"), study("2")], pipeline=make_pipeline(locate=locate))
    assert len(first.vertebrae) == 1
    assert (second.vertebrae, second.missing, second.series_uid) == ((), (), "")


def test_reading_ahead_changes_nothing_but_when_a_study_is_read(make_pipeline):
    """The next study is read while one is located, and no other; faults stay with their study."""
    order = []
    read_ahead = Event()

    def read(series):
        order.append(f"read {series.series_uid}")
        if series.series_uid == "2":
            read_ahead.set()
        if series.series_uid == "3":
            raise NotHounsfield("file 7")
        return volume(series.series_uid)

    def locate(volume):
        if volume.series_uid == "1":
            assert read_ahead.wait(60.0)
        order.append(f"locate {volume.series_uid}")
        return (vertebra(), vertebra(VertebralLevel.L2))

    def assess(_, vertebrae):
        return tuple(replace(v, reason=Reason.METAL, detail="made up") for v in vertebrae)

    studies = [study(f"1.{n}", series=(series(str(n)),)) for n in range(1, 5)]
    pipeline = make_pipeline(read=read, locate=locate, assess=assess)
    found = list(outcomes(iter(studies), pipeline=pipeline, ahead=True))
    assert [o.study_uid for o in found] == ["1.1", "1.2", "1.3", "1.4"]
    assert [(o.reason, o.stage) for o in found] == [
        (Reason.METAL, "locate"),
        (Reason.METAL, "locate"),
        (Reason.NOT_HOUNSFIELD, "read"),
        (Reason.METAL, "locate"),
    ]
    assert order.index("read 2") < order.index("locate 1") < order.index("read 3")
    assert found[2].acquisition.kernel == "B30f"


def test_a_study_without_a_series_has_its_scanner_all_the_same(make_pipeline):
    select = failing(NoEligibleSeries("only scouts", reason=Reason.LOCALIZER))
    made = study(series=(replace(series(), scanner="3f2a9c"),))
    (outcome,) = outcomes([made], pipeline=make_pipeline(select=select))
    assert outcome.acquisition.scanner == "unknown-3f2a9c"


def test_waiting_for_what_is_read_ahead_is_the_time_of_no_stage(make_pipeline):
    def read(series):
        time.sleep(0.02)
        return volume(series.series_uid)

    def locate(_):
        time.sleep(0.2)
        raise LevelUncertain("T12 or L1")

    clock = StageClock()
    pipeline = make_pipeline(read=read, locate=locate)
    studies = [study(f"1.{n}") for n in range(3)]
    found = list(outcomes(iter(studies), pipeline=pipeline, clock=clock, ahead=True))
    assert sum(clock.seconds.values()) == pytest.approx(sum(o.seconds for o in found))
    # A second and a third that counted from their reading on would have four stays in locate.
    assert clock.seconds["read"] < clock.seconds["locate"]


def test_stages_are_announced_with_their_study(make_pipeline):
    said = []
    pipeline = make_pipeline(locate=failing(LevelUncertain("T12 or L1")))
    list(outcomes([study("1.1")], pipeline=pipeline, announce=lambda *what: said.append(what)))
    assert said == [("1.1", "select"), ("1.1", "read"), ("1.1", "locate")]


def test_a_full_disk_is_not_the_fault_of_a_study(make_pipeline):
    full = OSError(errno.ENOSPC, "No space left on device")
    for ahead in (False, True):
        pipeline = make_pipeline(locate=failing(full))
        with pytest.raises(OSError, match="No space left"):
            list(outcomes(iter([study()]), pipeline=pipeline, ahead=ahead))


def test_time_is_summed_by_stage(make_pipeline):
    clock = StageClock()
    list(outcomes([study("1.1"), study("1.2")], pipeline=make_pipeline(), clock=clock))
    assert set(clock.seconds) == {"select", "read", "locate", "estimate", "decide"}
    assert all(spent > 0.0 for spent in clock.seconds.values())


class FakeDelivery:
    """Notes what it is asked to deliver."""

    def __init__(self, *flags):
        self.flags, self.calls = flags, []

    def __call__(self, study, series, volume, result):
        self.calls.append((study.study_uid, series.series_uid, volume.series_uid, result.model))
        return self.flags

    def refuse(self, study, rejection):
        self.calls.append((study.study_uid, rejection.reason))
        return self.flags


def test_every_outcome_is_delivered_and_carries_what_delivery_says(make_pipeline):
    deliver = FakeDelivery(Flag.DELIVERY_FAILED)
    (result,) = outcomes([study()], pipeline=make_pipeline(deliver=deliver))
    refused = make_pipeline(deliver=deliver, locate=failing(LevelUncertain("T12 or L1")))
    (rejection,) = outcomes([study()], pipeline=refused)
    assert deliver.calls == [
        ("1.2.3", "1.2.3.4", "1.2.3.4", "fake"),
        ("1.2.3", Reason.LEVEL_UNCERTAIN),
    ]
    assert result.flags[-1] is Flag.DELIVERY_FAILED
    assert rejection.flags == (Flag.DELIVERY_FAILED,)
    plain, *_ = outcomes([study()], pipeline=make_pipeline())
    assert Flag.DELIVERY_FAILED not in plain.flags


def test_delivery_is_a_stage_of_its_own(make_pipeline):
    clock = StageClock()
    list(outcomes([study()], pipeline=make_pipeline(deliver=FakeDelivery()), clock=clock))
    assert "deliver" in clock.seconds


class FakeShow:
    """Notes what it is asked to draw of rejected studies."""

    def __init__(self, *flags):
        self.flags, self.calls = flags, []

    def __call__(self, *_):
        return ()

    def refuse(self, rejection, volume):
        levels = [v.level.name for v in rejection.vertebrae]
        self.calls.append((rejection.reason, volume and volume.series_uid, levels))
        return self.flags


def test_a_rejected_study_is_drawn_as_far_as_it_was_read_and_located(make_pipeline):
    def assess(_, vertebrae):
        return tuple(replace(v, reason=Reason.METAL, detail="made up") for v in vertebrae)

    said, clock, show = [], StageClock(), FakeShow(Flag.PICTURE_FAILED)
    (found,) = outcomes(
        [study()],
        pipeline=make_pipeline(assess=assess, show=show),
        clock=clock,
        announce=lambda _, stage: said.append(stage),
    )
    assert (found.stage, found.flags) == ("locate", (Flag.PICTURE_FAILED,))
    assert said == ["select", "read", "locate", "show"]
    assert found.seconds == pytest.approx(sum(clock.seconds.values()))
    for changes in (
        {"locate": failing(LevelUncertain("T12 or L1"))},
        {"read": failing(NotHounsfield("file 7"))},
    ):
        list(outcomes([study()], pipeline=make_pipeline(show=show, **changes)))
    assert show.calls == [
        (Reason.METAL, "1.2.3.4", ["L1", "L2"]),
        (Reason.LEVEL_UNCERTAIN, "1.2.3.4", []),
        (Reason.NOT_HOUNSFIELD, None, []),
    ]
