"""Patients are parted once, and never one of them into two parts."""

from collections import Counter

import pytest

from ctbone.errors import NothingUsable
from ctbone.records import BoneCategory
from ctbone.training.heads.folds import split_folds
from tests.training.heads.cohorts import row


def cohort(count=40):
    categories = list(BoneCategory)
    return [
        row(f"1.{k}.{visit}", patient=f"p{k}", category=categories[0 if k % 10 else 2])
        for k in range(count)
        for visit in range(1 + k % 2)
    ]


def test_the_split_of_the_cohort_stands_without_folds():
    rows = [row("1", split="train"), row("2", split="validation"), row("3", split="train")]
    (fold,) = split_folds(rows, folds=0, seed=1, origin="cohort.csv")
    assert fold.training == {"1", "3"}
    assert fold.validation == {"2"}


@pytest.mark.parametrize("folds", [2, 3, 5])
def test_each_study_is_validated_with_once_and_no_patient_is_parted(folds):
    rows = cohort()
    parts = split_folds(rows, folds=folds, seed=4, origin="cohort.csv")
    assert len(parts) == folds
    validated = Counter(uid for part in parts for uid in part.validation)
    assert validated == Counter(r.study_uid for r in rows)
    patient = {r.study_uid: r.patient_id for r in rows}
    for part in parts:
        assert not part.training & part.validation
        assert part.training | part.validation == set(patient)
        assert not {patient[u] for u in part.training} & {patient[u] for u in part.validation}


def test_every_part_has_its_share_of_a_rare_category():
    rows = cohort()
    for part in split_folds(rows, folds=4, seed=4, origin="cohort.csv"):
        rare = [
            r
            for r in rows
            if r.study_uid in part.validation and r.category is BoneCategory.OSTEOPOROSIS
        ]
        assert len(rare) == 1


def test_the_parts_hang_on_the_seed_alone():
    rows = cohort()
    assert split_folds(rows, folds=3, seed=4, origin="cohort.csv") == split_folds(
        rows[::-1], folds=3, seed=4, origin="cohort.csv"
    )
    assert split_folds(rows, folds=3, seed=4, origin="cohort.csv") != split_folds(
        rows, folds=3, seed=5, origin="cohort.csv"
    )


def test_an_empty_part_is_refused():
    with pytest.raises(NothingUsable, match="found 1 to train on and 0 to validate with, of co"):
        split_folds([row("1")], folds=0, seed=1, origin="cohort.csv")
    with pytest.raises(NothingUsable, match="found 0 to train on"):
        split_folds([], folds=0, seed=1, origin="cohort.csv")


def test_a_site_is_left_out_whole_and_nobody_is_on_both_sides():
    rows = [row(f"1.{k}", patient=f"p{k // 2}", site="abc"[k % 3]) for k in range(12)]
    parts = split_folds(rows, folds="site", seed=1, origin="cohort.csv")
    assert len(parts) == 2
    validated = Counter(uid for part in parts for uid in part.validation)
    assert validated == Counter(r.study_uid for r in rows)
    patient = {r.study_uid: r.patient_id for r in rows}
    for part in parts:
        assert not {patient[u] for u in part.training} & {patient[u] for u in part.validation}
    alone = [row(f"1.{k}", patient=f"p{k}", site="abc"[k % 3]) for k in range(9)]
    for part, site in zip(
        split_folds(alone, folds="site", seed=1, origin="cohort.csv"), "abc", strict=True
    ):
        assert part.validation == {r.study_uid for r in alone if r.site == site}


def test_one_site_cannot_be_left_out():
    with pytest.raises(NothingUsable, match=r"two sites to part them by, found \['north'\]"):
        split_folds([row("1"), row("2", patient="q")], folds="site", seed=1, origin="cohort.csv")
