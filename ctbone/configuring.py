"""The configuration that words ask for: one road from options to a frozen dataclass."""

from __future__ import annotations

from dataclasses import is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeVar, get_args, get_type_hints

from ctbone.arguments import gather, options
from ctbone.mappings import read_mapping
from ctbone.mistakes import explain

_T = TypeVar("_T")


def configure(config: type[_T], arguments: list[str], *, prog: str, hint: str = "") -> _T:
    """Return the configuration that the words of a command line ask for.

    Args:
        config: Which; a dataclass.
        arguments: The words, ``--name=value`` among them; a value can be JSON.
        prog: What ``--help`` calls the command.
        hint: What follows a sentence about an option.

    Raises:
        ValueError: If they ask for none; in one sentence.
        SystemExit: If they ask for help, once it is printed.
    """
    from argparse import ArgumentError

    from jsonargparse import auto_cli, set_parsing_settings
    from jsonargparse.typing import register_type

    from ctbone.usage import make_parser

    # Options are described below each attribute or in the class; --help shows either.
    set_parsing_settings(docstring_parse_attribute_docstrings=True)
    # The one place where what is given becomes a path: of words, of JSON and of YAML.
    register_type(Path, str, _to_path, type_check=isinstance, fail_already_registered=False)
    _require_mappings(arguments, config)
    _help_of_groups(arguments, config, prog)
    try:
        found: _T = auto_cli(
            config,
            args=gather(arguments, config),
            as_positional=False,
            allow_abbrev=False,
            exit_on_error=False,
            parser_class=make_parser(prog),
        )
    except ArgumentError as mistake:
        raise ValueError(f"{explain(str(mistake), options(config))}{hint}") from None
    except ValueError as mistake:
        # What a group of options refuses comes wrapped in the types that it could have been.
        raise ValueError(explain(str(mistake), {})) from None
    return found


def _to_path(given: str) -> Path:
    """Return a path; an empty one would mean the current folder, which nobody asked for.

    Raises:
        ValueError: If it is empty.
    """
    if not given.strip():
        raise ValueError("expected a path, found an empty one")
    return Path(given)


def _require_mappings(arguments: list[str], config: type) -> None:
    """Refuse a broken configuration file by its name and line, which the parser would not say.

    Raises:
        ValueError: If a file that holds options is no mapping.
    """
    hints = get_type_hints(config).items()
    groups = {"--config"} | {f"--{name}" for name, hint in hints if _holds_options(hint)}
    words = [part for word in arguments for part in word.split("=", maxsplit=1)]
    for option, value in pairwise(words):
        # A value can be the options themselves, as JSON.
        if option in groups and not value.startswith("{") and Path(value).is_file():
            read_mapping(Path(value))


def _help_of_groups(arguments: list[str], config: type, prog: str) -> None:
    """Print ``--GROUP.help``; the parser's own finds no groups within others.

    Raises:
        SystemExit: If it was asked for.
    """
    from ctbone.usage import make_parser

    known = options(config)
    for word in arguments:
        name = word.removeprefix("--").removesuffix(".help")
        group = _group(known.get(name))
        if word != f"--{name}.help" or group is None:
            continue
        parser = make_parser(prog)()
        parser.add_class_arguments(group, name)
        parser.print_help()
        raise SystemExit


def _holds_options(hint: object) -> bool:
    return _group(hint) is not None


def _group(hint: object) -> type | None:
    """Return the dataclass that an option takes, as it is, in a list or beside nothing."""
    kinds = (hint, *get_args(hint))
    return next((kind for kind in kinds if isinstance(kind, type) and is_dataclass(kind)), None)
