"""Rows of cohorts for tests."""

from __future__ import annotations

from ctbone.cohort import CohortRow
from ctbone.records import BoneCategory


def row(uid="1.2", *, patient="p", split="train", bmd=120.0, t=None, site="north",
        category=BoneCategory.NORMAL):  # fmt: skip
    return CohortRow(
        patient_id=patient, study_uid=uid, path="", study_date=None, sex=None, age_years=None,
        site=site, split=split, reference_standard="QCT", reference_date=None,
        bmd_mg_cm3=bmd, t_score=t, category=category,
    )  # fmt: skip
