"""The ``ctbone`` command: one configuration in, one function called."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NamedTuple, get_type_hints

from ctbone.configuring import configure
from ctbone.errors import CtboneError, NothingUsable, WeightsMismatch
from ctbone.version import __version__


class Command(NamedTuple):
    """A command: where its function stands, and what it is for."""

    room: str
    function: str
    summary: str


#: Every command is one function of one frozen configuration, imported only when it is asked for.
COMMANDS = {
    "demo": Command("demo", "demo", "the whole path on simulated patients, in minutes"),
    "compare": Command("comparison", "compare", "systems on one cohort with equal budgets"),
    "simulate": Command("phantom", "simulate", "a PACS-like DICOM export with known truth"),
    "receive": Command("pacs", "receive", "listen for what an archive sends (C-STORE)"),
    "fetch": Command("pacs", "fetch", "studies of an archive, over the network (DICOMweb)"),
    "index": Command("ingest", "index", "which studies and series an export holds"),
    "cohort": Command("linkage", "cohort", "reference results linked to studies, and splits"),
    "localise": Command("localisation", "localise", "find vertebral bodies; masks and pictures"),
    "presets": Command("presets", "presets", "published systems as configurations of train"),
    "train": Command("training", "train", "fit a localiser or a head"),
    "screen": Command("screening", "screen", "BMD and category for every study of an export"),
    "send": Command("pacs", "send", "DICOM files to an archive (DICOMweb, C-STORE)"),
    "evaluate": Command("evaluation", "evaluate", "accuracy against the reference standard"),
    "pool": Command("pooling", "pool", "bivariate meta-analysis of 2x2 tables"),
    "calibrate": Command("densitometry", "calibrate", "a scanner's line from HU to mg/cm3"),
    "export": Command("interchange", "export", "2x2 tables for Stata, R, RevMan, MetaDTA"),
    "report": Command("report", "report", "pages about a run, and every study to review"),
}

_USAGE, _NOTHING_USABLE, _OTHER = 2, 3, 1


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command with the configuration given in YAML, on the command line, or both.

    Exits with 0 when all went well, 2 for bad arguments, configuration or weights, 3 when the
    input held nothing usable, and 1 for anything else.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    match given:
        case [] | ["-h" | "--help", *_]:
            sys.stdout.write(_help())
        case ["--version", *_]:
            sys.stdout.write(f"ctbone {__version__}\n")
        case [name, *rest] if name in COMMANDS:
            _run(name, rest)
        case [name, *_]:
            _fail(_unknown(name), _USAGE)


def _run(name: str, arguments: list[str]) -> None:
    try:
        function = _load(COMMANDS[name])
        function(_configuration(name, function, arguments))
    except NothingUsable as fault:
        _fail(str(fault), _NOTHING_USABLE)
    # Weights are named by an option, as a configuration is.
    except WeightsMismatch as mistake:
        _fail(f"{mistake.reason}: {mistake}", _USAGE)
    except CtboneError as fault:
        _fail(f"{fault.reason}: {fault}", _OTHER)
    # A ValueError is a mistake by the caller, here the person who typed the command.
    except ValueError as mistake:
        _fail(str(mistake), _USAGE)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, FileExistsError) as mistake:
        _fail(_words(mistake), _USAGE)
    except OSError as trouble:
        _fail(_words(trouble), _OTHER)
    except KeyboardInterrupt as stop:
        _fail(str(stop) or "interrupted", _OTHER)


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    for close in get_close_matches(name, COMMANDS, n=1):
        return f"no command {name!r}: did you mean {close}?"
    return f"no command {name!r}; choose one of {', '.join(COMMANDS)}"


def _words(trouble: OSError) -> str:
    """Say what the system refused, and for which file if it is known: a full disk names none."""
    if trouble.strerror is None:
        return str(trouble)
    said = trouble.strerror.lower()
    return said if trouble.filename is None else f"{trouble.filename}: {said}"


def _load(command: Command) -> Callable[[Any], None]:
    module = import_module(f"ctbone.{command.room}")
    function: Callable[[Any], None] = getattr(module, command.function)
    return function


def _configuration(name: str, function: Callable[[Any], None], arguments: list[str]) -> Any:  # noqa: ANN401
    config = get_type_hints(function)["config"]
    return configure(config, arguments, prog=f"ctbone {name}", hint=f"; see ctbone {name} --help")


def _help() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(
        [
            "usage: ctbone COMMAND [--config FILE] [--option VALUE ...]",
            "",
            "Opportunistic osteoporosis screening from routine CT. Not a medical device.",
            "",
            *lines,
            "",
            "ctbone COMMAND --help lists the options of a command; --print_config prints them",
            "as a YAML file that --config takes. Several values of one option ([ITEM,...]) stand",
            "with spaces between them; words and files with commas, too.",
            "",
            "Exit codes: 0 every study accounted for, rejections included; 2 bad arguments,",
            "configuration or weights; 3 nothing usable in the input; 1 anything else.",
            "",
        ]
    )


def _fail(message: str, code: int) -> None:
    sys.stderr.write(f"ctbone: {message}\n")
    raise SystemExit(code)
