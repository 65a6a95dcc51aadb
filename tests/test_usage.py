from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from jsonargparse import auto_cli, capture_parser

from ctbone.usage import make_parser


@dataclass(frozen=True, kw_only=True)
class Group:
    """Of many.

    Attributes:
        size: How many.
    """

    size: int = 3


@dataclass(frozen=True, kw_only=True)
class Config:
    """Do it.

    Attributes:
        out: Where.
        model: With what.
        share: How much of it.
        kinds: Which.
        group: Whose.
    """

    out: Path
    model: Path | None = None
    share: float = 0.5
    kinds: tuple[Literal["a", "b"], ...] = ()
    group: Group | None = None


def parse(*words):
    return auto_cli(
        Config, args=list(words), as_positional=False, parser_class=make_parser("ctbone do")
    )


def test_options_are_described_in_words():
    said = " ".join(capture_parser(parse).format_help().split())
    assert said.startswith("usage: ctbone do")
    assert "--out OUT Where. (required, a path)" in said
    assert "--model MODEL With what. (a path)" in said
    assert "--share SHARE How much of it. (a number; by default 0.5)" in said
    assert "--kinds [ITEM,...] Which. (a list, each one of a, b)" in said


def test_options_of_a_group_are_described_in_the_same_words(capsys):
    with pytest.raises(SystemExit):
        parse("--group.help")
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("usage: ctbone do")
    assert "How many. (a whole number; by default 3)" in said
