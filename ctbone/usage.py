"""How ``--help`` says what an option takes: in words, and not in types of Python."""

from __future__ import annotations

from argparse import Action

from jsonargparse import DefaultHelpFormatter

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
