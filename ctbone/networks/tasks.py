"""What a head is asked, and the columns in which it answers.

A head gives float32 rows ``(N, K)``, one for each example, with the columns of its task in order:

| task | columns |
|---|---|
| bmd | mean, mg/cm3, and the logarithm of its variance, (mg/cm3)^2 |
| t_score | mean, SD, and the logarithm of its variance, SD^2 |
| category | logits of normal, osteopenia and osteoporosis |
| ordinal | logits of "at least osteopenia" and of "osteoporosis", never above the first |
| binary | logit of the positive side of one cut |
| multitask | the two of bmd, then the three of category |
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, Protocol, runtime_checkable

from torch import Tensor

Task = Literal["bmd", "t_score", "category", "ordinal", "binary", "multitask"]

#: Which side of which cut a two-way answer calls positive.
BinaryTarget = Literal["osteoporosis", "low_bone_mass"]

#: What a network can learn from beside its task.
Extra = Literal["body", "boundary", "domain"]

_NORMAL_DISTRIBUTION = ("mean", "log_variance")
_CATEGORIES = ("normal", "osteopenia", "osteoporosis")

#: Names of the columns of a head's rows, by its task.
COLUMNS: Mapping[Task, tuple[str, ...]] = MappingProxyType(
    {
        "bmd": _NORMAL_DISTRIBUTION,
        "t_score": _NORMAL_DISTRIBUTION,
        "category": _CATEGORIES,
        "ordinal": ("at_least_osteopenia", "osteoporosis"),
        "binary": ("positive",),
        "multitask": _NORMAL_DISTRIBUTION + _CATEGORIES,
    }
)

#: Number of columns, by task.
OUTPUTS: Mapping[Task, int] = MappingProxyType({task: len(c) for task, c in COLUMNS.items()})

#: Tasks whose first two columns are in the unit of the cohort's reference, and need its scale.
SCALED: frozenset[Task] = frozenset(("bmd", "t_score", "multitask"))


@runtime_checkable
class HasExtras(Protocol):
    """A network with more to learn from than its task."""

    @property
    def extras(self) -> tuple[Extra, ...]:
        """What ``with_extras`` gives beside the answer."""
        ...

    def with_extras(
        self, inputs: Tensor, present: Tensor | None = None
    ) -> tuple[Tensor, dict[Extra, Tensor]]:
        """Return the answer, ``(N, K)``, and the extras by name.

        * ``body`` and ``boundary``: logits of the vertebral body and of the heat of its surface,
          ``(N, 1, [D,] H, W)`` at the size of the input; of a bag ``(N, V, 1, [D,] H, W)``, zero
          for instances that are absent.
        * ``domain``: logits ``(N, domains)`` behind a reversal of gradients.
        """
        ...
