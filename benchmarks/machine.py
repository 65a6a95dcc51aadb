"""On what, when and with which version figures were measured; never under whose name."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ctbone import __version__


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """When and where figures were measured.

    Attributes:
        cores: Cores that the process may use.
        processor: The maker's name of the processor.
        python: Version of the interpreter.
        version: Of ctbone.
        date: Day, YYYY-MM-DD, UTC.
    """

    cores: int
    processor: str
    python: str
    version: str
    date: str

    def told(self) -> str:
        """Return it in words."""
        cores = "1 core" if self.cores == 1 else f"{self.cores} cores"
        return (
            f"Measured on {self.date} with ctbone {self.version} and Python {self.python} "
            f"on {cores} of {self.processor}."
        )


def this_occasion() -> Occasion:
    """Return what is the case now."""
    return Occasion(
        cores=len(os.sched_getaffinity(0)),
        processor=_processor(Path("/proc/cpuinfo")),
        python=platform.python_version(),
        version=__version__,
        date=f"{datetime.now(UTC):%Y-%m-%d}",
    )


def _processor(cpuinfo: Path) -> str:
    """Return the name that the processor gives itself; Linux's is the one that says more."""
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()
