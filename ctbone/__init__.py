"""Opportunistic osteoporosis screening from routine chest and abdominal CT.

In Python as on the command line: ``ctbone.screen``, ``evaluate`` and ``pool`` for a cohort, and
``read``, ``localise`` and ``estimate`` for one CT. Each is imported when it is first used, so that
``import ctbone`` costs nothing.
"""

from __future__ import annotations

from ctbone.version import __version__

# What stands for type checkers in __init__.pyi; contracts on imports see nothing of it there.
__all__ = [
    "CTVolume",
    "CtboneError",
    "DomainConfig",
    "Estimate",
    "Evaluation",
    "Flag",
    "Localisation",
    "Picture",
    "Pooling",
    "Reason",
    "Scan",
    "Screening",
    "SeriesRule",
    "TrustConfig",
    "__version__",
    "estimate",
    "evaluate",
    "localise",
    "pool",
    "read",
    "read_screening",
    "screen",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'ctbone' has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module("ctbone.api"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
