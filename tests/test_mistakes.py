from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from ctbone.mistakes import expected, explain


@dataclass
class Site:
    name: str
    weight: float


OPTIONS = {
    "out": Path,
    "levels": tuple[Literal["L1", "L2"], ...],
    "phase": Literal["late", "early"] | None,
    "fit.epochs": int,
    "head": Site | None,
    "head.sites": tuple[Site, ...],
    "head.network": Site,
    "head.network.width": float,
}


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        (
            'Parser key "levels":\n  Expected a typing.Literal. Got value: L9',
            "--levels: expected a list, each one of L1, L2, found L9",
        ),
        (
            "Parser key \"fit.epochs\":\n  Expected a <class 'int'>. Got value: many",
            "--fit.epochs: expected a whole number, found many",
        ),
        (
            'Parser key "head":\n  Subtypes\n  - Problem with given class_path\n'
            '      Parser key "network.width":\n        Expected a float. Got value: wide\n'
            "  - Expected a <class 'NoneType'>",
            "--head.network.width: expected a number, found wide",
        ),
        (
            "Parser key \"fit\":\n  Option 'epoch' is not accepted",
            "'fit.epoch' is no option of this command; did you mean --fit.epochs?",
        ),
        (
            "Group 'fit' does not accept option 'epoch'",
            "'fit.epoch' is no option of this command; did you mean --fit.epochs?",
        ),
        (
            "Parser key \"head\":\n  Group 'network' does not accept option 'widht'",
            "'head.network.widht' is no option of this command; "
            "did you mean --head.network.width?",
        ),
        (
            "Group 'network' does not accept option 'widht'",
            "'network.widht' is no option of this command; did you mean --head.network.width?",
        ),
        ("unrecognized arguments: --nope 3", "'nope' is no option of this command"),
        (
            "the following arguments are required: out, levels",
            "expected --out and --levels, found none",
        ),
        ("argument --out: expected one argument", "--out: expected a value, found none"),
        (
            "Parser key \"config\": File does not exist: 'a.yaml'",
            "--config: expected a file, found none at a.yaml",
        ),
        (
            "Does not validate\nErrors:\n  - Expected a <class>\n  - levels must be two, got one",
            "levels must be two, got one",
        ),
        (
            'Parser key "head":\n  Problem with given class_path:\n  Parser key "sites":\n'
            "  Expected a dot import path string: north\n  Given value: NestedArg(val=['north'])",
            "--head.sites: expected a list, each a mapping with keys of name, weight, found north",
        ),
        (
            'Parser key "head":\n  Parser key "network":\n  Unable to load config \'tiny\'\n'
            '  - Parser key "network": Unable to load config "tiny"',
            "--head.network: expected a mapping with keys of name, weight, found tiny",
        ),
        (
            'Parser key "phase":\n  Errors:\n    - Expected a typing.Literal\n'
            "    - Expected a <class 'NoneType'>\n  Given value: soon",
            "--phase: expected one of late, early, found soon",
        ),
        ("something\n  else", "something else"),
    ],
)
def test_what_the_parser_says_becomes_a_sentence(message, sentence):
    assert explain(message, OPTIONS) == sentence


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (bool, "true or false"),
        (Path | None, "a path"),
        (int | str, "a whole number or text"),
        (tuple[float, float], "a list of 2, each a number"),
        (tuple[Site, ...], "a list, each a mapping with keys of name, weight"),
    ],
)
def test_types_are_said_in_words(hint, words):
    assert expected(hint) == words


def test_a_long_value_is_shown_by_its_beginning():
    said = explain(f'Parser key "levels":\n  Expected a list. Got value: {"x" * 5000}', OPTIONS)
    assert said == f"--levels: expected a list, each one of L1, L2, found {'x' * 100} ..."
