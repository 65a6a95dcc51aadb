"""Mistakes on a command line in one sentence: the option, what was expected, what was found."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from itertools import groupby
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

_PLAIN = MappingProxyType(
    {bool: "true or false", int: "a whole number", float: "a number", str: "text", Path: "a path"}
)

#: What the parser says, and which part of it is the name of an option.
_KEY = re.compile(r'Parser key "([^"]+)"')
_FOUND = re.compile(r"Got value: (.*)|val='(.*)'\)")
#: What it says of a word where it takes a group of options, or a list of such.
_NO_GROUP = re.compile(r"Expected a dot import path string: (.*)|Unable to load config '([^']*)'")
_REFUSED = re.compile(r"Option '([^']+)' is not accepted|unrecognized arguments: (.*)")
_REFUSED_BY_GROUP = re.compile(r"Group '([^']+)' does not accept option '([^']+)'")
_REQUIRED = re.compile(r"the following arguments are required: (.*)|Option '(.*)' is required")
_NO_VALUE = re.compile(r"argument (--\S+): expected one argument")
_REASON = re.compile(r"^\s*- (.*)$", re.MULTILINE)
_GIVEN = re.compile(r"^\s*Given value: (.*)$", re.MULTILINE)
_IS_OF_TYPES = re.compile(r"Expected a <|Expected a typing\.|Problem with given class_path")
_NO_PATH = re.compile(r"expected a path, found an empty one")
_NO_FILE = re.compile(r"File does not exist: '?([^']*)'?")

#: Characters of a wrong value that are shown: a whole file can stand where a word was expected.
_LONGEST = 100


def explain(message: str, options: Mapping[str, Any]) -> str:
    """Return what the parser complains of as one sentence.

    Args:
        message: The words of the parser, over several lines and in types of Python.
        options: Types by the name of an option.
    """
    # A group that cannot be read is named twice.
    keys = [key for key, _ in groupby(_KEY.findall(message))]
    name = _name(keys, options)
    if missing := _REQUIRED.search(message):
        group = f"{name}." if name else ""
        names = (missing[1] or missing[2]).replace(" ", "").split(",")
        return f"expected {' and '.join(f'--{group}{one}' for one in names)}, found none"
    if lacking := _NO_VALUE.search(message):
        return f"{lacking[1]}: expected a value, found none"
    if absent := _NO_FILE.search(message):
        return f"--{name}: expected a file, found none at {absent[1]}"
    if of_group := _REFUSED_BY_GROUP.search(message):
        # The group is named from where the parser stands, which may be within another.
        outer = "" if not name or name.endswith(of_group[1]) else f"{name}."
        return _refusal(f"{outer}{of_group[1]}.{of_group[2]}", options)
    if refused := _REFUSED.search(message):
        group = f"{name}." if name and refused[1] else ""
        word = refused[1] or refused[2].split()[0].partition("=")[0].removeprefix("--")
        return _refusal(f"{group}{word}", options)
    return _wrong_value(message, name, options)


def _wrong_value(message: str, name: str, options: Mapping[str, Any]) -> str:
    """Say what an option takes and was given, or else what the parser has in words of our own."""
    if emptied := _NO_PATH.search(message):
        return f"--{name}: {emptied[0]}"
    reasons = [reason for reason in _REASON.findall(message) if not _IS_OF_TYPES.match(reason)]
    said = reasons[0] if reasons else " ".join(message.split())
    found = _FOUND.search(message) or _NO_GROUP.search(message)
    if found is None and not reasons:
        found = _GIVEN.search(message)
    if name not in options or found is None:
        return said
    value = next((part for part in found.groups() if part), "nothing")
    if len(value) > _LONGEST:
        value = f"{value[:_LONGEST]} ..."
    return f"--{name}: expected {expected(options[name])}, found {value}"


def expected(hint: Any) -> str:  # noqa: ANN401 - any annotation
    """Say in words what an option of a type takes."""
    arguments = get_args(hint)
    if get_origin(hint) is Literal:
        return f"one of {', '.join(map(str, arguments))}"
    if get_origin(hint) in (Union, UnionType):
        return " or ".join(expected(kind) for kind in arguments if kind is not NoneType)
    if get_origin(hint) is tuple:
        if arguments[1:] != (Ellipsis,):
            return f"a list of {len(arguments)}, each {expected(arguments[0])}"
        return f"a list, each {expected(arguments[0])}"
    if is_dataclass(hint):
        return f"a mapping with keys of {', '.join(item.name for item in fields(hint))}"
    return _PLAIN.get(hint, str(hint))


def _name(keys: list[str], options: Mapping[str, Any]) -> str:
    """Return the option that keys lead to: each may be within the one before, or start anew."""
    for start in range(len(keys)):
        name = ".".join(keys[start:])
        if name in options:
            return name
    return keys[-1] if keys else ""


def _refusal(name: str, options: Mapping[str, Any]) -> str:
    # Within a group the parser may leave out its name.
    known = {name.partition(".")[2]: name for name in options} | {name: name for name in options}
    near = get_close_matches(name, known, n=1, cutoff=0.8)
    hint = f"; did you mean --{known[near[0]]}?" if near else ""
    return f"{name!r} is no option of this command{hint}"
