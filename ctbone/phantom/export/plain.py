"""Records as JSON has them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import numpy as np

from ctbone.anatomy import VertebralLevel


def as_plain(value: Any) -> Any:  # noqa: ANN401 - any record there is, as JSON has it
    """Turn records, arrays and levels into what JSON has; numbers to a thousandth.

    Example:
        >>> as_plain({"size": np.array([1.23456, 2.0])})
        {'size': [1.235, 2.0]}
    """
    if isinstance(value, VertebralLevel):
        return value.name
    if is_dataclass(value):
        return {f.name: as_plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, dict):
        return {_key(name): as_plain(found) for name, found in value.items()}
    if isinstance(value, np.ndarray):
        return np.round(value, 3).tolist() if value.dtype.kind == "f" else value.tolist()
    if isinstance(value, list | tuple):
        return [as_plain(found) for found in value]
    return _scalar(value)


def _key(name: Any) -> str:  # noqa: ANN401 - a level or a text
    return name.name if isinstance(name, VertebralLevel) else str(name)


def _scalar(value: Any) -> Any:  # noqa: ANN401 - a number, a text or nothing
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return round(value, 6)
    return value if value is None or isinstance(value, bool | int | str) else str(value)
