from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctbone.evaluation import Case
from ctbone.evaluation.subgroups import (
    COVARIATES,
    UNKNOWN,
    Subgroup,
    assess_subgroups,
    subgroups,
    value_in,
)
from ctbone.records import BoneCategory

from .conftest import make_reference, make_result


def case(number=1, index=100.0, reference=100.0, acquired=None, **changes):
    return Case(
        reference=make_reference(number, reference, **changes),
        result=make_result(number, index, **(acquired or {})),
    )


def value(covariate, one):
    return value_in(one, covariate)


@pytest.mark.parametrize(
    ("written", "vendor"),
    [
        ("SIEMENS", "Siemens"),
        ("Siemens Healthineers", "Siemens"),
        ("GE MEDICAL SYSTEMS", "GE"),
        ("Philips", "Philips"),
        ("TOSHIBA", "Canon or Toshiba"),
        ("Canon Medical Systems", "Canon or Toshiba"),
        ("Gensight", "Gensight"),
        ("", UNKNOWN),
    ],
)
def test_spellings_of_a_vendor_are_one(written, vendor):
    assert value("vendor", case(acquired={"manufacturer": written})) == vendor


@pytest.mark.parametrize(
    ("thickness", "band"),
    [
        (0.6, "up to 1.5 mm"),
        (1.5, "up to 1.5 mm"),
        (1.51, "over 1.5 to 3 mm"),
        (3.0, "over 1.5 to 3 mm"),
        (3.01, "over 3 mm"),
        (None, UNKNOWN),
    ],
)
def test_thickness_bands_end_where_they_say(thickness, band):
    one = case(acquired={"slice_thickness_mm": thickness})
    assert value("slice thickness", one) == band


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (49.9, "under 50 years"),
        (50.0, "50-59 years"),
        (79.9, "70-79 years"),
        (80.0, "80 years and over"),
        (None, UNKNOWN),
    ],
)
def test_age_bands_end_where_they_say(age, band):
    assert value("age", case(age_years=age)) == band


def test_kernels_are_named_and_judged():
    one = case(acquired={"kernel": "BONEPLUS", "manufacturer": "GE MEDICAL SYSTEMS"})
    assert (value("kernel", one), value("kernel kind", one)) == ("BONEPLUS", "sharp")
    assert value("kernel kind", case()) == UNKNOWN


def test_the_rest_is_read_as_it_is_written():
    one = case(acquired={"kvp": 120.0, "contrast": False}, sex="F", site="A")
    names = ("tube potential", "contrast", "sex", "site", "split", "reference standard")
    assert [value(name, one) for name in names] == [
        "120 kV",
        "without contrast agent",
        "female",
        "A",
        "internal_test",
        "QCT",
    ]


patients = st.builds(
    lambda acquired, changes, index: (acquired, changes, index),
    acquired=st.fixed_dictionaries(
        {
            "manufacturer": st.sampled_from(["", "SIEMENS", "over", "unknown"]),
            "kernel": st.text(max_size=6),
            "kvp": st.none() | st.floats(60, 150),
            "slice_thickness_mm": st.none() | st.floats(0.1, 10),
            "contrast": st.none() | st.booleans(),
        }
    ),
    changes=st.fixed_dictionaries(
        {
            "site": st.sampled_from(["", "A", "over 3", "up to now", "\u00b2"]),
            "sex": st.none() | st.sampled_from("FMO"),
            "age_years": st.none() | st.floats(18, 105),
        }
    ),
    index=st.none() | st.floats(20, 200),
)


@given(st.lists(patients, min_size=1, max_size=25))
def test_the_groups_of_every_covariate_add_up(found):
    cases = [case(i, index, acquired=a, **c) for i, (a, c, index) in enumerate(found)]
    counted = Counter()
    for group in subgroups(cases):
        counted[group.covariate] += len(group.cases)
    assert set(counted) == set(COVARIATES)
    assert set(counted.values()) == {len(cases)}


def test_bands_stand_in_their_order_and_the_unknown_last():
    ages = (85.0, None, 45.0, 65.0, 55.0)
    cases = [case(i, age_years=age) for i, age in enumerate(ages)]
    found = [group.value for group in subgroups(cases) if group.covariate == "age"]
    assert found == [
        "under 50 years",
        "50-59 years",
        "60-69 years",
        "80 years and over",
        UNKNOWN,
    ]
    thick = [case(i, acquired={"slice_thickness_mm": t}) for i, t in enumerate((5, 2, 1))]
    found = [g.value for g in subgroups(thick) if g.covariate == "slice thickness"]
    assert found == ["up to 1.5 mm", "over 1.5 to 3 mm", "over 3 mm"]


def test_accuracy_of_a_subgroup_is_that_of_its_table(cases):
    group = Subgroup(covariate="site", value="A", cases=cases)
    found = {one.target: one for one in assess_subgroups([group])}
    porosis = found[BoneCategory.OSTEOPOROSIS]
    table = porosis.table
    assert (table.true_positives, table.false_positives) == (2, 1)
    assert (table.false_negatives, table.true_negatives) == (1, 3)
    assert porosis.sensitivity.estimate == pytest.approx(2 / 3)
    assert porosis.specificity.estimate == pytest.approx(3 / 4)
    assert (porosis.patients, porosis.nonevaluable) == (8, 1)
    assert porosis.caution == "8 patients: too few to tell groups apart."


def test_a_subgroup_without_diseased_has_no_sensitivity():
    group = Subgroup(covariate="site", value="A", cases=(case(1, 150.0, 150.0),), note="So.")
    found = assess_subgroups([group])[0]
    assert found.sensitivity is None
    assert found.auc is None
    assert found.caution == "1 patient: too few to tell groups apart. So."


def test_a_large_subgroup_needs_no_caution():
    cases = tuple(case(i) for i in range(30))
    group = Subgroup(covariate="site", value="A", cases=cases)
    assert {one.caution for one in assess_subgroups([group])} == {""}
