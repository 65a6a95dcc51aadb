"""What single cells say: identifiers, numbers and words of a vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

from ctbone.delimited import to_number
from ctbone.linkage.mapping import Words
from ctbone.linkage.reasons import LinkReason
from ctbone.records import BoneCategory

_T = TypeVar("_T")

#: How a spreadsheet writes a long number once it has rounded it, and from where on it does.
_ROUNDED = re.compile(r"\d([.,]\d+)?[eE]\+\d+")
_MOST_EXACT = 10**15


class Refused(Exception):
    """A row cannot be a reference, for the reason that it carries."""

    def __init__(self, reason: LinkReason, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


def is_missing(cell: Any, words: Words) -> bool:  # noqa: ANN401 - whatever a cell holds
    """Return whether a cell holds nothing, or a word for nothing."""
    return cell is None or not (text := _plain(cell)) or text in _known(words.missing)


def identifier(cell: Any, *, digits: int | None) -> str:  # noqa: ANN401
    """Return an identifier as text, filled up with leading zeros where they were lost.

    Raises:
        Refused: If a spreadsheet has rounded it.
    """
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
    is_number = isinstance(cell, int | float)
    if _ROUNDED.fullmatch(text) or (is_number and abs(cell) >= _MOST_EXACT):
        raise Refused(LinkReason.DAMAGED_PATIENT_ID)
    return text.zfill(digits) if digits and text.isdigit() else text


def number(cell: Any, *, name: str, decimal_comma: bool = False) -> float:  # noqa: ANN401
    """Return the number of a cell.

    Args:
        cell: A text, or a value of a workbook.
        name: What it is.
        decimal_comma: Whether texts have a decimal comma, so that a point parts nothing.

    Raises:
        Refused: If it is none; the detail is the name, never the cell.
    """
    text = str(cell).strip()
    if isinstance(cell, str) and decimal_comma:
        # What had a point as well becomes no number at all.
        text = "" if "." in text else text.replace(",", ".")
    try:
        return to_number("" if isinstance(cell, bool) else text, name=name)
    except ValueError:
        raise Refused(LinkReason.UNREADABLE_VALUE, name) from None


def sex(cell: Any, words: Words) -> str:  # noqa: ANN401
    """Return ``F``, ``M`` or ``O``."""
    known = {"F": words.female, "M": words.male, "O": words.other_sex}
    return _meaning(cell, known, name="sex")


def category(cell: Any, words: Words) -> BoneCategory:  # noqa: ANN401
    """Return a category of bone density."""
    known = {
        BoneCategory.NORMAL: words.normal,
        BoneCategory.OSTEOPENIA: words.osteopenia,
        BoneCategory.OSTEOPOROSIS: words.osteoporosis,
    }
    return _meaning(cell, known, name="category")


def truth(cell: Any, words: Words, *, name: str) -> bool:  # noqa: ANN401
    """Return yes or no."""
    return _meaning(cell, {True: words.positive, False: words.negative}, name=name)


def one_of(cell: Any, allowed: Iterable[str], *, name: str) -> str:  # noqa: ANN401
    """Return which of the allowed words a cell is, as they are written there."""
    return _meaning(cell, {word: (word,) for word in allowed}, name=name)


def _meaning(cell: Any, known: Mapping[_T, tuple[str, ...]], *, name: str) -> _T:  # noqa: ANN401
    for meaning, words in known.items():
        if _plain(cell) in _known(words):
            return meaning
    raise Refused(LinkReason.UNKNOWN_WORD, name)


def _plain(cell: Any) -> str:  # noqa: ANN401
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split()).casefold()


@cache
def _known(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset({" ".join(word.split()).casefold() for word in words})
