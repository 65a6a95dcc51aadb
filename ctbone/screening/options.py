"""What decides a result, by name: a run goes on only where all of it is as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ctbone.runs import config_digest, to_plain

#: Digits of a digest that a message shows.
_SHOWN = 12


def deciding(config: object, digests: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return every option and digest as it may be shown, and as it is compared.

    Args:
        config: A dataclass. Of a path only its last part may be shown, and all of it is compared.
        digests: Digests of what the options point to, by what that is.
    """
    shown, whole = dict(_flat(to_plain(config))), dict(_flat(to_plain(config, path=str)))
    options = {name: (_text(shown[name]), config_digest(whole[name])) for name in shown}
    return options | {name: (digest[:_SHOWN], digest) for name, digest in digests.items()}


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
