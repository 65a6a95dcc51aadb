"""Silence of the libraries that carry patient data.

At their finer levels they log identifiers, addresses and parts of headers, and their warnings
repeat values that break a rule. Whatever a host application has set up to catch logs, none of it
is to hold patient data because of us.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LIBRARIES = ("dicomweb_client", "pydicom", "pynetdicom", "requests", "urllib3")


@contextmanager
def quiet() -> Iterator[None]:
    """Let no library log or warn in the block, in any thread."""
    loggers = [logging.getLogger(name) for name in _LIBRARIES]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
