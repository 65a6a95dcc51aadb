from __future__ import annotations

import json
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.cohort import write_cohort
from ctbone.delimited import write_rows
from ctbone.errors import Reason
from ctbone.evaluation import EvaluateConfig, evaluate, link
from ctbone.evaluation.flow import flow_of, flow_rows
from ctbone.evaluation.reviewing import (
    apply_review,
    cautions_of_review,
    cautions_of_screening,
    review_flow,
)
from ctbone.evaluation.scales import THREE_WAY
from ctbone.interchange import REVIEW_COLUMNS, Verdict, read_results, result_cells
from ctbone.interchange.results import RESULT_COLUMNS
from ctbone.records import Flag

from .conftest import make_reference, make_result

L = VertebralLevel
BOTH = (L.L1, L.L2)


def said(number, word="relabel", **names):
    relabel = {L[old]: new if new is None else L[new] for old, new in names.items()}
    return Verdict(
        study_uid=f"1.{number}", verdict=word, relabel=relabel, reviewed_on=date(2026, 1, 1)
    )


def review(*verdicts):
    return {verdict.study_uid: verdict for verdict in verdicts}


def judged(verdict, result=None):
    result = result or make_result(1, 70.0, levels=BOTH)
    (row,) = apply_review([result], review(verdict)).rows
    return row


def test_an_accepted_result_stays_and_a_rejected_one_is_a_rejection():
    result = make_result(1, 70.0, levels=BOTH, kvp=120.0, p_osteoporosis=0.9)
    assert judged(said(1, "accept"), result) == result
    row = judged(said(1, "reject"), result)
    assert (row.status, row.reason) == ("rejected", Reason.REJECTED_IN_REVIEW)
    assert (row.category, row.bmd_mg_cm3, row.p_osteoporosis, row.levels) == (None,) * 3 + ((),)
    assert (row.patient_id, row.kvp) == (result.patient_id, 120.0)


def test_a_result_that_was_measured_under_names_of_a_reviewer_is_not_taken_out_for_them():
    result = make_result(1, 70.0, levels=BOTH, flags=(Flag.RELABELLED_IN_REVIEW,))
    verdict = said(1, T12="T11", L1="T12", L2="L1", L3="L2")
    assert judged(verdict, result) == result
    assert judged(verdict, make_result(1, 70.0, levels=BOTH)).status == "rejected"


@pytest.mark.parametrize(
    ("names", "levels", "stands"),
    [
        ({"T12": "T11"}, BOTH, True),
        ({"L1": "L2", "L2": "L1"}, BOTH, True),
        ({"L1": "L1"}, BOTH, True),
        ({"L1": "T12", "L2": "L1"}, BOTH, False),
        ({"L2": None}, BOTH, False),
        ({"L3": None}, BOTH, True),
        ({"L1": "T12", "L2": "L1"}, (L.L2,), False),
        # Results that do not say which levels they are of may be of any.
        ({"L1": "T12"}, (), False),
    ],
)
def test_a_relabelled_result_stands_where_the_same_levels_were_measured(names, levels, stands):
    result = make_result(1, 70.0, levels=levels)
    row = judged(said(1, **names), result)
    if stands:
        assert row == result
    else:
        assert row.reason is Reason.RELABELLED_IN_REVIEW
        assert "screen --review measures" in row.detail


def test_a_study_without_a_result_keeps_its_own_reason():
    lost = make_result(1, None, reason=Reason.METAL)
    for verdict in (said(1, "reject"), said(1, L1="L2"), said(1, "accept")):
        assert judged(verdict, lost) == lost


REFERENCE = {0: 150.0, 1: 130.0, 2: 100.0, 3: 70.0, 4: 60.0, 5: 50.0, 6: 75.0}
FOUND = {0: 140.0, 1: 70.0, 2: 105.0, 3: 90.0, 4: 55.0, 5: 130.0, 6: None}
VERDICTS = (
    said(0, "accept"), said(1, "reject"), said(3, "reject"), said(4, L1="T12", L2="L1"),
    said(5, L5="L6"), said(6, "reject"), said(99, "reject"),
)  # fmt: skip


@pytest.fixture
def reviewed():
    results = [make_result(n, bmd, levels=BOTH) for n, bmd in FOUND.items()]
    return apply_review(results, review(*VERDICTS))


@pytest.fixture
def linkage(reviewed):
    cohort = [make_reference(n, bmd) for n, bmd in REFERENCE.items()]
    return link(reviewed.rows, cohort, scale=THREE_WAY)


def test_a_verdict_on_a_patient_whom_the_results_do_not_mention_counts_for_nothing(reviewed):
    cohort = [make_reference(n, bmd) for n, bmd in (REFERENCE | {99: 60.0}).items()]
    cases = link(reviewed.rows, cohort, scale=THREE_WAY).cases
    flow = review_flow(cases, reviewed, scale=THREE_WAY)
    alone = review_flow(cases[:-1], reviewed, scale=THREE_WAY)
    assert not cases[-1].is_listed
    assert (flow.patients, flow.absent, flow.unasked) == (8, 1, alone.unasked)
    assert sum(flow.verdicts["rejected"]) == sum(alone.verdicts["rejected"])


def test_every_patient_has_a_verdict_or_none(reviewed, linkage):
    flow = review_flow(linkage.cases, reviewed, scale=THREE_WAY)
    assert flow.verdicts == {
        "accepted": (1, 0, 0),
        "rejected": (1, 0, 2),
        "relabelled": (0, 0, 2),
        "not reviewed": (0, 1, 0),
    }
    assert flow.patients == len(linkage.cases)
    # Patients 1, 3 and 4 lost a result, 1 and 3 a wrong one; 6 had none.
    assert (flow.taken, flow.contradicted) == ((1, 0, 2), (1, 0, 1))
    assert (flow.studies, flow.absent) == (7, 1)


def test_what_was_taken_out_is_no_result_and_wrong_by_intention(reviewed, linkage):
    flow = flow_of(linkage, review=review_flow(linkage.cases, reviewed, scale=THREE_WAY))
    assert flow.no_result == {
        "rejected_in_review": (1, 0, 1),
        "not_ct": (0, 0, 1),
        "relabelled_in_review": (0, 0, 1),
    }
    rows = [(r["step"], r["what"], r["reference"], r["count"]) for r in flow_rows(flow)]
    assert ("verdict of a reviewer", "relabelled", "osteoporosis", 2) in rows
    taken = "result that the review took out"
    assert (taken, "against the reference", "normal", 1) in rows


def test_a_flow_whose_verdicts_do_not_add_up_is_refused(reviewed, linkage):
    fewer = review_flow(linkage.cases[1:], reviewed, scale=THREE_WAY)
    with pytest.raises(ValueError, match="evaluated patients must add up, got 7 and 6"):
        flow_of(linkage, review=fewer)


def test_a_reader_is_told_what_the_review_did(reviewed, linkage):
    flow = review_flow(linkage.cases, reviewed, scale=THREE_WAY)
    rows, told = cautions_of_review(flow)
    assert rows.sentence == (
        "6 of 7 rows of the review count (for nothing: 1 of studies not in the results)."
    )
    assert "1 accepted, 3 rejected, 2 relabelled, 1 not reviewed" in told.sentence
    assert (
        "as without one: 3, of which 2 contradicted the reference. Accuracy is biased where"
        in (told.sentence)
    )
    assert list(cautions_of_screening(linkage.cases, reviewed.taken)) == []


def test_rows_of_studies_that_are_not_evaluated_count_for_nothing(reviewed):
    others = [make_reference(n, bmd) for n, bmd in REFERENCE.items() if n > 1]
    cases = link(reviewed.rows, others, scale=THREE_WAY).cases
    rows, _ = cautions_of_review(review_flow(cases, reviewed, scale=THREE_WAY))
    assert rows.count == 3
    assert rows.sentence.endswith(
        "(for nothing: 1 of studies not in the results, 2 of studies that are not evaluated)."
    )


def test_a_reader_is_told_that_a_person_took_part_in_the_screening():
    results = [
        make_result(1, 70.0, flags=(Flag.RELABELLED_IN_REVIEW,)),
        make_result(2, None, reason=Reason.REJECTED_IN_REVIEW),
        make_result(3, 70.0),
    ]
    cases = link(results, [make_reference(n, 70.0) for n in (1, 2, 3)]).cases
    (told,) = cautions_of_screening(cases)
    assert told.count == 2
    assert told.sentence.endswith("where that person knew the reference: 2 patients.")


def test_the_command_says_it_in_every_file(tmp_path):
    cohort = [make_reference(n, bmd) for n, bmd in REFERENCE.items()]
    results = [make_result(n, bmd, levels=BOTH) for n, bmd in FOUND.items()]
    write_cohort(tmp_path / "cohort.csv", cohort)
    write_rows(tmp_path / "results.csv", RESULT_COLUMNS, map(result_cells, results))
    cells = [
        {
            "study_uid": verdict.study_uid,
            "verdict": verdict.verdict,
            "relabel": " ".join(f"{old.name}={new.name}" for old, new in verdict.relabel.items()),
            "note": "DOE^JANE",
            "reviewed_on": verdict.reviewed_on,
        }
        for verdict in VERDICTS
    ]
    write_rows(tmp_path / "review.csv", REVIEW_COLUMNS, cells)
    out = tmp_path / "out"
    given = {name: tmp_path / f"{name}.csv" for name in ("results", "cohort", "review")}
    evaluate(EvaluateConfig(**given, out=out, bootstrap=0))
    document = json.loads((out / "evaluation.json").read_text())
    assert document["flow"]["review"]["verdicts"]["rejected"] == [1, 0, 2]
    assert document["flow"]["review"]["absent"] == 1
    target = document["groups"]["all patients"]["targets"]["osteoporosis"]
    # Of the four with osteoporosis one has a result, and is missed; three are missed by intention.
    assert (target["tp"], target["fn"]) == (0, 1)
    assert target["intention_to_diagnose"]["fn"] == 4
    assert "1 accepted, 3 rejected" in document["facts"]["cautions"]
    picture = " ".join(ET.fromstring((out / "figures" / "flow.svg").read_text()).itertext())  # noqa: S314 - our own file
    assert "Review by a person: 1 accepted" in " ".join(picture.split())
    page = (out / "evaluation.html").read_text()
    assert "Verdicts of a reviewer, by reference standard" in page
    written = [path for path in out.rglob("*") if path.is_file()]
    assert not any(b"DOE" in path.read_bytes() for path in written)
    # The results themselves are left as they were.
    assert [row.category for row in read_results(tmp_path / "results.csv")].count(None) == 1
