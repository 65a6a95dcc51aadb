from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

import numpy as np
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.densitometry import ReferencePopulation
from ctbone.errors import LevelNotInField, NotEvaluable, OutOfDomain, Reason, UnreadableFile
from ctbone.interchange import Verdict
from ctbone.localisation import locate_reviewed, require_accepted
from ctbone.patches import InputConfig, to_input
from ctbone.records import BodyMask, BoneCategory, Flag, QctScores
from ctbone.screening import screen_study

from .fakes import FakeEstimator, series, study, vertebra, volume


def test_a_patient_is_the_mean_of_the_levels(make_pipeline):
    result = screen_study(study(), pipeline=make_pipeline())
    assert result.decision.bmd_mg_cm3 == 72.0
    assert result.decision.category is BoneCategory.OSTEOPOROSIS
    assert [e.level.name for e in result.estimates] == ["L1", "L2"]
    assert (result.study_uid, result.series_uid, result.model) == ("1.2.3", "1.2.3.4", "fake")


def test_levels_that_were_not_asked_for_are_located_but_not_measured(make_pipeline):
    everything = tuple(vertebra(VertebralLevel[name]) for name in ("T12", "L1", "L2", "L3"))
    result = screen_study(study(), pipeline=make_pipeline(locate=lambda _: everything))
    assert [e.level.name for e in result.estimates] == ["L1", "L2"]
    assert len(result.vertebrae) == 4


def test_a_level_at_the_edge_is_left_out_and_said(make_pipeline):
    found = (vertebra(VertebralLevel.L1), vertebra(VertebralLevel.L2, is_whole=False))
    result = screen_study(study(), pipeline=make_pipeline(locate=lambda _: found))
    assert [e.level.name for e in result.estimates] == ["L1"]
    assert Flag.ONE_LEVEL_ONLY in result.flags


def test_no_level_in_view_is_a_fault_that_names_what_was_found(make_pipeline):
    found = (vertebra(VertebralLevel.T11), vertebra(VertebralLevel.T12, is_whole=False))
    pipeline = make_pipeline(locate=lambda _: found)
    with pytest.raises(LevelNotInField, match=r"L1 or L2 whole .* found T11, T12 \(cut\)"):
        screen_study(study(), pipeline=pipeline)


def test_a_level_that_the_field_cuts_says_more_than_one_out_of_view(make_pipeline):
    found = (vertebra(VertebralLevel.T12), vertebra(VertebralLevel.L1, is_whole=False))
    pipeline = make_pipeline(locate=lambda _: found)
    with pytest.raises(NotEvaluable, match=r"L1: truncated, .*; L2: not in the field") as fault:
        screen_study(study(), pipeline=pipeline)
    assert fault.value.reason is Reason.TRUNCATED


def refused(reason, level=VertebralLevel.L1):
    return replace(vertebra(level), reason=reason, detail="expected none, found one")


def test_a_level_with_a_reason_leaves_the_patient_to_the_other(make_pipeline):
    def assess(_, vertebrae):
        return (refused(Reason.FRACTURE), *vertebrae[1:])

    result = screen_study(study(), pipeline=make_pipeline(assess=assess))
    assert result.decision.bmd_mg_cm3 == 74.0
    assert Flag.ONE_LEVEL_ONLY in result.flags
    assert [v.reason for v in result.vertebrae] == [Reason.FRACTURE, None]


def test_a_study_is_rejected_with_the_reason_that_says_most(make_pipeline):
    found = (refused(Reason.TRUNCATED), refused(Reason.METAL, VertebralLevel.L2))
    with pytest.raises(NotEvaluable, match="L1: truncated, expected none") as fault:
        screen_study(study(), pipeline=make_pipeline(locate=lambda _: found))
    assert fault.value.reason is Reason.METAL


def test_a_fallback_stands_in_where_it_is_configured_and_is_flagged(make_pipeline):
    spared = (vertebra(VertebralLevel.T12), refused(Reason.METAL))
    bmd = {"T12": 90.0, "L2": 74.0}
    known = {"locate": lambda _: spared, "estimate": FakeEstimator(bmd=bmd)}
    with pytest.raises(NotEvaluable):
        screen_study(study(), pipeline=make_pipeline(**known))
    pipeline = make_pipeline(**known, fallback=(VertebralLevel.T12,))
    result = screen_study(study(), pipeline=pipeline)
    assert result.decision.bmd_mg_cm3 == 90.0
    assert {Flag.FALLBACK_LEVEL, Flag.ONE_LEVEL_ONLY} <= set(result.flags)
    assert result.vertebrae[0].flags == (Flag.FALLBACK_LEVEL,)
    assert result.missing == (VertebralLevel.L2,)


def test_a_fallback_is_not_used_beside_a_level_that_was_asked_for(make_pipeline):
    found = (vertebra(VertebralLevel.T12), vertebra(VertebralLevel.L1))
    pipeline = make_pipeline(locate=lambda _: found, fallback=(VertebralLevel.T12,))
    result = screen_study(study(), pipeline=pipeline)
    assert [e.level.name for e in result.estimates] == ["L1"]
    assert Flag.FALLBACK_LEVEL not in result.flags


@dataclass(frozen=True)
class MetalIn(FakeEstimator):
    metal: tuple[str, ...] = ("L1", "L2")

    def __call__(self, patches):
        for patch in patches:
            if patch.level.name in self.metal:
                raise NotEvaluable("metal", level=patch.level)
        return super().__call__(patches)


def test_a_level_that_cannot_be_measured_leaves_the_patient_to_the_other(make_pipeline):
    pipeline = make_pipeline(estimate=MetalIn(metal=("L1",)))
    result = screen_study(study(), pipeline=pipeline)
    assert result.decision.bmd_mg_cm3 == 74.0
    assert Flag.ONE_LEVEL_ONLY in result.flags


def test_no_level_that_can_be_measured_is_a_fault_with_each_reason(make_pipeline):
    with pytest.raises(NotEvaluable, match="L1: not evaluable, metal; L2: not evaluable, metal"):
        screen_study(study(), pipeline=make_pipeline(estimate=MetalIn()))


@dataclass(frozen=True)
class Together(FakeEstimator):
    """Gives every level the answer for the patient, and notes whom it was asked for."""

    asked: list = field(default_factory=list)

    def __call__(self, patches):
        self.asked.append([patch.level.name for patch in patches])
        if "L1" in self.asked[-1]:
            raise NotEvaluable("metal", level=VertebralLevel.L1)
        one = super().__call__(patches[:1])[0]
        return tuple(replace(one, level=patch.level) for patch in patches)


def test_levels_are_estimated_together_and_anew_without_one_that_cannot_be(make_pipeline):
    estimate = Together()
    levels = tuple(VertebralLevel[name] for name in ("L1", "L2", "L3"))
    pipeline = make_pipeline(
        estimate=estimate, levels=levels, locate=lambda _: tuple(map(vertebra, levels))
    )
    result = screen_study(study(), pipeline=pipeline)
    assert estimate.asked == [["L1", "L2", "L3"], ["L2", "L3"]]
    assert [e.level.name for e in result.estimates] == ["L2", "L3"]
    assert result.decision.bmd_mg_cm3 == 74.0
    assert [v.reason for v in result.vertebrae] == [Reason.NOT_EVALUABLE, None, None]


@pytest.mark.parametrize("level", [None, VertebralLevel.T12])
def test_a_fault_that_names_no_measured_level_speaks_of_all(make_pipeline, level):
    @dataclass(frozen=True)
    class Refusing(FakeEstimator):
        def __call__(self, patches):
            raise NotEvaluable("no bone", level=level)

    with pytest.raises(NotEvaluable, match="L1: not evaluable, no bone; L2: not evaluable, no bo"):
        screen_study(study(), pipeline=make_pipeline(estimate=Refusing()))


def test_one_level_without_a_mask_leaves_the_patient_to_the_other(make_pipeline):
    @dataclass(frozen=True)
    class OnlyBodies(FakeEstimator):
        def __call__(self, patches):
            for patch in patches:
                to_input(patch, config=InputConfig(only_body=True))
            return super().__call__(patches)

    body = BodyMask(np.ones((9, 9, 9), dtype=bool), np.diag([1.0, 1.0, 1.0, 1.0]))
    outlined = replace(vertebra(VertebralLevel.L1), body=body, centroid_mm=(4.0, 4.0, 4.0))
    bare = vertebra(VertebralLevel.L2)
    pipeline = make_pipeline(locate=lambda _: (outlined, bare), estimate=OnlyBodies())
    result = screen_study(study(), pipeline=pipeline)
    assert [e.level.name for e in result.estimates] == ["L1"]
    assert [v.reason for v in result.vertebrae] == [None, Reason.MASK_MISSING]
    pipeline = make_pipeline(locate=lambda _: (bare,), estimate=OnlyBodies())
    with pytest.raises(NotEvaluable, match="L2: mask missing, L2: expected a body mask") as fault:
        screen_study(study(), pipeline=pipeline)
    assert fault.value.reason is Reason.MASK_MISSING


def test_a_fallback_is_measured_where_no_level_could_be(make_pipeline):
    found = tuple(vertebra(VertebralLevel[name]) for name in ("T12", "L1", "L2"))
    estimate = MetalIn(bmd={"T12": 90.0})
    pipeline = make_pipeline(
        locate=lambda _: found, estimate=estimate, fallback=(VertebralLevel.T12,)
    )
    result = screen_study(study(), pipeline=pipeline)
    assert [e.level.name for e in result.estimates] == ["T12"]
    assert [v.reason for v in result.vertebrae] == [None, *[Reason.NOT_EVALUABLE] * 2]


def test_flags_of_every_stage_reach_the_result(make_pipeline):
    chosen = series(flags=(Flag.CONTRAST_ENHANCED, Flag.THICK_SLICES))
    result = screen_study(
        study(age_years=None, sex=None), pipeline=make_pipeline(select=lambda _: chosen)
    )
    wanted = {Flag.CONTRAST_ENHANCED, Flag.THICK_SLICES, Flag.AGE_UNKNOWN, Flag.SEX_UNKNOWN}
    assert wanted <= set(result.flags)


PEOPLE = ReferencePopulation(
    name="people",
    version=1,
    quantity="bmd_mg_cm3",
    levels=("L1", "L2"),
    sex="F",
    young_mean=172.0,
    young_sd=25.0,
    population="nobody",
    source="made up",
    verified="nothing",
    phantom="k2hpo4",
    mean_by_age={20.0: 172.0, 70.0: 102.0},
    sd_by_age={20.0: 25.0, 70.0: 30.0},
)


def test_a_density_is_compared_with_people_and_decided_without_them(make_pipeline):
    plain = screen_study(study(), pipeline=make_pipeline())
    result = screen_study(study(), pipeline=make_pipeline(references=(PEOPLE,)))
    # 72 mg/cm3 at 70 years: (72 - 172) / 25 and (72 - 102) / 30.
    assert result.qct == QctScores(t_score=-4.0, z_score=-1.0)
    assert plain.qct == QctScores()
    assert (result.decision, result.flags) == (plain.decision, plain.flags)


def test_one_level_is_not_compared_with_the_mean_of_two(make_pipeline):
    pipeline = make_pipeline(locate=lambda _: (vertebra(VertebralLevel.L1),), references=(PEOPLE,))
    result = screen_study(study(), pipeline=pipeline)
    assert (result.qct.t_score, result.qct.z_score) == (None, None)
    assert result.qct.detail.endswith("expected L1 and L2, which people holds for, found L1")


def test_a_patient_of_unknown_age_and_sex_has_no_score(make_pipeline):
    pipeline = make_pipeline(references=(PEOPLE,))
    ageless = screen_study(study(age_years=None), pipeline=pipeline).qct
    assert (ageless.t_score, ageless.z_score) == (-4.0, None)
    sexless = screen_study(study(sex=None), pipeline=pipeline).qct
    assert (sexless.t_score, sexless.z_score) == (None, None)
    assert "found none in the header" in ageless.detail
    assert "found none in the header" in sexless.detail


def test_a_series_that_cannot_be_read_gives_way_to_the_next(make_pipeline):
    def read(chosen):
        if chosen.series_uid == "1.1":
            raise UnreadableFile("file 1 ends within its pixels")
        return volume()

    both = study(series=(series("1.1"), series("1.2")))
    pipeline = make_pipeline(read=read, select=lambda s: min(s.series, key=lambda x: x.series_uid))
    with pytest.raises(UnreadableFile):
        screen_study(study(series=(series("1.1"),)), pipeline=pipeline)
    result = screen_study(both, pipeline=pipeline)
    assert result.series_uid == "1.2"
    assert Flag.PREFERRED_UNREADABLE in result.flags


def test_a_series_that_may_not_be_measured_is_not_called_unreadable(make_pipeline):
    def require(chosen):
        if chosen.series_uid == "1.1":
            raise OutOfDomain("made at 80 kV", reason=Reason.KVP_OUT_OF_DOMAIN)

    def read(chosen):
        if chosen.series_uid == "1.2":
            raise UnreadableFile("file 1 ends within its pixels")
        return volume()

    def first(study):
        return min(study.series, key=lambda one: one.series_uid)

    pipeline = make_pipeline(require=require, read=read, select=first)
    result = screen_study(study(series=(series("1.1"), series("1.3"))), pipeline=pipeline)
    told = {Flag.PREFERRED_OUT_OF_DOMAIN, Flag.PREFERRED_UNREADABLE}
    assert (result.series_uid, told & set(result.flags)) == ("1.3", {Flag.PREFERRED_OUT_OF_DOMAIN})
    three = study(series=tuple(series(uid) for uid in ("1.1", "1.2", "1.3")))
    assert told <= set(screen_study(three, pipeline=pipeline).flags)


def test_stages_are_told_in_order(make_pipeline):
    told, shown = [], []
    pipeline = make_pipeline(show=lambda *seen: shown.append(seen) or (Flag.PICTURE_FAILED,))
    result = screen_study(study(), pipeline=pipeline, enter=told.append)
    assert Flag.PICTURE_FAILED in result.flags
    assert told == ["select", "read", "locate", "estimate", "decide", "show"]
    assert [seen[0] for seen in shown] == ["1.2.3"]


def reviewed(word="relabel", **names):
    relabel = {VertebralLevel[old]: VertebralLevel[new] for old, new in names.items()}
    verdict = Verdict(
        study_uid="1.2.3", verdict=word, relabel=relabel, reviewed_on=date(2026, 1, 1)
    )
    return partial(locate_reviewed, verdicts={"1.2.3": verdict})


def test_levels_are_measured_under_the_names_of_a_reviewer_and_flagged(make_pipeline):
    found = tuple(vertebra(VertebralLevel[name]) for name in ("T12", "L1", "L2"))
    named = reviewed(T12="L1", L1="L2", L2="L3")
    assessed = []

    def assess(_, vertebrae):
        assessed.extend(v.level.name for v in vertebrae)
        return (refused(Reason.FRACTURE), *vertebrae[1:])

    pipeline = make_pipeline(locate=lambda _: found, review=named, assess=assess)
    result = screen_study(study(), pipeline=pipeline)
    assert assessed == ["L1", "L2", "L3"]
    assert [e.level.name for e in result.estimates] == ["L2"]
    assert Flag.RELABELLED_IN_REVIEW in result.flags
    another = screen_study(study("1.2.4"), pipeline=replace(pipeline, assess=lambda _, v: v))
    assert another.vertebrae == found
    assert Flag.RELABELLED_IN_REVIEW not in another.flags


def test_a_name_that_moves_nothing_that_is_measured_is_told_all_the_same(make_pipeline):
    found = tuple(vertebra(VertebralLevel[name]) for name in ("L1", "L2", "L5"))
    pipeline = make_pipeline(locate=lambda _: found, review=reviewed(L5="L6"))
    assert Flag.RELABELLED_IN_REVIEW in screen_study(study(), pipeline=pipeline).flags


def test_a_study_that_a_reviewer_rejected_is_refused_before_it_is_read(make_pipeline):
    told, read = [], []
    verdict = Verdict(study_uid="1.2.3", verdict="reject", reviewed_on=date(2026, 1, 1))
    admit = partial(require_accepted, verdicts={"1.2.3": verdict})
    pipeline = make_pipeline(admit=admit, read=read.append)
    with pytest.raises(NotEvaluable) as fault:
        screen_study(study(), pipeline=pipeline, enter=told.append)
    assert fault.value.reason is Reason.REJECTED_IN_REVIEW
    assert (told, read) == (["select"], [])


def test_a_study_that_a_reviewer_accepted_is_as_it_was(make_pipeline):
    plain, accepted = (
        screen_study(study(), pipeline=make_pipeline(**known))
        for known in ({}, {"review": reviewed("accept")})
    )
    assert (accepted.flags, accepted.decision) == (plain.flags, plain.decision)
