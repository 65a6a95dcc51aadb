import sys
from types import ModuleType

import pytest

from ctbone.extras import import_extra


def test_a_package_that_is_there_is_imported(monkeypatch):
    module = ModuleType("totalsegmentator")
    monkeypatch.setitem(sys.modules, "totalsegmentator", module)
    assert import_extra("totalsegmentator", extra="totalsegmentator") is module


def test_a_package_that_is_absent_is_named_with_its_remedy():
    with pytest.raises(ValueError, match=r"it is not installed: pip install 'ctbone\[dask\]'"):
        import_extra("not_to_be_had.part", extra="dask")


def test_what_a_package_lacks_is_named(tmp_path, monkeypatch):
    (tmp_path / "half_there.py").write_text("import no_such_package_here\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="half_there, it lacks no_such_package_here"):
        import_extra("half_there", extra="dask")
