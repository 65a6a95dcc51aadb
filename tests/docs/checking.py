"""Whether a command that is not run could be: its name and its options, without doing it."""

import re
import shlex
from functools import cache
from pathlib import Path
from typing import get_type_hints

from ctbone.arguments import options
from ctbone.cli import COMMANDS, _configuration, _load
from tests.docs.table import FOREIGN

ROOT = Path(__file__).parents[2]

#: Scripts that hand their options on, and the command that takes them.
STANDS_FOR = {"scripts/demo": "demo", "scripts/compare": "compare"}

#: Options that the parser adds to every command.
_OF_ALL = {"help", "config", "print_config"}


def check(words: list[str]) -> None:
    """Raise ValueError unless the command exists and knows each option that is named."""
    match words:
        case ["ctbone", name, *rest]:
            _check_names(name, rest)
        case ["python", "-m", module, *rest]:
            _check_program(ROOT.joinpath(*module.split(".")), rest)
        case [script, *rest] if script in STANDS_FOR:
            _check_names(STANDS_FOR[script], [word for word in rest if word != "--quick"])
        case ["python", script, *rest] | [script, *rest] if script.startswith("scripts/"):
            _check_program(ROOT / script, rest)
        case [option, *_] if option.startswith("--"):
            _check_option(option.split("=")[0])


def parse(words: list[str]) -> None:
    """Raise ValueError unless ctbone's own parser takes the words, values and all."""
    name, *rest = words
    _configuration(name, _load(COMMANDS[name]), rest)


def known(name: str) -> set[str]:
    """Return the names of all options of a command; those of a group are ``group.name``."""
    own = options(get_type_hints(_load(COMMANDS[name]))["config"])
    return {*own, *(f"{option}.help" for option in own), *_OF_ALL}


def _check_names(name: str, rest: list[str]) -> None:
    if name in {"COMMAND", "--help"}:
        return
    if name not in COMMANDS:
        raise ValueError(f"there is no command {name!r}")
    unknown = [word for word in _options(rest) if word not in known(name)]
    if unknown:
        raise ValueError(f"ctbone {name} has no option --{unknown[0]}")


def _options(words: list[str]) -> list[str]:
    return [word[2:].split("=")[0] for word in words if re.match(r"--[a-z]", word)]


@cache
def _everywhere() -> set[str]:
    return {option for name in COMMANDS for option in known(name)}


def _check_option(option: str) -> None:
    name = option[2:].removesuffix(".*")
    if name in _everywhere() or any(known.startswith(f"{name}.") for known in _everywhere()):
        return
    ours = any(f'"{option}"' in text or f"{option})" in text for text in _programs())
    if option not in FOREIGN and not ours:
        raise ValueError(f"no command, benchmark or script has an option {option}")


@cache
def _programs() -> tuple[str, ...]:
    files = [*(ROOT / "benchmarks").rglob("*.py"), *(ROOT / "scripts").iterdir()]
    return tuple(path.read_text(encoding="utf-8") for path in files if path.is_file())


def _check_program(place: Path, rest: list[str]) -> None:
    """Hold the options of a program against its source: asking it for help could start it."""
    files = [place, place.with_suffix(".py"), *place.glob("*.py")]
    source = "".join(path.read_text(encoding="utf-8") for path in files if path.is_file())
    if not source:
        raise ValueError(f"there is no {place.relative_to(ROOT)}")
    for option in _options(rest):
        if f'"--{option}"' not in source and f"--{option}" not in source:
            raise ValueError(f"{place.relative_to(ROOT)} has no option --{option}")


def ctbone_words(text: str) -> list[str] | None:
    """Return what follows ``ctbone`` or an image of it in a command line, if it has any."""
    words = shlex.split(text, comments=True)
    for index, word in enumerate(words):
        if word == "ctbone" or re.fullmatch(r"ctbone:(cpu|gpu)", word):
            rest = words[index + 1 :]
            return rest if rest and rest[0] in COMMANDS else None
    return None
