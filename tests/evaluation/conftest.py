"""Patients with a reference result and an index test."""

from __future__ import annotations

from datetime import date

import pytest

from ctbone.cohort import CohortRow
from ctbone.errors import Reason
from ctbone.evaluation import Case
from ctbone.interchange import ResultRow
from ctbone.records import BoneCategory


def category_of(bmd_mg_cm3):
    if bmd_mg_cm3 is None:
        return None
    if bmd_mg_cm3 > 120:
        return BoneCategory.NORMAL
    return BoneCategory.OSTEOPENIA if bmd_mg_cm3 >= 80 else BoneCategory.OSTEOPOROSIS


def make_reference(number, bmd_mg_cm3, **changes):
    values = {
        "patient_id": f"p{number}",
        "study_uid": f"1.{number}",
        "path": "",
        "study_date": date(2020, 1, 1),
        "sex": None,
        "age_years": None,
        "site": "A",
        "split": "internal_test",
        "reference_standard": "QCT",
        "reference_date": date(2020, 1, 10),
        "bmd_mg_cm3": bmd_mg_cm3,
        "t_score": None,
        "category": category_of(bmd_mg_cm3),
    }
    return CohortRow(**(values | changes))


def make_result(number, bmd_mg_cm3, **changes):
    values = {"study_uid": f"1.{number}", "patient_id": f"x{number}", "status": "screened"}
    if bmd_mg_cm3 is None:
        return ResultRow(**(values | {"status": "rejected", "reason": Reason.NOT_CT} | changes))
    measured = {"bmd_mg_cm3": bmd_mg_cm3, "category": category_of(bmd_mg_cm3)}
    return ResultRow(**(values | measured | {"quantity": "bmd_mg_cm3", "model": "m"} | changes))


@pytest.fixture
def cases():
    pairs = [
        (150, 140),
        (130, 110),
        (100, 105),
        (90, 70),
        (70, 75),
        (60, 85),
        (50, 55),
        (125, None),
    ]
    return tuple(
        Case(reference=make_reference(i, reference), result=make_result(i, index))
        for i, (reference, index) in enumerate(pairs)
    )
