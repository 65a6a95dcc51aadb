from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctbone.cohort import write_cohort
from ctbone.linkage import Eligibility, LinkReason, LinkRule, SplitRule
from ctbone.linkage.linking import link
from ctbone.linkage.matching import days_between
from ctbone.linkage.references import Place, RefusedRow
from tests.linkage.conftest import CT_DAY, make_reference, make_study


def linked(rows, found, *, exclude=None, split=None, **rule):
    return link(
        rows,
        found,
        rule=LinkRule(**rule),
        exclude=exclude or Eligibility(),
        split=split or SplitRule(),
    )


def reasons(linkage):
    rows = {row.place.line: row.reason.value for row in linkage.rows}
    studies = {left.study.study_uid: left.reason.value for left in linkage.studies}
    return rows, studies


def test_several_studies_of_a_patient_share_a_reference_or_the_nearest_has_it():
    studies = [make_study("1.2"), make_study("1.3", day=CT_DAY + timedelta(30))]
    rows = [make_reference(days=10)]
    every = linked(rows, studies)
    assert [row.study_uid for row in every.cohort()] == ["1.2", "1.3"]
    assert every.linked_rows == 1
    nearest = linked(rows, studies, studies="nearest")
    assert [row.study_uid for row in nearest.cohort()] == ["1.2"]
    assert reasons(nearest) == ({}, {"1.3": "another_study_nearer"})


def test_a_row_of_a_study_that_was_left_out_has_its_reason():
    found = linked(
        [make_reference(2, implant=True), make_reference(3, days=40)],
        [make_study()],
        exclude=Eligibility(without_implants=True),
    )
    # The implant is the patient's: the other row is not taken instead.
    assert reasons(found) == (
        {2: "implant", 3: "other_reference_preferred"},
        {"1.2": "implant"},
    )


def test_rows_are_called_as_headers_call_their_patient():
    rows = [make_reference(2), make_reference(3, days=-200), make_reference(4, patient="q")]
    found = linked(rows, [make_study(pseudonym="of p and issuer")])
    assert [row.patient_id for row in found.rows] == ["of p and issuer", "of q"]


def test_a_row_of_the_cohort_holds_what_is_known():
    (row,) = linked([make_reference(days=-3, site="north")], [make_study(sex="M")]).cohort()
    assert (row.patient_id, row.study_uid, row.path, row.site) == ("of p", "1.2", "", "north")
    assert (row.sex, row.age_years, row.study_date) == ("M", None, CT_DAY)
    assert (row.reference_date, row.t_score) == (CT_DAY - timedelta(3), -2.6)
    assert row.category == "osteoporosis"


def test_a_row_that_is_repeated_at_another_site_still_says_that_the_patient_is_there():
    rows = [make_reference(2, site="north"), make_reference(3, site="south")]
    with pytest.raises(ValueError, match="line 2 and spreadsheet 1, line 3 are of one patient"):
        linked(rows, [make_study()], split=SplitRule(external_sites=("south",)))
    rows = [make_reference(2, split="train"), make_reference(3, split="internal_test")]
    with pytest.raises(ValueError, match="a patient must be in one split"):
        linked(rows, [make_study()])


def test_lost_zeros_are_counted():
    rows = [make_reference(patient="7", other_patients=("07", "007")), make_reference(3, "8")]
    assert linked(rows, [make_study(patient="007")]).lost_zeros == 1


def test_nothing_gives_nothing():
    found = linked([], [])
    assert (found.cohort(), found.rows, found.studies) == ((), (), ())


def test_a_row_that_were_lost_would_be_noticed():
    found = linked([make_reference()], [make_study()])
    with pytest.raises(ValueError, match="2 rows were read, 1 accounted for"):
        replace(found, all_rows=2)
    with pytest.raises(ValueError, match="2 studies were found, 1 accounted for"):
        replace(found, all_studies=2)


_PATIENTS = st.sampled_from(["", "p", "q", "r", "several"])
_DAYS = st.one_of(st.none(), st.integers(-400, 400))


@st.composite
def worlds(draw):
    """Studies, and rows of which some are refused, repeated, contradicting or of nobody."""
    studies = [
        make_study(
            f"1.{number}",
            patient := draw(_PATIENTS),
            None if (days := draw(_DAYS)) is None else CT_DAY + timedelta(days),
            pseudonym=f"{patient} {number}" if patient in ("", "several") else None,
            accession=draw(st.sampled_from(["", "a", "b"])),
            sex=draw(st.sampled_from([None, "F", "M"])),
            contrast=draw(st.sampled_from([None, True])),
            reason=draw(st.sampled_from([None, None, None, LinkReason.STUDY_NOT_READABLE])),
        )
        for number in range(draw(st.integers(0, 8)))
    ]
    rows = []
    for number in range(draw(st.integers(0, 12))):
        patient = draw(st.sampled_from(["p", "q", "r", "s", "several"]))
        if draw(st.integers(0, 4)) == 0:
            place = Place(1, number)
            rows.append(RefusedRow(place=place, reason=LinkReason.NO_RESULT, patient=patient))
            continue
        uid = draw(st.sampled_from(["", "", "", "1.0", "1.1", "1.99"]))
        days = draw(st.integers(-400, 400) if not uid else _DAYS)
        rows.append(
            make_reference(
                number,
                patient,
                days,
                study_uid=uid,
                t_score=draw(st.sampled_from([-2.6, -2.7])),
                site=draw(st.sampled_from(["a", "b"])),
                implant=draw(st.sampled_from([None, True])),
                sex=draw(st.sampled_from([None, "F", "M"])),
            )
        )
    return rows, studies


@settings(deadline=None, max_examples=60)
@given(worlds(), st.sampled_from(["all", "nearest"]), st.booleans())
def test_every_row_and_every_study_is_accounted_for(tmp_path_factory, world, studies, strict):
    """Once each, and no patient is in two splits."""
    rows, found_studies = world
    sites = {row.site for row in rows if not isinstance(row, RefusedRow)}
    linkage = linked(
        rows,
        found_studies,
        exclude=Eligibility(without_contrast=strict, without_implants=strict),
        split=SplitRule(
            external_sites=("b",) if strict and "b" in sites else (),
            several_sites="exclude",
            temporal_after=CT_DAY.isoformat() if strict else None,
        ),
        studies=studies,
    )
    used = {pair.reference.place for pair in linkage.pairs}
    places = Counter([*used, *(row.place for row in linkage.rows)])
    assert places == Counter(row.place for row in rows)
    uids = Counter(pair.study.study_uid for pair in linkage.pairs)
    uids.update(left.study.study_uid for left in linkage.studies)
    assert uids == Counter(study.study_uid for study in found_studies)
    assert all(abs(pair.days or 0) <= 90 for pair in linkage.pairs)
    assert all(pair.study.reason is None for pair in linkage.pairs)
    # Writing refuses a study that stands twice, and a patient in two splits.
    write_cohort(tmp_path_factory.getbasetemp() / "cohort.csv", linkage.cohort())


@settings(deadline=None, max_examples=40)
@given(worlds())
def test_no_reference_is_nearer_than_the_one_chosen(world):
    rows, studies = world
    linkage = linked(rows, studies, check_identity=False)
    free = [row for row in rows if not isinstance(row, RefusedRow) and not row.names_study]
    conflicting = {row.place for row in linkage.rows if row.reason == "conflicting_rows"}
    for pair in linkage.pairs:
        if pair.reference.names_study:
            continue
        mine = [r for r in free if r.patient == pair.reference.patient]
        others = [days_between(pair.study, r) for r in mine if r.place not in conflicting]
        assert abs(pair.days) == min(map(abs, others))
