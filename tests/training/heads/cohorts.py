"""Rows of cohorts for tests."""

from __future__ import annotations

from ctbone.cohort import CohortRow
from ctbone.records import BoneCategory

#: A density of each category.
DENSITIES = {
    BoneCategory.NORMAL: 150.0,
    BoneCategory.OSTEOPENIA: 100.0,
    BoneCategory.OSTEOPOROSIS: 60.0,
    None: None,
}


def row(uid="1.2", *, patient="p", split="train", site="north", category=BoneCategory.NORMAL,
        **reference):  # fmt: skip
    """A study of a category, with a density that means it unless another is given."""
    values = {"bmd_mg_cm3": DENSITIES[category], "t_score": None} | reference
    return CohortRow(
        patient_id=patient, study_uid=uid, path="", study_date=None, sex=None, age_years=None,
        site=site, split=split, reference_standard="QCT", reference_date=None,
        category=category, **values,
    )  # fmt: skip
