from datetime import date

import pytest

from ctbone.linkage import Eligibility, LinkRule
from ctbone.linkage.eligibility import age_of, objection, sex_of
from ctbone.linkage.matching import Pair
from tests.linkage.conftest import make_reference, make_study

STRICT = Eligibility(age_range_years=(50, 80), without_contrast=True, without_implants=True)


def paired(study, reference):
    return Pair(make_study(**study), make_reference(**reference), "of p")


def reason(study=None, reference=None, *, exclude=STRICT, **link):
    known = {"age_years": 60.0} | (study or {})
    pair = paired(known, reference or {})
    found = objection(pair, link=LinkRule(**link), exclude=exclude)
    return found.value if found else None


@pytest.mark.parametrize(
    ("study", "reference", "expected"),
    [
        ({}, {}, None),
        ({"age_years": 50.0}, {}, None),
        ({"age_years": 49.9}, {}, "age_out_of_range"),
        ({"age_years": 80.1}, {}, "age_out_of_range"),
        ({"age_years": None}, {}, "age_unknown"),
        ({"age_years": 999.0}, {}, "age_unknown"),
        ({"age_years": None}, {"age_years": 70.0}, None),
        ({"age_years": None}, {"birth": date(1990, 1, 1)}, "age_out_of_range"),
        ({"contrast": True}, {}, "contrast"),
        ({"contrast": None}, {"contrast": True}, "contrast"),
        ({"contrast": False}, {"contrast": False}, None),
        ({}, {"implant": True}, "implant"),
        ({"sex": "F"}, {"sex": "M"}, "sex_disagrees"),
        ({"sex": "F"}, {"sex": "O"}, None),
        ({}, {"age_years": 57.0}, "age_disagrees"),
        ({}, {"age_years": 58.0}, None),
    ],
)
def test_the_first_objection_is_the_reason(study, reference, expected):
    assert reason(study, reference) == expected


def test_without_rules_nobody_is_left_out():
    wrong = {"age_years": 5.0, "contrast": True, "sex": "F"}
    odd = {"implant": True, "sex": "M"}
    assert reason(wrong, odd, exclude=Eligibility(), check_identity=False) is None


def test_headers_come_before_spreadsheets():
    pair = paired({"sex": "F", "age_years": 60.0}, {"sex": "O", "age_years": 61.0})
    assert (sex_of(pair), age_of(pair)) == ("F", 60.0)
    told = paired({}, {"sex": "M", "birth": date(1954, 3, 1), "age_years": 1.0})
    assert (sex_of(told), age_of(told)) == ("M", pytest.approx(70.0, abs=0.01))
