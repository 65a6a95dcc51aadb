"""The figures of the house count what they say they count."""

import runpy
from pathlib import Path

import pytest

HOUSE = runpy.run_path(str(Path(__file__).resolve().parents[1] / "scripts" / "house.py"))

SOURCE = '''\
"""A module."""

from os import path


def first(one, *, two: int = 1) -> int:
    """Say what it does.

    And more.
    """
    # A comment.
    text = """a text
    of two lines"""

    def inner() -> None:
        return None

    return one + two + len(text) + inner()


class Shown:
    """A class."""

    def open(self) -> None:
        """Do nothing."""

    def bare(self, one: int) -> int: return one

    def _hidden(self, *rest):
        return (
            self,
            rest,
        )
'''


def test_lines_of_code_leave_out_signature_docstring_comments_and_blank_lines():
    found = {one.name: (one.code, one.whole) for one in HOUSE["lengths"](SOURCE, "m")}
    assert found == {
        "m.first": (5, 13),
        "m.first.inner": (1, 2),
        "m.Shown.open": (0, 2),
        "m.Shown.bare": (1, 1),
        "m.Shown._hidden": (4, 5),
    }
    assert HOUSE["code_lines"](SOURCE) == 1 + 6 + 1 + 1 + 1 + 5
    assert HOUSE["whole_lines"](SOURCE) == 33


def test_what_is_public_has_a_docstring_and_everything_annotations():
    assert HOUSE["undocumented"](SOURCE, "m") == ["m.Shown.bare"]
    assert HOUSE["undocumented"]("", "m") == ["m"]
    assert HOUSE["unannotated"](SOURCE, "m") == ["m.first", "m.Shown._hidden"]


def lengths(*code):
    return [HOUSE["Length"](f"ctbone.m.f{n}", code=n, whole=2 * n) for n in code]


@pytest.mark.parametrize(
    ("code", "met"),
    [
        ([8] * 7 + [26] * 3, [True, False, True]),
        ([8] * 9 + [25] + [60], [True, True, True]),
        ([9] * 10, [False, True, True]),
        ([1] * 20 + [61], [True, True, False]),
    ],
)
def test_a_figure_that_misses_its_aim_says_so(code, met):
    figures = HOUSE["of_functions"](lengths(*code))
    assert [one.is_met for one in figures] == [*met, True, True, True]
    assert [one.row().rstrip().endswith("missed") for one in figures[:3]] == [not m for m in met]


def test_modules_tests_and_branches_have_aims_of_their_own():
    modules = HOUSE["of_modules"]({f"m{n}": 10 for n in range(8)} | {"long": 250, "longer": 401})
    assert [(one.found, one.is_met) for one in modules] == [
        ("80.0%", False),
        ("401 longer", False),
    ]
    assert [one.found for one in HOUSE["of_tests"](["a = 1\n"] * 4, ["b = 1\n\n"] * 5)] == [
        "0.80",
        "0.40",
    ]
    assert HOUSE["of_coverage"]({"covered_branches": 90, "num_branches": 100}).is_met
    assert not HOUSE["of_coverage"]({"covered_branches": 89, "num_branches": 100}).is_met
    with pytest.raises(ValueError, match="found one without"):
        HOUSE["of_coverage"]({"num_statements": 100})
