"""The category of a patient whose vertebrae were classed, and not measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ctbone.records import (
    BinaryAnswer,
    BmdEstimate,
    BoneCategory,
    CoarseCategory,
    Decision,
    Flag,
)
from ctbone.rules import DecisionRule

#: The categories in the order of their probabilities.
CATEGORIES = (BoneCategory.NORMAL, BoneCategory.OSTEOPENIA, BoneCategory.OSTEOPOROSIS)

#: A classifier that gives no category as much as this is undecided. A design choice.
_MAJORITY = 0.5

#: Decimals of a probability that decides: those of a table of results.
_SHARE_DECIMALS = 4


def is_classified(estimates: Sequence[BmdEstimate]) -> bool:
    """Say whether a classifier of three gave every estimate, and nothing measured."""
    return all(e.probabilities is not None and not _is_measured(e) for e in estimates)


def is_two_way(estimates: Sequence[BmdEstimate]) -> bool:
    """Say whether a two-way test gave every estimate, and nothing measured."""
    return all(e.binary is not None and not _is_measured(e) for e in estimates)


def _is_measured(estimate: BmdEstimate) -> bool:
    return estimate.bmd_mg_cm3 is not None or estimate.t_score is not None


def by_class(estimates: Sequence[BmdEstimate], rule: DecisionRule) -> Decision:
    """Decide by the most probable category, of the mean over levels."""
    rows = [e.probabilities for e in estimates if e.probabilities is not None]
    normal, osteopenia, osteoporosis = (float(p) for p in np.mean(rows, axis=0))
    probabilities = (normal, osteopenia, osteoporosis)
    highest = max(probabilities)
    undecided = highest < _MAJORITY
    return Decision(
        category=CATEGORIES[probabilities.index(highest)],
        quantity="probabilities",
        value=highest,
        bmd_mg_cm3=None,
        lower_mg_cm3=None,
        upper_mg_cm3=None,
        probabilities=probabilities,
        indeterminate=undecided,
        flags=decision_flags(estimates, near=undecided),
        rule=rule.name,
    )


def by_answer(estimates: Sequence[BmdEstimate], rule: DecisionRule) -> Decision:
    """Decide by what a two-way test looks for, of the mean over levels.

    Raises:
        ValueError: If levels were asked for several things.
    """
    answers = [e.binary for e in estimates if e.binary is not None]
    if len({(one.target, one.threshold) for one in answers}) > 1:
        raise ValueError("levels must be asked for one target with one threshold, got several")
    mean = round(float(np.mean([one.probability for one in answers])), _SHARE_DECIMALS)
    answer = replace(answers[0], probability=mean)
    return Decision(
        category=_answered(answer),
        quantity="binary",
        value=mean,
        bmd_mg_cm3=None,
        lower_mg_cm3=None,
        upper_mg_cm3=None,
        probabilities=None,
        indeterminate=False,
        flags=decision_flags(estimates),
        rule=rule.name,
        binary=answer,
    )


def _answered(answer: BinaryAnswer) -> BoneCategory | CoarseCategory:
    yes = answer.probability >= answer.threshold
    if answer.target == "osteoporosis":
        return BoneCategory.OSTEOPOROSIS if yes else CoarseCategory.NO_OSTEOPOROSIS
    return CoarseCategory.LOW_BONE_MASS if yes else BoneCategory.NORMAL


def decision_flags(
    estimates: Sequence[BmdEstimate], *, near: bool = False, extra: tuple[Flag, ...] = ()
) -> tuple[Flag, ...]:
    """Gather what a reader has to know of a decision, each once."""
    gathered = [flag for estimate in estimates for flag in estimate.flags]
    gathered += extra
    if len(estimates) == 1:
        gathered.append(Flag.ONE_LEVEL_ONLY)
    if near:
        gathered.append(Flag.NEAR_CUT_OFF)
    return tuple(dict.fromkeys(gathered))
