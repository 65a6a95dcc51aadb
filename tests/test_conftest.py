"""In which order workers take the tests."""

from pathlib import Path
from types import SimpleNamespace

from tests.conftest import slow_first


def item(module, name, *markers):
    return SimpleNamespace(
        path=Path(module), name=name, get_closest_marker=lambda mark: mark in markers
    )


def test_modules_that_take_long_come_first_and_stay_whole():
    items = [item("a.py", 1), item("b.py", 2), item("b.py", 3, "slow"), item("c.py", 4)]
    slow_first(items)
    assert [one.name for one in items] == [2, 3, 1, 4]
