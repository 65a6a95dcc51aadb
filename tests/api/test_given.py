"""What a caller gives is made plain, or refused in a sentence of the promised kinds."""

import errno
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctbone.anatomy import VertebralLevel
from ctbone.api.given import plain, sentences, to_place, told
from ctbone.records import Flag, Interval

BLOCK = np.zeros((2, 2, 2), np.int16)
FRAME = pd.DataFrame({"a": [1]})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float64(0.5), 0.5),
        (np.bool_(1), True),
        (np.array("a"), "a"),
        (np.array(["a", "b"]), ["a", "b"]),
        (pd.Series([1, 2]), [1, 2]),
        (pd.Index(["a"]), ["a"]),
        ({"a": 1}.keys(), ["a"]),
        ((n for n in (1, 2)), [1, 2]),
        (VertebralLevel.L1, "L1"),
        (Flag.KVP_UNKNOWN, "kvp_unknown"),
        (Path("a") / "b", "a/b"),
        ({"a": Path("b"), "c": (None, np.int8(1))}, {"a": "b", "c": [None, 1]}),
        (Interval(1.0, np.float32(0.5), 2.0), {"estimate": 1.0, "lower": 0.5, "upper": 2.0}),
    ],
)
def test_values_of_every_kind_become_plain(value, expected):
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("value", [BLOCK, FRAME, b"ab", object(), Interval])
def test_what_is_no_option_stays_what_it_is(value):
    assert plain(value) is value


def test_a_message_shows_what_is_short_and_names_what_is_long():
    assert (told(None), told(["a"])) == ("None", "['a']")
    assert (told(BLOCK), told("x" * 99)) == ("ndarray", "str")


@pytest.mark.parametrize("value", [None, 3, ["a"], BLOCK, FRAME, b"a", {"a": 1}])
def test_what_is_no_path_is_a_type_error_that_says_what_is_taken(value):
    with pytest.raises(TypeError, match=r"\Acohort: expected a frame or a path, found [^\n]*\Z"):
        to_place(value, name="cohort", expected="a frame or a path")


@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_path_is_not_the_current_folder(value):
    with pytest.raises(ValueError, match="mask: expected a path, found an empty path"):
        to_place(value, name="mask")
    assert to_place(".", name="mask") == Path()


@pytest.mark.parametrize(
    ("number", "kind", "message"),
    [
        (errno.ENOENT, FileNotFoundError, "expected a file or a folder, found nothing at a.csv"),
        (errno.EISDIR, ValueError, "expected a file, found the folder a.csv"),
        (errno.EEXIST, ValueError, "expected a folder, found the file a.csv"),
        (errno.ENOTDIR, ValueError, "expected a folder, found the file a.csv"),
    ],
)
def test_what_the_system_refuses_is_a_sentence(number, kind, message):
    with pytest.raises(kind) as fault, sentences():
        raise OSError(number, os.strerror(number), "a.csv")
    assert str(fault.value) == message


@pytest.mark.parametrize(
    ("number", "name", "message"),
    [
        (errno.ENOENT, "absent/within/x.png", "found nothing at absent"),
        (errno.ENOTDIR, "a.py/x.png", "found the file a.py"),
    ],
)
def test_what_is_missing_is_named_and_not_what_lies_below_it(
    number, name, message, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text("")
    with pytest.raises((FileNotFoundError, ValueError), match=rf"{message}\Z"), sentences():
        raise OSError(number, os.strerror(number), name)


@pytest.mark.parametrize(
    "trouble",
    [
        FileNotFoundError("expected masks, found none"),
        OSError(errno.ENOSPC, "No space left on device", "a"),
        ValueError("as it was"),
    ],
)
def test_what_is_a_sentence_or_no_mistake_stays_as_it_is(trouble):
    with pytest.raises(type(trouble)) as fault, sentences():
        raise trouble
    assert fault.value is trouble


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("--out a must be of its own", "out a must be of its own"),
        ("give another (--out)", "give another (out)"),
        ("a--b.csv: a cell is empty", "a--b.csv: a cell is empty"),
    ],
)
def test_options_are_said_without_dashes(sentence, said):
    with pytest.raises(ValueError) as fault, sentences():  # noqa: PT011 - compared as a whole
        raise ValueError(sentence)
    assert str(fault.value) == said
