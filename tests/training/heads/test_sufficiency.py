"""A cohort that cannot teach a head is refused by what it lacks, before anything is cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from ctbone.errors import NothingUsable
from ctbone.networks import HeadConfig
from ctbone.patches import InputConfig
from ctbone.records import BoneCategory
from ctbone.training.heads.configuration import HeadTraining
from ctbone.training.heads.sufficiency import require_teaching
from tests.training.heads.cohorts import row


def training(*, folds=0, **network):
    return HeadTraining(
        export=Path("export"),
        cohort=Path("cohort.csv"),
        network=HeadConfig(backbone="resnet10", dimensions=2, **network),
        input=InputConfig(plane="axial"),
        folds=folds,
    )


def cohort(sites, *, validated="north"):
    rows = [row(f"1.{k}", patient=f"p{k}", site=site) for k, site in enumerate(sites)]
    return [*rows, row("1.99", patient="v", split="validation", site=validated)]


@pytest.mark.parametrize(
    ("rows", "folds", "message"),
    [
        ([row("1")], 0, "found 1 of split train and 0 of split validation; head.folds 5 needs no"),
        ([row("1", split="validation")], 0, "found 0 of split train and 1 of split validation;"),
        ([], 0, "studies with bmd_mg_cm3 to .* found 0 of split train and 0 of split validation$"),
        ([], 5, "expected 5 patients with bmd_mg_cm3 .* in cohort.csv, one a fold, found 0$"),
        ([row("1"), row("2")], 2, "expected 2 patients .* one a fold, found 1$"),
    ],
)
def test_a_part_without_studies_is_named(rows, folds, message):
    with pytest.raises(NothingUsable, match=message):
        require_teaching(rows, training(folds=folds))


def test_what_lacks_is_named_as_the_task_has_it():
    with pytest.raises(NothingUsable, match="studies with t_score to train on"):
        require_teaching([], training(task="t_score"))


def test_folds_need_no_split():
    require_teaching([row("1", patient="p"), row("2", patient="q")], training(folds=2))


def test_sites_do_not_matter_to_a_head_that_does_not_unlearn_them():
    require_teaching(cohort(["north"]), training())


@pytest.mark.parametrize("sites", [["a", "b"], ["a", "b", "c", "c"]])
def test_fewer_sites_than_a_head_tells_apart_are_no_fault(sites):
    require_teaching(cohort(sites), training(domains=3))


def test_more_sites_than_a_head_tells_apart_are_refused_with_the_option():
    found = r"found 4 in cohort\.csv; set head\.network\.domains 4$"
    with pytest.raises(ValueError, match=f"^expected at most 3 sites among .* {found}"):
        require_teaching(cohort("abcda"), training(domains=3))


def test_one_site_leaves_nothing_to_unlearn():
    with pytest.raises(ValueError, match=r"found 1 in cohort\.csv; set head\.network\.domains 0 "):
        require_teaching(cohort(["north", "north"], validated="south"), training(domains=3))


def test_sites_of_validation_count_where_folds_train_on_them():
    rows = cohort(["a", "b"], validated="c")
    require_teaching(rows, training(domains=2))
    with pytest.raises(ValueError, match=r"found 3 in cohort\.csv"):
        require_teaching(rows, training(domains=2, folds=2))


def test_one_site_cannot_be_left_out():
    with pytest.raises(ValueError, match=r"at least 2 sites, of which .* found 1 in cohort.csv"):
        require_teaching(cohort(["north"] * 4), training(folds="site"))
    require_teaching(cohort(["north", "east"]), training(folds="site"))


NORMAL, LOW, WORST = BoneCategory


def of(*categories, split="train"):
    return [
        row(f"{split}.{k}", patient=f"{split}{k}", split=split, category=category)
        for k, category in enumerate(categories)
    ]


@pytest.mark.parametrize(
    ("network", "categories"),
    [
        ({"task": "multitask"}, [NORMAL]),
        ({"task": "category"}, [NORMAL, LOW]),
        ({"task": "binary"}, [LOW, WORST]),
        ({"task": "binary", "positive": "low_bone_mass"}, [NORMAL, LOW]),
    ],
)
def test_what_can_be_told_apart_is_let_through(network, categories):
    require_teaching(of(*categories) + of(NORMAL, split="validation"), training(**network))


@pytest.mark.parametrize(
    ("network", "categories", "found"),
    [
        ({"task": "category"}, [WORST, WORST], "osteoporosis alone"),
        ({"task": "binary"}, [NORMAL, LOW], "normal and osteopenia alone"),
        ({"task": "binary", "positive": "low_bone_mass"}, [LOW, WORST], "osteopenia and osteo"),
    ],
)
def test_a_classifier_with_one_answer_is_refused(network, categories, found):
    with pytest.raises(NothingUsable, match=f"in cohort.csv, found {found}"):
        require_teaching(of(*categories), training(folds=2, **network))


def test_the_answers_of_validation_count_where_folds_train_on_them():
    rows = of(NORMAL) + of(NORMAL, WORST, split="validation")
    with pytest.raises(NothingUsable, match="found normal alone"):
        require_teaching(rows, training(task="category"))
    require_teaching(rows, training(task="category", folds=2))


def test_a_head_of_several_tasks_needs_a_category_of_some():
    densities = [
        row(str(k), patient=str(k), split=split, category=None, bmd_mg_cm3=90.0)
        for k, split in enumerate(("train", "train", "validation"))
    ]
    with pytest.raises(NothingUsable, match=r"beside bmd_mg_cm3 .* found none; set head\.network"):
        require_teaching(densities, training(task="multitask"))
    require_teaching([*densities, *of(NORMAL)], training(task="multitask"))
    require_teaching(densities, training(task="bmd"))
