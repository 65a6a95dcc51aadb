"""What every command leaves behind about itself: ``run.json``."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

#: Packages whose versions can change a number.
_VERSIONED = ("ctbone", "numpy", "scipy", "torch", "monai", "pydicom", "SimpleITK", "imagecodecs")


@dataclass
class RunLog:
    """What happened in one run, gathered while it goes on and written once at its end.

    Attributes:
        command: Name of the command.
        config: Its resolved configuration.
        counts: How many of what, by name.
        seconds: Wall time by stage.
        weights: SHA-256 by name of each weights file used.
        device: Where networks ran.
        warnings: What a reader of the results has to know.
    """

    command: str
    config: object
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    weights: dict[str, str] = field(default_factory=dict)
    device: str = "cpu"
    warnings: list[str] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add the wall time of the block to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - start
            self.seconds[name] = self.seconds.get(name, 0.0) + spent

    def write(self, out: Path, *, exit_code: int = 0) -> Path:
        """Write ``run.json`` into a folder and return its path."""
        out.mkdir(parents=True, exist_ok=True)
        record = {
            "command": self.command,
            "exit_code": exit_code,
            "config": to_plain(self.config),
            "config_sha256": config_digest(self.config),
            "counts": self.counts,
            "seconds": {name: round(spent, 3) for name, spent in self.seconds.items()},
            "weights": self.weights,
            "device": self.device,
            "warnings": self.warnings,
            "versions": _versions(),
        }
        path = out / "run.json"
        path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        return path


def config_digest(config: object) -> str:
    """Return the SHA-256 of a resolved configuration."""
    canonical = json.dumps(to_plain(config, path=str), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def to_plain(value: object, *, path: Callable[[Path], str] = lambda p: p.name) -> Any:  # noqa: ANN401
    """Turn a configuration into what JSON can hold.

    Of a path only the last part is kept unless ``path`` says otherwise: folders can carry names.
    """
    if isinstance(value, Path):
        return path(value)
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {
            item.name: to_plain(getattr(value, item.name), path=path) for item in fields(value)
        }
    if isinstance(value, Mapping):
        return {str(key): to_plain(item, path=path) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(item, path=path) for item in value]
    return value


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
