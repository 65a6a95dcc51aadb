"""Counting mutants, and a list of equivalent ones that cannot grow old unseen."""

import json
import runpy
from pathlib import Path

import pytest

MUTANTS = runpy.run_path(str(Path(__file__).resolve().parents[1] / "scripts" / "mutants.py"))

SAME = MUTANTS["Equivalent"](was="if a < 0:", now="if a <= 0:", why="signs")
KNOWN = {"m.x_f__mutmut_1": SAME}
LINES = {"m.x_f__mutmut_1": "-if a < 0:\n+if a <= 0:"}


def test_each_named_mutant_has_a_reason_and_each_reason_a_mutant():
    named, reasons = MUTANTS["equivalents"]()
    assert {one.why for one in named.values()} == set(reasons)
    assert all(one.was != one.now for one in named.values())
    assert all(any(MUTANTS["_is_of"](area, name) for area in MUTANTS["AREAS"]) for name in named)


def test_what_survives_is_counted_without_what_is_equivalent():
    codes = {f"m.x_f__mutmut_{n}": code for n, code in enumerate((1, 0, 0, 33, None, -24, 1))}
    found = MUTANTS["tally"]("m", codes, KNOWN)
    assert (found.total, found.tried) == (7, 6)
    assert found.equivalent == ("m.x_f__mutmut_1",)
    assert found.left == ("m.x_f__mutmut_2", "m.x_f__mutmut_3")
    assert found.share == pytest.approx(2 / 5)
    assert found.row().split() == ["m", "7", "6", "3", "1", "2", "40.0%"]


def test_an_area_of_which_nothing_was_tried_has_no_survivors():
    assert MUTANTS["tally"]("m", {"m.x_f__mutmut_1": None}, KNOWN).share == 0.0


@pytest.mark.parametrize(
    ("codes", "lines", "told"),
    [
        ({"m.x_f__mutmut_1": 0}, LINES, []),
        ({"m.x_f__mutmut_1": None}, LINES, []),
        ({"m.x_f__mutmut_1": 1}, LINES, ["m.x_f__mutmut_1 is killed by a test"]),
        ({"m.x_f__mutmut_1": -24}, LINES, ["m.x_f__mutmut_1 is killed by a test"]),
        (
            {"m.x_f__mutmut_1": 0},
            {"m.x_f__mutmut_1": "-if a > 0:\n+if a >= 0:"},
            ["m.x_f__mutmut_1 is another mutant now"],
        ),
        ({}, {}, ["m.x_f__mutmut_1 is another mutant now"]),
    ],
)
def test_a_named_mutant_that_is_another_or_killed_is_told(codes, lines, told):
    found = MUTANTS["mistakes"](KNOWN, codes, lines)
    assert len(found) == len(told)
    assert all(text.startswith(start) for text, start in zip(found, told, strict=True))


def test_a_change_is_told_without_heads_and_indentation():
    diff = (
        "--- a.py\n+++ a.py\n@@ -1 +1 @@\n def f():\n-    if a < 0:\n+    if a <= 0:\n         x\n"
    )
    assert MUTANTS["changed"](diff) == "-if a < 0:\n+if a <= 0:"


def test_a_share_is_drawn_by_the_seed_whatever_the_order():
    names = [f"m{n}" for n in range(200)]
    one = MUTANTS["drawn"](names, share=0.1, seed=8)
    assert one == MUTANTS["drawn"](names[::-1], share=0.1, seed=8) == sorted(one)
    assert (len(one), len(set(one))) == (20, 20)
    assert one != MUTANTS["drawn"](names, share=0.1, seed=9)
    assert MUTANTS["drawn"](names, share=1.0, seed=8) == sorted(names)
    assert set(one) < set(MUTANTS["drawn"](names, share=0.3, seed=8))


def test_what_one_test_of_a_module_reaches_all_of_it_reach(tmp_path):
    path = tmp_path / "stats.json"
    stats = {
        "duration_by_test": {"a.py::one": 0.1, "a.py::two": 0.1, "b.py::one": 0.1},
        "tests_by_mangled_function_name": {"m.x_f": ["a.py::one"], "m.x_g": []},
    }
    path.write_text(json.dumps(stats))
    MUTANTS["_widen"](path)
    reached = json.loads(path.read_text())["tests_by_mangled_function_name"]
    assert reached == {"m.x_f": ["a.py::one", "a.py::two"], "m.x_g": []}
