"""What is left of many tests when their number counts."""

from __future__ import annotations

from collections.abc import Mapping


def holm(probabilities: Mapping[str, float]) -> dict[str, float]:
    """Return probabilities adjusted for their number (Holm, Scand J Stat 1979;6:65).

    Example:
        >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
        {'a': 0.03, 'b': 0.06, 'c': 0.06}
    """
    left, reached = len(probabilities), 0.0
    found = {}
    for name, p in sorted(probabilities.items(), key=lambda item: item[1]):
        reached = max(reached, min(1.0, left * p))
        found[name] = reached
        left -= 1
    return {name: found[name] for name in probabilities}
