"""How tests are shared out to workers."""

from pathlib import Path
from types import SimpleNamespace

from tests.conftest import groups_of


def asking(module, *names):
    return SimpleNamespace(path=Path(module), fixturenames=names)


def test_modules_that_share_what_takes_long_are_one_group():
    items = [
        asking("a.py", "tmp_path"),
        asking("a.py", "tmp_path", "small_export"),
        asking("b.py", "rendered"),
        asking("c.py", "tmp_path"),
        SimpleNamespace(path=Path("doctests.py")),
    ]
    assert groups_of(items) == {
        Path("a.py"): "training",
        Path("b.py"): "training",
        Path("c.py"): "c.py",
        Path("doctests.py"): "doctests.py",
    }
