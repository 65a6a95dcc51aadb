from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctbone.errors import Reason
from ctbone.evaluation import link
from ctbone.evaluation.flow import Flow, flow_of, flow_rows, reasons_of
from ctbone.records import BoneCategory

from .conftest import make_reference, make_result


@pytest.fixture
def linkage():
    cohort = [
        make_reference(1, 150.0),
        make_reference(2, 100.0),
        make_reference(3, 70.0),
        make_reference(4, 60.0),
        make_reference(5, None),
        make_reference(6, 100.0),
        make_reference("7a", 100.0, patient_id="p1", reference_date=None),
    ]
    results = [
        make_result(1, 140.0),
        make_result(2, None, reason=Reason.LEVEL_UNCERTAIN),
        make_result(3, 75.0),
        make_result(4, None, reason=Reason.NOT_CT),
        make_result(5, 75.0),
        make_result("7a", 75.0),
        make_result(9, 75.0),
    ]
    return link(results, cohort)


def test_studies_and_patients_are_followed_to_their_cells(linkage):
    flow = flow_of(linkage)
    assert (flow.studies, flow.without_result, flow.further_studies) == (7, 0, 1)
    assert (flow.patients, flow.without_category, flow.evaluated) == (6, 1, 5)
    assert flow.no_result == {
        "level_uncertain": (0, 1, 0),
        "not_ct": (0, 0, 1),
        "not_in_results": (0, 1, 0),
    }
    assert flow.results == {
        BoneCategory.NORMAL: (1, 0, 0),
        BoneCategory.OSTEOPENIA: (0, 0, 0),
        BoneCategory.OSTEOPOROSIS: (0, 0, 1),
    }
    assert (flow.with_result, flow.nonevaluable, flow.without_reference) == (2, 3, 1)


def test_the_table_holds_every_number(linkage):
    rows = list(flow_rows(flow_of(linkage)))
    by_step = {}
    for row in rows:
        by_step[row["step"]] = by_step.get(row["step"], 0) + row["count"]
    assert by_step == {
        "studies of the cohort": 7,
        "set aside: not in the results": 0,
        "with no other study, and not among the patients": 0,
        "set aside: their patient has another study": 1,
        "patients": 6,
        "without a reference category": 1,
        "evaluated": 5,
        "no result of the index test": 3,
        "result of the index test": 2,
    }


RESULTS = {BoneCategory.NORMAL: (1, 0, 0)}


@pytest.mark.parametrize(
    ("change", "message"),
    [({"studies": 9}, "studies must add up, got 9 and 3"), ({"no_result": {}}, "patients must")],
)
def test_numbers_that_do_not_add_up_are_refused(change, message):
    numbers = {
        "studies": 3,
        "without_result": 0,
        "further_studies": 0,
        "patients": 3,
        "without_category": 1,
        "no_result": {"not_ct": (0, 1, 0)},
        "results": RESULTS,
    }
    assert Flow(**numbers).evaluated == 2
    with pytest.raises(ValueError, match=message):
        Flow(**(numbers | change))


def test_the_commonest_reason_comes_first_and_none_is_said_so(linkage):
    cases = list(linkage.cases)
    (lost,) = [c for c in cases if c.result.reason is Reason.NOT_CT]
    assert list(reasons_of([*cases, lost])) == ["not_ct", "level_uncertain", "not_in_results"]
    plain = link([make_result(1, None, reason=None)], [make_reference(1, 100.0)])
    assert reasons_of(plain.cases) == {"not stated": (0, 1, 0)}


rows = st.lists(
    st.tuples(
        st.integers(0, 8),
        st.none() | st.floats(30, 200),
        st.none() | st.floats(30, 200),
        st.booleans(),
    ),
    max_size=30,
)


@given(rows)
def test_any_cohort_adds_up(found):
    cohort = [make_reference(i, ref, patient_id=f"p{p}") for i, (p, ref, _, _) in enumerate(found)]
    results = [make_result(i, index) for i, (_, _, index, there) in enumerate(found) if there]
    flow = flow_of(link(results, cohort))
    assert flow.studies == len(cohort)
    assert flow.evaluated + flow.without_category == flow.patients
