"""In which order workers take the tests."""

from types import SimpleNamespace

from tests.conftest import room_of, slow_first


def item(nodeid, *markers):
    return SimpleNamespace(nodeid=nodeid, get_closest_marker=lambda mark: mark in markers)


def test_rooms_that_take_long_come_first_and_stay_whole():
    names = ["t/a/x.py::1", "t/b/x.py::2", "t/b/y/z.py::T::3", "t/a/y.py::4[n/m]", "t/c.py::5"]
    slow = {"t/b/y/z.py::T::3", "t/b/x.py::2", "t/c.py::5"}
    items = [item(name, *(["slow"] if name in slow else [])) for name in names]
    slow_first(items)
    assert [names.index(one.nodeid) + 1 for one in items] == [2, 3, 5, 1, 4]
    assert [room_of(one.nodeid) for one in items] == ["t/b", "t/b", "t/c.py", "t/a", "t/a"]
