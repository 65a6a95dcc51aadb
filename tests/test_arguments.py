from dataclasses import dataclass, field, make_dataclass
from pathlib import Path
from typing import Literal

import pytest

from ctbone.arguments import gather, options


@dataclass(frozen=True, kw_only=True)
class Group:
    kinds: tuple[Literal["a", "b"], ...] = ("a",)
    pair: tuple[float, float] = (0.0, 1.0)
    window: Literal["bone"] | tuple[float, float] = "bone"
    ages: tuple[float, float] | None = None


@dataclass(frozen=True, kw_only=True)
class Config:
    out: Path
    files: tuple[Path, ...] = ()
    names: tuple[str, ...] = ()
    group: Group | None = None
    other: Group = field(default_factory=Group)


def test_options_of_groups_are_named_within_them():
    found = options(Config)
    assert list(found) == [
        "out", "files", "names",
        "group", "group.kinds", "group.pair", "group.window", "group.ages",
        "other", "other.kinds", "other.pair", "other.window", "other.ages",
    ]  # fmt: skip
    assert found["out"] is Path


def test_options_of_each_in_a_list_are_known_for_what_is_said_of_them():
    found = options(make_dataclass("Many", [("groups", tuple[Group, ...])]))
    assert list(found) == [
        "groups", "groups.kinds", "groups.pair", "groups.window", "groups.ages",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "gathered"),
    [
        (["--files", "a", "b", "--out", "c"], ["--files", '["a", "b"]', "--out", "c"]),
        (["--files", "a,b", "c"], ["--files", '["a", "b", "c"]']),
        (["--files=a,b", "--out=c,d"], ["--files", '["a", "b"]', "--out=c,d"]),
        (["--files", "[a, b]"], ["--files", "[a, b]"]),
        (["--files"], ["--files", "[]"]),
        (["--names", "Doe, J", "x"], ["--names", '["Doe, J", "x"]']),
        (["--group.kinds", "a,", "b"], ["--group.kinds", '["a", "b"]']),
        (["--group.pair", "[1,2]"], ["--group.pair", "[1,2]"]),
        (["--group.pair", "1", "2"], ["--group.pair", '["1", "2"]']),
        (["--group.window", "-200", "600"], ["--group.window", '["-200", "600"]']),
        (["--group.window", "bone"], ["--group.window", "bone"]),
        (["--group.ages", "null", "--out", "a=b"], ["--group.ages", "null", "--out", "a=b"]),
        (["--group.ages=[40,60]"], ["--group.ages=[40,60]"]),
        (["--group.ages", "40", "60"], ["--group.ages", '["40", "60"]']),
    ],
)
def test_several_values_become_one_list(given, gathered):
    assert gather(given, Config) == gathered


def test_a_file_with_a_comma_in_its_name_is_one(tmp_path):
    path = tmp_path / "a,b.csv"
    path.touch()
    assert gather(["--files", str(path)], Config) == ["--files", f'["{path}"]']


def test_characters_of_every_plane_stay_what_they_are():
    found = gather(["--names", "骨𠮷😀", "b"], Config)
    assert found == ["--names", '["骨𠮷😀", "b"]']
