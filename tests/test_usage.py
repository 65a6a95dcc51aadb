from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jsonargparse import auto_cli, capture_parser

from ctbone.usage import Usage


@dataclass(frozen=True, kw_only=True)
class Config:
    """Do it.

    Attributes:
        out: Where.
        model: With what.
        share: How much of it.
        kinds: Which.
    """

    out: Path
    model: Path | None = None
    share: float = 0.5
    kinds: tuple[Literal["a", "b"], ...] = ()


def test_options_are_described_in_words():
    parser = capture_parser(lambda: auto_cli(Config, as_positional=False, formatter_class=Usage))
    said = " ".join(parser.format_help().split())
    assert "--out OUT Where. (required, a path)" in said
    assert "--model MODEL With what. (a path)" in said
    assert "--share SHARE How much of it. (a number; by default 0.5)" in said
    assert "--kinds [ITEM,...] Which. (a list, each one of a, b)" in said
