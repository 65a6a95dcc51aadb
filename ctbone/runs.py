"""What every command leaves behind about itself: ``run.json``."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ctbone.version import __version__

_NAME = "run.json"

#: Digits of a digest that a message shows.
_SHOWN = 12

_NOT_GIVEN = ("not given", "")

#: Packages of others whose versions can change a number.
_VERSIONED = (
    "numpy", "scipy", "torch", "openvino",
    "monai", "pydicom", "SimpleITK", "imagecodecs",
)  # fmt: skip


@dataclass
class RunLog:
    """What happened in one run, gathered while it goes on and written at its end.

    Attributes:
        command: Name of the command.
        config: Its resolved configuration.
        counts: How many of what, by name.
        seconds: Wall time by stage.
        weights: SHA-256 by name of each weights file used.
        device: Where networks ran.
        rule: Decision rule that classed patients; ``None`` where there is none, and not written.
        warnings: What a reader of the results has to know.
    """

    command: str
    config: object
    counts: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    weights: dict[str, str] = field(default_factory=dict)
    device: str = "cpu"
    rule: object = None
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

    def begin(
        self, out: Path, *, writes: Iterable[str], reads: Iterable[Path | None] = ()
    ) -> None:
        """Take a folder for this run alone: what an earlier run of the command left is removed.

        Until ``write`` says more, ``run.json`` says that the run did not end well; so a run that
        was cut off still owns its folder, and the next one clears it.

        Args:
            out: Folder of the run.
            writes: Patterns, below the folder, of the files that the command writes.
            reads: Files that this run reads; ``None`` is passed over.

        Raises:
            ValueError: If another command ran in the folder, or a file that is read would be
                written over.
        """
        require_own_folder(out, self.command)
        found = [path for pattern in writes for path in out.glob(pattern) if path.is_file()]
        read = {path.resolve() for path in reads if path is not None}
        if lost := sorted(path.name for path in found if path.resolve() in read):
            raise ValueError(
                f"--out {out.name} holds {lost[0]}, which this run reads and would write over; "
                "give another folder"
            )
        if (out / _NAME).is_file():
            for path in found:
                path.unlink()
        self.write(out, exit_code=1)

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
            **({"rule": to_plain(self.rule)} if self.rule is not None else {}),
            "warnings": self.warnings,
            "versions": _versions(),
        }
        path = out / _NAME
        # Whole or not at all: a torn one would bar the folder to the next run.
        part = path.with_name(f"{_NAME}.part")
        part.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        return part.replace(path)


def require_own_folder(out: Path, command: str) -> None:
    """Check that no other command left its run in a folder; what runs mix, no page can tell apart.

    Raises:
        ValueError: If the folder holds the ``run.json`` of another command, or a foreign one.
    """
    if not (out / _NAME).is_file():
        return
    try:
        record = json.loads((out / _NAME).read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        record = None
    earlier = record.get("command") if isinstance(record, dict) else None
    if earlier != command:
        found = f"a run of ctbone {earlier}" if earlier else f"a {_NAME} that ctbone did not write"
        raise ValueError(f"--out {out.name} must be a folder of its own, and holds {found}")


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


def deciding(config: object, digests: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return every option and digest by name: as it may be shown, and as it is compared.

    They decide a result: a run goes on only where all of them are as they were.

    Args:
        config: A dataclass. Of a path only its last part may be shown, and all of it is compared.
        digests: Digests of what the options point to, by what that is.
    """
    shown, whole = dict(_flat(to_plain(config))), dict(_flat(to_plain(config, path=str)))
    options = {name: (_text(shown[name]), config_digest(whole[name])) for name in shown}
    return options | {name: (digest[:_SHOWN], digest) for name, digest in digests.items()}


def tell_changes(before: Mapping[str, Sequence[str]], now: Mapping[str, Sequence[str]]) -> str:
    """Say which options differ, by what may be shown of them; empty where none does.

    Args:
        before: Options as ``deciding`` returns them.
        now: Others.
    """
    parts = []
    for name in sorted(before.keys() | now.keys()):
        was, became = before.get(name, _NOT_GIVEN), now.get(name, _NOT_GIVEN)
        if was[0] != became[0]:
            parts.append(f"{name} was {was[0]}, is {became[0]}")
        elif was[1] != became[1]:
            parts.append(f"{name} is another {was[0]}")
    return "; ".join(parts)


def _flat(plain: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in plain.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _text(value: object) -> str:
    if value is None or value == []:
        return "not given"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _versions() -> dict[str, str]:
    found = {name: known for name in _VERSIONED if (known := _installed(name))}
    return {"python": platform.python_version(), "ctbone": __version__, **found}


# It reads a file for each, and a process of many commands writes many logs.
@cache
def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
