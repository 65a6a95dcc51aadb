"""Whether a cohort holds what a head is to learn, before an hour goes into cutting its patches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ctbone.cohort import CohortRow, Split
from ctbone.errors import NothingUsable
from ctbone.training.heads.configuration import HeadTraining
from ctbone.training.heads.targets import COLUMNS, NEEDED

#: The splits that a head is fitted on.
_FITTED: tuple[Split, ...] = ("train", "validation")


def require_teaching(rows: Sequence[CohortRow], config: HeadTraining) -> None:
    """Check that there are studies to learn from and to validate with, and no site too many.

    Args:
        rows: Studies of train and validation whose reference result the head can learn.
        config: What is trained.

    Raises:
        NothingUsable: If a part has no study.
        ValueError: If a head that unlearns the sites has fewer outputs than there are sites, or
            one site alone.
    """
    _require_splits(rows, config)
    _require_sites(rows, config)


def _require_splits(rows: Sequence[CohortRow], config: HeadTraining) -> None:
    found = Counter(row.split for row in rows)
    is_enough = bool(rows) if config.folds else all(found[split] for split in _FITTED)
    if is_enough:
        return
    column = COLUMNS[NEEDED[config.network.task]]
    told = " and ".join(f"{found[split]} of split {split}" for split in _FITTED)
    way_out = "" if config.folds or not rows else "; head.folds 5 needs no split of its own"
    raise NothingUsable(
        f"expected studies with {column} to train on and to validate with in cohort.csv, found "
        f"{told}{way_out}"
    )


def _require_sites(rows: Sequence[CohortRow], config: HeadTraining) -> None:
    if config.folds == "site" and len({row.site for row in rows}) == 1:
        raise ValueError(
            "expected at least 2 sites, of which head.folds site leaves out one after the other, "
            "found 1 in cohort.csv; set head.folds 5 to part patients"
        )
    domains = config.network.domains
    if not domains:
        return
    sites = {row.site for row in rows if config.folds or row.split == "train"}
    if len(sites) == 1:
        raise ValueError(
            "expected at least 2 sites among the training patients, which the head shall not tell "
            "apart, found 1 in cohort.csv; set head.network.domains 0 to train without that"
        )
    if len(sites) > domains:
        raise ValueError(
            f"expected at most {domains} sites among the training patients, as many as "
            f"head.network.domains says, found {len(sites)} in cohort.csv; set "
            f"head.network.domains {len(sites)}"
        )
