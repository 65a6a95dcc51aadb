"""The groups that an index test tells apart: the three categories, or two of them told as one.

The reference standard gives one of three categories. An index test may tell the same three, or
answer one question only: osteoporosis or not, low bone mass (osteopenia or osteoporosis) or not.
Everything that is counted is counted by a scale, so that a test of two groups ends in one 2x2
table and never in three categories that it did not give.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from ctbone.interchange import ResultRow
from ctbone.records import BoneCategory, CoarseCategory

#: What a patient can be called, and what can be looked for.
Category = BoneCategory | CoarseCategory

#: The categories of the reference standard, in the order of rows and columns.
CATEGORIES = (BoneCategory.NORMAL, BoneCategory.OSTEOPENIA, BoneCategory.OSTEOPOROSIS)

#: The order in which targets are reported: what a screening seeks comes first.
TARGETS = (BoneCategory.OSTEOPOROSIS, BoneCategory.OSTEOPENIA, BoneCategory.NORMAL)

#: Which categories each name takes in.
_MEMBERS: Mapping[Category, frozenset[Category]] = MappingProxyType(
    {
        **{category: frozenset({category}) for category in CATEGORIES},
        CoarseCategory.NO_OSTEOPOROSIS: frozenset(
            {CoarseCategory.NO_OSTEOPOROSIS, BoneCategory.NORMAL, BoneCategory.OSTEOPENIA}
        ),
        CoarseCategory.LOW_BONE_MASS: frozenset(
            {CoarseCategory.LOW_BONE_MASS, BoneCategory.OSTEOPENIA, BoneCategory.OSTEOPOROSIS}
        ),
    }
)

#: What results call the quantity of a two-way test, whatever group they name.
_BINARY = "binary"

#: Decimals of a probability that is 1 minus another: those that results carry.
_DECIMALS = 4


def spoken(category: Category) -> str:
    """Return the name of a group as people write it."""
    return category.value.replace("_", " ")


def is_of(category: Category | None, target: Category) -> bool:
    """Return whether a category belongs to what is looked for; none does not.

    Example:
        >>> is_of(BoneCategory.OSTEOPENIA, CoarseCategory.LOW_BONE_MASS)
        True
    """
    return category in _MEMBERS[target]


def tells(classes: Iterable[Category], target: Category) -> bool:
    """Return whether every group lies wholly within a target, or wholly without."""
    ours = _MEMBERS[target]
    return all(_MEMBERS[group] <= ours or _MEMBERS[group].isdisjoint(ours) for group in classes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What an index test can say, and what it is asked.

    Attributes:
        classes: The groups that it tells apart, from dense to porous.
        targets: What is looked for, in the order of reporting: each against the rest.

    Raises:
        ValueError: If the groups do not tell a target.
    """

    classes: tuple[Category, ...]
    targets: tuple[Category, ...]

    def __post_init__(self) -> None:
        if lost := [target.value for target in self.targets if not tells(self.classes, target)]:
            told = ", ".join(self.classes)
            raise ValueError(f"a test that tells {told} cannot be asked for {', '.join(lost)}")

    @property
    def is_three_way(self) -> bool:
        """Whether it tells the three categories of the reference apart."""
        return self.classes == CATEGORIES

    @property
    def lack(self) -> str:
        """What cannot be had of a test of two groups, in a sentence; empty of one of three."""
        if self.is_three_way:
            return ""
        named = " from ".join(map(spoken, self.classes[::-1]))
        return (
            f"The index test tells {named} and no third group: there is one 2x2 table a cohort, "
            "and no 3x3 table, no kappa and no Brier score of three categories."
        )


#: The scale of a test of three categories, and those of a test of two groups.
THREE_WAY = Scale(classes=CATEGORIES, targets=TARGETS)
OSTEOPOROSIS_OR_NOT = Scale(
    classes=(CoarseCategory.NO_OSTEOPOROSIS, BoneCategory.OSTEOPOROSIS),
    targets=(BoneCategory.OSTEOPOROSIS,),
)
LOW_BONE_MASS_OR_NOT = Scale(
    classes=(BoneCategory.NORMAL, CoarseCategory.LOW_BONE_MASS),
    targets=(CoarseCategory.LOW_BONE_MASS,),
)
_SCALES = (THREE_WAY, OSTEOPOROSIS_OR_NOT, LOW_BONE_MASS_OR_NOT)


def scale_of(results: Iterable[ResultRow]) -> Scale:
    """Return what the test of some results tells apart; of results without a category, three.

    Raises:
        ValueError: If the categories are those of several tests.
    """
    rows = [row for row in results if row.category is not None]
    named = {row.category for row in rows if row.category is not None}
    quantities = {row.quantity for row in rows} - {""}
    is_coarse = _BINARY in quantities or any(isinstance(one, CoarseCategory) for one in named)
    mixed = _BINARY in quantities and len(quantities) > 1
    fit = [s for s in _SCALES if s.is_three_way is not is_coarse and named <= set(s.classes)]
    if mixed or not fit:
        wanted = "; ".join(" and ".join(scale.classes) for scale in _SCALES)
        decided = f" decided by {', '.join(sorted(quantities))}" if quantities else ""
        raise ValueError(
            f"expected the categories of one test, which are {wanted}; found "
            f"{', '.join(sorted(named))}{decided}"
        )
    return fit[0]


def ask_low_bone_mass(scale: Scale) -> Scale:
    """Return a scale that is asked for low bone mass too.

    Raises:
        ValueError: If the test does not tell osteopenia from normal.
    """
    asked = dict.fromkeys((*scale.targets, CoarseCategory.LOW_BONE_MASS))
    return replace(scale, targets=tuple(asked))


def shared_targets(first: Scale, second: Scale) -> tuple[Category, ...]:
    """Return what two tests can both be asked: the questions of the one that is asked fewer.

    Raises:
        ValueError: If there is none.
    """
    fewer = min(first, second, key=lambda scale: len(scale.targets))
    both = tuple(t for t in fewer.targets if tells(first.classes, t) and tells(second.classes, t))
    if not both:
        asked = " and for ".join(scale.targets[0].value for scale in (first, second))
        raise ValueError(f"expected two tests of one question to compare, found tests for {asked}")
    return both


def probability_column(target: Category) -> tuple[str, float]:
    """Return the column of the results that tells how likely a target is, and its sign.

    Low bone mass is whatever is not normal: its column is that of normal, with a minus.
    """
    if target is CoarseCategory.LOW_BONE_MASS:
        return "p_normal", -1.0
    return f"p_{target.value}", 1.0


def probability_of(row: ResultRow, target: Category) -> float | None:
    """Return the probability of a target, 0 to 1; ``None`` where the results do not give it."""
    name, sign = probability_column(target)
    value: float | None = getattr(row, name)
    return value if value is None or sign > 0 else round(1.0 - value, _DECIMALS)
