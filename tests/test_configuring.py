"""Words become the configuration that they ask for; test_cli asks the same by whole commands."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ctbone.configuring import configure


@dataclass(frozen=True, kw_only=True)
class Inner:
    """A group of options."""

    least: int = 3
    """How few."""


@dataclass(frozen=True, kw_only=True)
class Outer:
    """What is asked."""

    path: Path
    """Where."""
    names: tuple[str, ...] = ()
    """Whom."""
    inner: Inner = field(default_factory=Inner)
    """How."""


def asked(*words):
    return configure(Outer, list(words), prog="words", hint="; see elsewhere")


def test_values_are_words_or_json():
    found = asked("--path=a b", '--names=["x", "y"]', '--inner={"least": 4}')
    assert found == Outer(path=Path("a b"), names=("x", "y"), inner=Inner(least=4))


def test_a_mistake_about_an_option_is_followed_by_the_hint():
    with pytest.raises(
        ValueError, match=r"\A--inner.least: expected a whole number, found x; see"
    ):
        asked("--path=a", "--inner.least=x")
