"""The version of the package, as it was when it was built or installed."""

from __future__ import annotations

# From a file: the metadata of the package take longer to import than all that --help needs.
try:
    from ctbone._version import __version__
except ModuleNotFoundError:
    #: A checkout that nothing has built or installed knows no version.
    __version__ = "0.0.0"

__all__ = ["__version__"]
