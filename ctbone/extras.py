"""Packages that few need: one way to import them, and one message where they are absent."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Literal

#: The extras of the package, each named after what it is for (pyproject.toml).
Extra = Literal["dask", "openvino", "pacs", "totalsegmentator"]


def import_extra(module: str, *, extra: Extra) -> ModuleType:
    """Import a module of a package that does not come with ctbone itself.

    Args:
        module: Its dotted name.
        extra: The extra that installs its package.

    Raises:
        ValueError: If the package is not installed, or something that it needs is not; the message
            says how to install it.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as absent:
        package = module.partition(".")[0]
        found = "it is not installed" if absent.name == package else f"it lacks {absent.name}"
        raise ValueError(
            f"expected the package {package}, {found}: pip install 'ctbone[{extra}]'"
        ) from absent
