from __future__ import annotations

from datetime import date

import pytest

from ctbone.evaluation import assess, link
from ctbone.evaluation.cautions import cautions_of
from ctbone.evaluation.linking import group_by_cohort

from .conftest import make_reference, make_result

SAME_DAY = date(2020, 1, 1)


def cautions(rows, results=None):
    """Return the cautions about a cohort by code; every patient has a result unless told."""
    results = results or [make_result(r.study_uid.removeprefix("1."), 100.0) for r in rows]
    linkage = link(results, rows)
    groups = tuple(
        assess(f"{split}, {site}", cases)
        for (split, site), cases in group_by_cohort(linkage.cases).items()
    )
    found = cautions_of(groups, linkage)
    assert all(c.count > 0 and c.sentence.endswith(".") for c in found)
    return {caution.code: caution for caution in found}


def rows(n=30, **changes):
    return [make_reference(i, 100.0, **changes) for i in range(n)]


def test_a_sound_cohort_has_but_the_dependence_of_its_tables():
    found = cautions(rows(split="external_test"))
    assert set(found) == {"dependent_tables"}
    assert found["dependent_tables"].count == 3


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"split": "temporal_test"}, "temporal_is_internal"),
        ({"split": "train"}, "seen_in_training"),
        ({"split": "validation"}, "seen_in_training"),
        ({"reference_date": date(2020, 4, 1)}, "long_interval"),
        ({"reference_date": None}, "unknown_interval"),
        ({"reference_standard": "HU"}, "attenuation_as_reference"),
        ({"reference_standard": "HU", "reference_date": SAME_DAY}, "same_image"),
        ({"reference_standard": "simulated"}, "simulated_patients"),
    ],
)
def test_what_the_review_minds_in_patients_is_counted(changes, code):
    found = cautions([*rows(), make_reference(99, 100.0, **changes)])
    assert found[code].count == 1
    assert found[code].sentence.endswith(": 1 patient.")


def test_ninety_days_are_not_too_many():
    within = cautions(rows(reference_date=date(2020, 3, 31)))
    beyond = cautions(rows(reference_date=date(2020, 4, 1)))
    assert "long_interval" not in within
    assert beyond["long_interval"].count == 30


def test_attenuation_of_another_day_is_of_another_image():
    found = cautions(rows(reference_standard="HU"))
    assert "attenuation_as_reference" in found
    assert "same_image" not in found


def test_fewer_than_thirty_patients_are_too_few():
    found = cautions(rows(29))
    assert found["few_patients"].count == 29
    assert "fewer than 30" in found["few_patients"].sentence


def test_standards_in_one_table_are_not_mixed_unseen():
    dxa = [make_reference(i + 50, None, reference_standard="DXA", t_score=-1.5, category=None)
           for i in range(2)]  # fmt: skip
    dxa = [type(row)(**{**_fields(row), "category": "osteopenia"}) for row in dxa]
    found = cautions([*rows(), *dxa])
    assert found["mixed_reference_standards"].count == 32
    assert "(DXA, QCT)" in found["mixed_reference_standards"].sentence
    assert "mixed_cut_offs" not in found


def test_standards_of_different_tables_may_differ():
    apart = [make_reference(i + 50, 100.0, reference_standard="simulated", site="B")
             for i in range(2)]  # fmt: skip
    assert "mixed_reference_standards" not in cautions([*rows(), *apart])


def test_cut_offs_in_one_table_are_not_mixed_unseen():
    asian = make_reference(99, 60.0, density_rule="east_asian_qct", category="osteopenia")
    found = cautions([*rows(), asian])
    assert found["mixed_cut_offs"].count == 31
    assert "acr_qct, east_asian_qct" in found["mixed_cut_offs"].sentence


def test_models_in_one_table_are_not_mixed_unseen():
    results = [make_result(i, 100.0, model="ab"[i % 2]) for i in range(30)]
    assert cautions(rows(), results)["mixed_models"].count == 30


def test_sites_within_a_split_are_no_external_validation():
    inner = [make_reference(i, 100.0, site="AB"[i % 2]) for i in range(60)]
    outer = [make_reference(i, 100.0, site="C", split="external_test") for i in range(60, 90)]
    assert cautions([*inner, *outer])["sites_are_not_external"].count == 60
    outer = [make_reference(i, 100.0, site="AB"[i % 2], split="external_test") for i in range(60)]
    assert "sites_are_not_external" not in cautions(outer)


def test_what_did_not_become_a_patient_is_counted():
    cohort = [*rows(), make_reference(40, None), make_reference(41, 100.0)]
    cohort.append(make_reference(42, 100.0, patient_id="p1", reference_date=None))
    results = [make_result(i, 100.0 if i else None) for i in (*range(30), 40, 42, 77)]
    found = cautions(cohort, results)
    names = ("no_result", "not_in_results", "without_reference", "without_category")
    assert [found[name].count for name in names] == [2, 1, 1, 1]
    assert found["not_in_results"].sentence == (
        "Studies of the cohort that are not in the results: 1; counted as without a result: 1 "
        "patient."
    )


def test_a_site_of_which_the_results_say_nothing_is_told_and_not_counted():
    other = [make_reference(i, 100.0, site="Z") for i in (50, 51)]
    found = cautions([*rows(), *other], [make_result(i, 100.0) for i in range(30)])
    assert "no_result" not in found
    assert found["not_in_results"].sentence == (
        "Studies of the cohort that are not in the results: 2; in no table, as they have no "
        "reference category, or nobody of their split and site is in the results: 2 patients."
    )


def test_patients_of_no_result_at_all_make_no_test_of_many():
    found = cautions(rows(), [make_result(i, 100.0) for i in range(20)])
    assert found["few_patients"].count == 20


def test_cohorts_of_few_patients_share_one_sentence():
    found = cautions([make_reference(i, 100.0, site=f"s{i // 2}") for i in range(14)])
    sentence = found["few_patients"].sentence
    assert found["few_patients"].count == 14
    assert sentence.startswith("The review excludes tests on fewer than 30 patients: internal_tes")
    assert "internal_test, s4 (2); and 2 further cohorts." in sentence
    assert "s5" not in sentence


def _fields(row):
    return {name: getattr(row, name) for name in type(row).__dataclass_fields__}


def test_a_category_without_its_density_has_no_cut_off_to_be_mixed():
    stated = make_reference(99, None, category="osteopenia")
    asian = [make_reference(i, 60.0, density_rule="east_asian_qct", category="osteopenia")
             for i in range(30)]  # fmt: skip
    assert "mixed_cut_offs" not in cautions([*asian, stated])


def test_patients_judged_by_a_farther_study_than_one_that_was_lost_are_counted():
    cohort = rows(study_date=date(2020, 3, 1))
    cohort.append(make_reference(40, 100.0, patient_id="p1", study_date=SAME_DAY))
    found = cautions(cohort, [make_result(i, 100.0) for i in range(30)])
    assert found["nearer_not_in_results"].sentence == (
        "Patients judged by a study although one nearer to the reference is not in results: 1."
    )
