"""The reference of commands, a page each, made from the parsers that read the command line."""

from __future__ import annotations

from argparse import SUPPRESS
from collections.abc import Iterator
from typing import Any, get_type_hints

from jsonargparse import ArgumentParser, auto_cli, capture_parser, set_parsing_settings

from ctbone.arguments import options
from ctbone.cli import COMMANDS, _load
from ctbone.mistakes import expected

_HEAD = "| option | takes | by default | what it says |\n|---|---|---|---|"


def command_pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of a page a command, and of the one that lists them."""
    for name in COMMANDS:
        yield f"commands/{name}", command_page(name)
    rows = [
        f"| [`ctbone {name}`](commands/{name}.md) | {COMMANDS[name].summary} |"
        for name in COMMANDS
    ]
    tree = ["```{toctree}", ":hidden:", "", *(f"commands/{name}" for name in COMMANDS), "```", ""]
    about = (
        "Every option can stand on the command line or in a YAML file given as `--config`; "
        "`--print_config` prints such a file. Several values of one option stand with spaces or "
        "commas between them.\n\nExit codes: 0 every study accounted for, rejections included; "
        "2 bad arguments, configuration or weights; 3 nothing usable in the input; "
        "1 anything else."
    )
    table = ["| command | what it is for |", "|---|---|", *rows]
    yield "commands", "\n".join(["# Commands", "", about, "", *table, "", *tree])


def command_page(name: str) -> str:
    """Return the page of one command: its purpose, and every option by groups."""
    set_parsing_settings(docstring_parse_attribute_docstrings=True)
    config = get_type_hints(_load(COMMANDS[name]))["config"]
    parser = capture_parser(
        lambda: auto_cli(config, as_positional=False, allow_abbrev=False, prog=f"ctbone {name}")
    )
    lines = [f"# ctbone {name}", "", _one_line(parser.description or ""), ""]
    for title, rows in _groups(parser, options(config)):
        lines += [f"## {title}", "", _HEAD, *rows, ""]
    return "\n".join(lines)


def _groups(parser: ArgumentParser, types: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for group in parser._action_groups:  # noqa: SLF001 - argparse has no other way to ask
        actions = [action for action in group._group_actions if action.dest in types]  # noqa: SLF001
        # A group is named once, as --group FILE, by its title alone.
        rows = [_row(action, types[action.dest]) for action in actions if action.help != SUPPRESS]
        if rows:
            yield _title(group.title or "Options"), rows


def _title(title: str) -> str:
    return "Options" if title == "options" else _one_line(title)


def _row(action: Any, hint: Any) -> str:  # noqa: ANN401 - of argparse, and any annotation
    default = "**required**" if action.required else _default(action.default)
    cells = [f"`{action.option_strings[0]}`", _cell(expected(hint)), default, _cell(action.help)]
    return f"| {' | '.join(cells)} |"


def _default(value: object) -> str:
    if value is None or value in ((), SUPPRESS):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple | list):
        return _cell(", ".join(f"`{item}`" for item in value)) if len(str(value)) < 200 else ""
    return f"`{value}`" if len(str(value)) < 80 else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    """Return text as a cell of a table of Markdown takes it."""
    plain = _one_line(text or "").replace("``", "`")
    return plain.replace("|", "\\|").replace("<", "\\<").replace("*", "\\*")
