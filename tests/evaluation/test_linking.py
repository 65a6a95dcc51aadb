from __future__ import annotations

from datetime import date

import pytest

from ctbone.evaluation import link

from .conftest import make_reference, make_result


def chosen(cohort):
    results = [make_result(number, 100) for number in range(9)]
    return [case.reference.study_uid for case in link(results, cohort).cases]


def test_the_study_nearest_to_the_reference_speaks_for_the_patient():
    dates = {0: date(2019, 1, 1), 1: date(2020, 1, 20), 2: date(2020, 3, 1)}
    cohort = [make_reference(n, 100, patient_id="p", study_date=d) for n, d in dates.items()]
    assert chosen(cohort) == chosen(cohort[::-1]) == ["1.1"]


def test_without_dates_the_first_study_speaks():
    cohort = [make_reference(n, 100, patient_id="p", study_date=None) for n in (2, 1)]
    assert chosen(cohort) == ["1.1"]


def test_a_rejected_study_is_not_passed_over_for_a_better_one():
    cohort = [
        make_reference(0, 100, patient_id="p", study_date=date(2020, 1, 11)),
        make_reference(1, 100, patient_id="p", study_date=date(2021, 1, 1)),
    ]
    (case,) = link([make_result(0, None), make_result(1, 100)], cohort).cases
    assert not case.is_evaluable


def test_everything_is_accounted_for():
    cohort = [
        make_reference(0, 100),
        make_reference(1, 100, category=None),
        make_reference(2, 100, patient_id="p0", study_date=date(2010, 1, 1)),
        make_reference(3, 100),
    ]
    found = link([make_result(n, 90) for n in (0, 1, 2, 7)], cohort)
    assert [case.is_listed for case in found.cases] == [True, False]
    assert (found.without_result, found.without_reference) == (0, 1)
    assert (found.without_category, found.further_studies) == (1, 1)


def test_a_study_stands_once_in_the_results():
    with pytest.raises(ValueError, match=r"a study must stand once in the results, 1\.0 is there"):
        link([make_result(0, 90), make_result(0, 80)], [make_reference(0, 90)])


def test_every_study_of_a_patient_with_a_case_is_kept_beside_it():
    cohort = [
        make_reference(1, 100, patient_id="p"),
        make_reference(2, 70, patient_id="p", reference_date=None),
        make_reference(3, None, patient_id="p", reference_date=None),
        make_reference(4, None, patient_id="q"),
        make_reference(5, 100, patient_id="q", reference_date=None),
    ]
    linkage = link([make_result(number, 100) for number in (1, 2, 3, 4, 5)], cohort)
    assert [case.reference.study_uid for case in linkage.cases] == ["1.1", "1.5"]
    assert [case.reference.study_uid for case in linkage.studies] == [
        *("1.1", "1.2", "1.3", "1.4", "1.5")
    ]
    assert linkage.studies_of(linkage.cases) == linkage.studies
    assert linkage.studies_of([]) == ()


def test_a_study_without_a_reference_costs_no_patient_another_that_has_one():
    cohort = [
        make_reference(1, None, patient_id="p", study_date=date(2020, 1, 10)),
        make_reference(2, 100, patient_id="p", study_date=date(2020, 6, 1)),
    ]
    found = link([make_result(1, 90), make_result(2, 90)], cohort)
    assert [case.reference.study_uid for case in found.cases] == ["1.2"]
    assert (found.without_category, found.further_studies) == (0, 1)


def test_patients_whom_the_results_do_not_mention_are_cases_without_a_result():
    cohort = [make_reference(n, 100, patient_id=p) for n, p in ((1, "p"), (2, "p"), (3, "q"))]
    cohort.append(make_reference(4, 100, patient_id="q", study_date=date(2021, 1, 1)))
    found = link([make_result(1, 90)], cohort)
    listed, missed = found.cases
    assert (listed.is_listed, listed.is_evaluable) == (True, True)
    assert (missed.is_listed, missed.is_evaluable) == (False, False)
    assert missed.reference.study_uid == missed.result.study_uid == "1.3"
    assert (found.without_result, found.further_studies, found.patients_without_result) == (
        2,
        0,
        0,
    )
    assert [case.reference.study_uid for case in found.studies] == ["1.1"]


@pytest.mark.parametrize(
    "changes", [{"split": "external_test"}, {"site": "B"}, {"category": None}]
)
def test_patients_of_another_cohort_or_without_a_reference_are_no_cases(changes):
    cohort = [make_reference(1, 100), make_reference(2, 100, **changes)]
    found = link([make_result(1, 90)], cohort)
    assert [case.reference.study_uid for case in found.cases] == ["1.1"]
    assert (found.without_result, found.patients_without_result) == (1, 1)


def test_a_listed_study_without_a_reference_does_not_hide_a_judged_one_that_was_lost():
    cohort = [
        make_reference(0, 100),
        make_reference(1, None, patient_id="p"),
        make_reference(2, 100, patient_id="p"),
    ]
    found = link([make_result(0, 90), make_result(1, 90)], cohort)
    assert [(c.reference.study_uid, c.is_listed) for c in found.cases] == [
        ("1.2", False),
        ("1.0", True),
    ]
    assert (found.without_category, found.further_studies, found.without_result) == (0, 1, 0)


@pytest.mark.parametrize(
    ("lost", "count"),
    [(date(2020, 1, 2), 1), (date(2020, 2, 1), 0), (date(2021, 1, 1), 0), (None, 0)],
)
def test_a_nearer_study_that_was_lost_is_counted(lost, count):
    cohort = [
        make_reference(1, 100, patient_id="p", study_date=date(2020, 2, 1)),
        make_reference(2, 100, patient_id="p", study_date=lost),
        make_reference(3, None, patient_id="p", study_date=date(2020, 1, 1)),
    ]
    found = link([make_result(1, 90)], cohort)
    assert [case.reference.study_uid for case in found.cases] == ["1.1"]
    assert found.nearer_missed == count
