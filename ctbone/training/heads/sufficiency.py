"""Whether a cohort holds what a head is to learn, before an hour goes into cutting its patches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ctbone.cohort import CohortRow, Split
from ctbone.errors import NothingUsable
from ctbone.networks import HeadConfig
from ctbone.records import BoneCategory
from ctbone.training.heads.configuration import HeadTraining
from ctbone.training.heads.targets import CATEGORY, COLUMNS, NEEDED

#: The splits that a head is fitted on.
_FITTED: tuple[Split, ...] = ("train", "validation")

#: Fewest answers between which a classifier tells, and sites that can be told apart or left out.
_LEAST = 2


def require_teaching(rows: Sequence[CohortRow], config: HeadTraining) -> None:
    """Refuse a cohort that a head cannot be fitted to.

    Args:
        rows: Studies of train and validation whose reference result the head can learn.
        config: What is trained.

    Raises:
        NothingUsable: If there are none to train on or to validate with, fewer patients than
            folds, a classifier has one answer to learn, or a head of several tasks no category.
        ValueError: If the head is to leave out or to unlearn the only site, or has fewer outputs
            than there are sites.
    """
    if isinstance(config.folds, int) and config.folds:
        _require_patients(rows, config, config.folds)
    elif not config.folds:
        _require_splits(rows, config)
    _require_sites(rows, config)
    _require_answers([row for row in rows if config.folds or row.split == "train"], config)


def _require_patients(rows: Sequence[CohortRow], config: HeadTraining, folds: int) -> None:
    found = len({row.patient_id for row in rows})
    if found < folds:
        raise NothingUsable(
            f"expected {folds} patients with {_column(config)} of train and validation in "
            f"{config.cohort.name}, one a fold, found {found}"
        )


def _require_splits(rows: Sequence[CohortRow], config: HeadTraining) -> None:
    found = Counter(row.split for row in rows)
    if all(found[split] for split in _FITTED):
        return
    told = " and ".join(f"{found[split]} of split {split}" for split in _FITTED)
    way_out = "; head.folds 5 needs no split of its own" if rows else ""
    raise NothingUsable(
        f"expected studies with {_column(config)} to train on and to validate with in "
        f"{config.cohort.name}, found {told}{way_out}"
    )


def _column(config: HeadTraining) -> str:
    return COLUMNS[NEEDED[config.network.task]]


def _require_sites(rows: Sequence[CohortRow], config: HeadTraining) -> None:
    sites, where = {row.site for row in rows}, f"in {config.cohort.name}"
    if config.folds == "site" and len(sites) < _LEAST:
        raise ValueError(
            "expected at least 2 sites, of which head.folds site leaves out one after the other, "
            f"found {len(sites)} {where}; set head.folds 5 to part patients"
        )
    domains = config.network.domains
    learnt = {row.site for row in rows if config.folds or row.split == "train"}
    if domains and len(learnt) < _LEAST:
        raise ValueError(
            "expected at least 2 sites among the training patients, which the head shall not tell "
            f"apart, found 1 {where}; set head.network.domains 0 to train without that"
        )
    if domains and len(learnt) > domains:
        raise ValueError(
            f"expected at most {domains} sites among the training patients, as many as "
            f"head.network.domains says, found {len(learnt)} {where}; set "
            f"head.network.domains {len(learnt)}"
        )


def _require_answers(learnt: Sequence[CohortRow], config: HeadTraining) -> None:
    known = {row.category for row in learnt if row.category is not None}
    if config.network.task == "multitask" and not known:
        raise NothingUsable(
            f"expected training studies with a category beside {_column(config)} in "
            f"{config.cohort.name}, found none; set head.network.task bmd to learn density alone"
        )
    if NEEDED[config.network.task] != CATEGORY:
        return
    if len({_answer(category, config.network) for category in known}) < _LEAST:
        raise NothingUsable(
            "expected training studies of several categories to tell apart in "
            f"{config.cohort.name}, found {' and '.join(sorted(known))} alone"
        )


def _answer(category: BoneCategory, network: HeadConfig) -> object:
    """Return what a head should answer for a category."""
    if network.task != "binary":
        return category
    if network.positive == "osteoporosis":
        return category is BoneCategory.OSTEOPOROSIS
    return category is not BoneCategory.NORMAL
