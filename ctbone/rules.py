"""Decision rules: cut-offs as data, with quantity, unit, population and source."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Literal

from ctbone.mappings import read_record
from ctbone.records import BoneCategory
from ctbone.resources import config_path

Quantity = Literal["bmd_mg_cm3", "trabecular_hu", "t_score"]

_UNITS: dict[str, str] = {
    "bmd_mg_cm3": "mg/cm3",
    "trabecular_hu": "HU",
    "t_score": "SD",
}


@dataclass(frozen=True, kw_only=True)
class DecisionRule:
    """Two cut-offs on one quantity.

    Attributes:
        name: What results call it.
        quantity: What the cut-offs are compared with.
        osteoporosis_below: Values below this are osteoporosis.
        osteoporosis_at_cut: Whether the value itself is, too.
        normal_above: Values above this are normal; what lies between is osteopenia.
        normal_at_cut: Whether the value itself is, too.
        unit: Unit of the cut-offs.
        population: Whom they were set for.
        source: Where they come from.
        verified: What of this was read in the source, and what was not.
    """

    name: str
    quantity: Quantity
    osteoporosis_below: float
    osteoporosis_at_cut: bool
    normal_above: float
    normal_at_cut: bool
    unit: str
    population: str
    source: str
    verified: str

    def __post_init__(self) -> None:
        if self.quantity not in _UNITS:
            raise ValueError(f"quantity must be one of {list(_UNITS)}, got {self.quantity!r}")
        if self.unit != _UNITS[self.quantity]:
            wanted = _UNITS[self.quantity]
            raise ValueError(f"unit of {self.quantity} must be {wanted}, got {self.unit!r}")
        # Written so that a cut-off that is no number is refused too.
        if not self.osteoporosis_below < self.normal_above:
            found = f"{self.osteoporosis_below} and {self.normal_above}"
            raise ValueError(f"osteoporosis_below must be less than normal_above, got {found}")

    def category(self, value: float) -> BoneCategory:
        """Return the category of a value of the rule's quantity.

        Raises:
            ValueError: If the value is not finite.
        """
        if not isfinite(value):
            raise ValueError(f"{self.quantity} of rule {self.name!r} must be finite, got {value}")
        low, high = self.osteoporosis_below, self.normal_above
        if value < low or (self.osteoporosis_at_cut and value == low):
            return BoneCategory.OSTEOPOROSIS
        if value > high or (self.normal_at_cut and value == high):
            return BoneCategory.NORMAL
        return BoneCategory.OSTEOPENIA


def load_rule(path: Path) -> DecisionRule:
    """Read a decision rule from YAML.

    Raises:
        ValueError: If the file is no mapping, a key is missing or unknown, or a value makes no
            sense; the message names the file.
    """
    return read_record(path, DecisionRule)


@cache
def shipped_rule(name: str) -> DecisionRule:
    """Return a rule that ships with ctbone: acr_qct, dxa_t_score, east_asian_qct or hu_l1.

    Raises:
        ValueError: If no rule of that name ships.
    """
    return load_rule(config_path(f"decision/{name}.yaml"))
