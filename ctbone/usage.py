"""How ``--help`` says what an option takes: in words, and not in types of Python."""

from __future__ import annotations

from argparse import Action
from typing import Any

from jsonargparse import ArgumentParser, DefaultHelpFormatter

from ctbone.mistakes import expected


class Usage(DefaultHelpFormatter):
    """Writes ``(a number; by default 3.0)`` for ``(type: float, default: 3.0)`` of the parser."""

    def _get_type_str(self, action: Action) -> str | None:
        hint = getattr(action, "_typehint", action.type)
        return None if hint is None else expected(hint)

    def _get_help_string(self, action: Action) -> str:
        # What an option does where it is left out, its help says in words.
        shown = "" if action.default in (None, ()) else "; by default %(default)s"
        said = super()._get_help_string(action).replace("type: %(type)s", "%(type)s")
        return said.replace(", default: %(default)s", shown)


def make_parser(prog: str) -> type[ArgumentParser]:
    """Return the parser of a command, which the parsers of its ``--GROUP.help`` are as well.

    Args:
        prog: What help calls the command.
    """

    class CommandParser(ArgumentParser):
        def __init__(self, **settings: Any) -> None:  # noqa: ANN401
            super().__init__(**{"prog": prog, "formatter_class": Usage, **settings})

    return CommandParser
