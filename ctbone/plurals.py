"""How many of what, as a sentence says it."""

from __future__ import annotations

_VOWELS = "aeiou"


def counted(count: int, noun: str) -> str:
    """Say how many of what.

    Example:
        >>> counted(1, "study"), counted(2, "study"), counted(2, "day")
        ('1 study', '2 studies', '2 days')
    """
    return f"{count} {noun if count == 1 else _plural(noun)}"


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in _VOWELS:
        return f"{noun[:-1]}ies"
    return f"{noun}s"
