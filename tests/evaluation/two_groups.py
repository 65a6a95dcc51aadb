"""Patients with a DXA of three categories and an index test that tells two groups apart."""

from __future__ import annotations

from dataclasses import replace

from ctbone.evaluation import Case
from ctbone.records import BoneCategory, CoarseCategory
from ctbone.rules import shipped_rule

from .conftest import make_reference, make_result

#: T-score of a DXA, and the probability of what is looked for; ``None`` is no result. Three have
#: osteoporosis, four osteopenia, five are normal.
TOLD = (
    *((-3.5, 0.9), (-3.0, 0.8), (-2.6, 0.3)),
    *((-2.4, 0.7), (-2.0, 0.6), (-1.5, 0.2), (-1.1, None)),
    *((-0.5, 0.1), (0.0, 0.4), (0.5, 0.05), (1.0, 0.55), (1.5, None)),
)


def by_dxa(number, t_score, **changes):
    measured = {"t_score": t_score, "category": shipped_rule("dxa_t_score").category(t_score)}
    return make_reference(number, None, reference_standard="DXA", **(measured | changes))


def answered(number, probability, target, **changes):
    """Return the row of a two-way test that calls one half and above positive."""
    if probability is None:
        return make_result(number, None, **changes)
    yes = probability >= 0.5
    if target == "osteoporosis":
        category = BoneCategory.OSTEOPOROSIS if yes else CoarseCategory.NO_OSTEOPOROSIS
        told = {"p_osteoporosis": probability}
    else:
        category = CoarseCategory.LOW_BONE_MASS if yes else BoneCategory.NORMAL
        told = {"p_normal": round(1.0 - probability, 4)}
    told |= {"category": category, "quantity": "binary", "bmd_mg_cm3": None}
    return replace(make_result(number, 100.0), **(told | changes))


def two_groups(target, told=TOLD):
    return [
        Case(reference=by_dxa(i, t_score), result=answered(i, probability, target))
        for i, (t_score, probability) in enumerate(told)
    ]


def by_t_score(told, **changes):
    """Return cases whose T-scores by index test and DXA are given."""
    rule = shipped_rule("dxa_t_score")
    return [
        Case(
            reference=by_dxa(i, reference),
            result=replace(
                make_result(i, 100.0, quantity="t_score", category=rule.category(index)),
                bmd_mg_cm3=None,
                t_score=index,
                **changes,
            ),
        )
        for i, (reference, index) in enumerate(told)
    ]
