"""What a person said of a study, applied to what was located."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctbone.anatomy import VertebralLevel
from ctbone.errors import NotEvaluable, Reason
from ctbone.interchange import Verdict
from ctbone.localisation import locate_reviewed, open_review, relabelled
from ctbone.localisation.reviewing import noting, told_absence
from ctbone.records import Flag, StudyRecord
from tests.ingest.conftest import series_record
from tests.localisation.trust.conftest import row, vertebra

L = VertebralLevel
FLAG = Flag.RELABELLED_IN_REVIEW


def said(word="relabel", **names):
    """A verdict; names as in ``L1="T12"``, and ``None`` for none."""
    relabel = {L[old]: new if new is None else L[new] for old, new in names.items()}
    return Verdict(study_uid="1.2", verdict=word, relabel=relabel, reviewed_on=date(2026, 1, 1))


def levels(vertebrae):
    return [vertebra.level.name for vertebra in vertebrae]


def locate(verdict, vertebrae, uid="1.2"):
    return locate_reviewed(uid, None, lambda _: vertebrae, verdicts={"1.2": verdict})


def test_a_row_that_was_counted_wrongly_gets_the_names_of_the_reviewer():
    found = row("T11", "T12", "L1", "L2")
    named = relabelled(found, said(T11="T10", T12="T11", L1="T12", L2="L1"))
    assert levels(named) == ["T10", "T11", "T12", "L1"]
    assert {(v.confidence, v.runner_up, v.flags) for v in named} == {(1.0, None, (FLAG,))}
    assert [v.centroid_mm for v in named] == [v.centroid_mm for v in found]


def test_what_is_not_listed_stays_as_it_was_located():
    found = row("T12", "L1", "L2", "L5")
    named = relabelled(found, said(L5="L6"))
    assert named[:3] == tuple(found[:3])
    assert (levels(named)[3], named[3].confidence) == ("L6", 1.0)


def test_a_vertebra_without_a_name_must_not_be_measured():
    first, second = relabelled(row("L1", "L2"), said(L1=None))
    assert (first.level, first.reason, first.flags) == (L.L1, Reason.REJECTED_IN_REVIEW, (FLAG,))
    assert (second.reason, second.flags) == (None, ())


def test_one_without_a_name_makes_room_for_the_one_that_takes_it():
    # The locator took one vertebra for two: the reviewer takes one out, and the others move up.
    found = row("T12", "L1", "L2", "L3")
    named = relabelled(found, said(L1=None, T12="L1"))
    assert levels(named) == ["L1", "L2", "L3"]
    assert named[0].centroid_mm == found[0].centroid_mm


def uncertain(level, other):
    doubt = {"reason": Reason.LEVEL_UNCERTAIN, "detail": "L1 (0.50) or T12 (0.49)"}
    return vertebra(level, runner_up=L[other], **doubt)


@pytest.mark.parametrize("name", ["L1", "T12"])
def test_a_level_that_a_person_names_is_in_no_doubt(name):
    (named,) = relabelled([uncertain("L1", "T12")], said(L1=name))
    assert (named.level.name, named.reason, named.detail) == (name, None, "")
    assert (named.confidence, named.runner_up, named.flags) == (1.0, None, (FLAG,))


def test_another_reason_of_the_locator_stays():
    found = [vertebra("L1", reason=Reason.METAL, detail="found some")]
    (named,) = relabelled(found, said(L1="L2"))
    assert (named.level, named.reason, named.detail) == (L.L2, Reason.METAL, "found some")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (
            {"T12": "T11"},
            r"each vertebra that the review lists \(T12\), found L1, L2: .* other na",
        ),
        ({"L1": "L2"}, "expected one vertebra by the name of L2, found L1, L2"),
    ],
)
def test_names_that_do_not_fit_cost_the_study(names, told):
    with pytest.raises(NotEvaluable, match=told) as fault:
        relabelled(row("L1", "L2"), said(**names))
    assert fault.value.reason is Reason.RELABELLED_IN_REVIEW


def test_two_that_the_locator_calls_alike_bar_only_a_name_for_both():
    found = [*row("T12", "L1"), uncertain("L2", "L3"), uncertain("L2", "L3")]
    assert levels(relabelled(found, said(L1="T13"))) == ["T12", "T13", "L2", "L2"]
    with pytest.raises(NotEvaluable, match="one vertebra by the name of L3"):
        relabelled(found, said(L2="L3"))


def test_nobody_is_asked_about_a_rejected_study():
    def never(_):
        raise AssertionError

    with pytest.raises(NotEvaluable, match="found it rejected in review") as fault:
        locate_reviewed("1.2", None, never, verdicts={"1.2": said("reject")})
    assert fault.value.reason is Reason.REJECTED_IN_REVIEW


def test_an_accepted_study_is_as_one_that_nobody_looked_at():
    found = (uncertain("L1", "T12"), vertebra("L2"))
    assert locate(said("accept"), found) == found
    assert locate(said("reject"), found, uid="1.3") == found


@dataclass(frozen=True)
class Following:
    """A locator that remembers which names it was told."""

    told: dict = field(default_factory=dict)

    def under_names(self, names):
        return Following(dict(names))

    def __call__(self, _):
        return row("L1", "L2") if self.told else ()


def test_a_locator_that_looks_harder_at_some_levels_is_told_the_names():
    verdicts = {"1.2": said(L1="T12", L2="L1")}
    named = locate_reviewed("1.2", None, Following(), verdicts=verdicts)
    assert levels(named) == ["T12", "L1"]


some = st.lists(st.sampled_from(list(L)), unique=True, min_size=1, max_size=8)


@st.composite
def shuffled(draw):
    """Located levels, and other names for some of them by which no two are called alike."""
    located = draw(some)
    listed = draw(st.lists(st.sampled_from(located), unique=True, min_size=1))
    free = [level for level in L if level not in located] + listed
    new = draw(st.permutations(free))[: len(listed)]
    return located, dict(zip(listed, new, strict=True))


def verdict_of(names):
    return Verdict(study_uid="1.2", verdict="relabel", relabel=names, reviewed_on=date(2026, 1, 1))


@given(shuffled())
def test_names_and_their_inverse_give_the_first_names(drawn):
    located, names = drawn
    found = [vertebra(level.name) for level in located]
    there = relabelled(found, verdict_of(names))
    assert len({v.level for v in there}) == len(found)
    back = relabelled(there, verdict_of({new: old for old, new in names.items()}))
    assert levels(back) == levels(found)


@given(some)
def test_names_that_vertebrae_have_change_nothing(located):
    found = tuple(vertebra(level.name, runner_up=L.C1) for level in located)
    named = relabelled(found, verdict_of({level: level for level in located}))
    assert all(one is other for one, other in zip(found, named, strict=True))


def study(uid):
    return StudyRecord(uid, "p", study_date=None, age_years=None, sex=None, series=())


def test_studies_that_come_by_are_not_absent():
    absent = {"1", "2", "3"}
    assert [s.study_uid for s in noting(map(study, ("2", "9")), absent)] == ["2", "9"]
    assert absent == {"1", "3"}


def test_series_of_studies_that_come_by_are_not_absent():
    export = replace(study("2"), series=(series_record((), series_uid="2.1"),))
    absent = {"2.1", "3.1"}
    assert list(noting([export], absent)) == [export]
    assert absent == {"3.1"}


def test_what_is_not_in_the_export_is_told():
    verdicts = {"1": said("accept"), "2": said("accept")}
    told = told_absence({"2", "3.1"}, verdicts=verdicts, masks=["2.1", "3.1", "4.1"])
    assert told == [
        "1 of 2 rows of the review count (for nothing: 1 of studies not in the export)",
        "1 of 3 masks are of series that are not in the export",
    ]
    assert told_absence(set(), verdicts={}, masks=["2.1"]) == []


def test_without_a_file_nobody_said_anything(tmp_path):
    assert open_review(None) == {}
    (tmp_path / "it.csv").write_text("a,b\n")
    with pytest.raises(ValueError, match=r"it.csv: expected the columns"):
        open_review(tmp_path / "it.csv")


def test_axes_and_bodies_are_those_that_were_located():
    found = [replace(vertebra("L1"), axes=np.diag([1.0, -1.0, -1.0]))]
    (named,) = relabelled(found, said(L1="L2"))
    assert named.axes is found[0].axes
