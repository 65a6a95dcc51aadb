"""``import ctbone``: what it offers, what it costs, and what type checkers are told."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import ctbone
from ctbone import api

STUB = Path(ctbone.__file__).with_suffix(".pyi")


def test_it_offers_what_it_lists_and_lists_what_the_room_does():
    assert sorted(ctbone.__all__) == sorted(["__version__", *api.__all__])
    assert all(getattr(ctbone, name) is getattr(api, name) for name in api.__all__)
    assert set(ctbone.__all__) <= set(dir(ctbone))


def test_type_checkers_are_told_the_same():
    body = ast.parse(STUB.read_text()).body
    named = [
        alias.asname for item in body if isinstance(item, ast.ImportFrom) for alias in item.names
    ]
    stated = [item.target.id for item in body if isinstance(item, ast.AnnAssign)]
    assert sorted([*named, *stated]) == sorted(ctbone.__all__)
    assert (STUB.parent / "py.typed").is_file()


def test_it_imports_nothing_heavy_and_still_knows_its_names():
    code = (
        "import sys, ctbone\n"
        "assert 'screen' in dir(ctbone)\n"
        "heavy = {'torch', 'numpy', 'pandas', 'monai', 'ctbone.api'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_another_name_is_no_attribute():
    with pytest.raises(AttributeError, match="module 'ctbone' has no attribute 'scren'"):
        _ = ctbone.scren
