"""``model.json``: what a trained head is, as its folder says it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: Version of the folder's layout.
SCHEMA = 3

#: Digits of a digest that a message shows.
_SHOWN = 12

#: What every record holds, beside its schema, and of which type.
_PARTS = {
    "network": dict,
    "input": dict,
    "grid": dict,
    "weights": list,
    "weights_sha256": str,
    "sha256": str,
}

#: The mappings that a record may hold beside that.
_FURTHER = ("config", "conditions", "calibration", "validation", "training")


def sealed(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with its own digest, without which it is not read.

    Raises:
        ValueError: If it holds what is no JSON, such as a number that is not finite.
    """
    return {**record, "sha256": _digest(record)}


def read_model_record(folder: Path) -> dict[str, Any]:
    """Read the record of a model folder.

    Raises:
        ValueError: If the folder holds no model, ``model.json`` is not one of this version, or it
            was altered after it was written.
    """
    path, where = folder / "model.json", f"model.json of {folder.name}"
    if not path.is_file():
        raise ValueError(f"{folder.name} is no model folder: it lacks model.json")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{where} must be JSON in UTF-8: {error}") from error
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        found = record.get("schema") if isinstance(record, dict) else type(record).__name__
        raise ValueError(f"{where} must be of schema {SCHEMA}, got {found}")
    _require_parts(record, where)
    _require_weights(record, where)
    require_unaltered(where, found=_digest(record), wanted=record["sha256"])
    return record


def require_unaltered(where: str, *, found: str, wanted: str) -> None:
    """Check that what training wrote is as it was written.

    Raises:
        ValueError: If it has another digest than the one that was written down with it.
    """
    if found != wanted:
        raise ValueError(
            f"{where} was altered after training wrote it (expected SHA-256 "
            f"{wanted[:_SHOWN]}, found {found[:_SHOWN]}): what a head was taught, and how sure it "
            "is, cannot be changed there; take the folder as it was written, or train anew with "
            "what shall be different"
        )


def listed_weights(record: Mapping[str, Any]) -> dict[str, str]:
    """Return SHA-256 by name of each file of weights that a record lists."""
    return {str(one["file"]): str(one["sha256"]) for one in record["weights"]}


def joint_digest(digests: list[str]) -> str:
    """Return the digest that names a model: that of its weights, or one of all of theirs."""
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _digest(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of all but the digest itself, as JSON of one form."""
    rest = {key: value for key, value in record.items() if key != "sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _require_parts(record: Mapping[str, Any], where: str) -> None:
    """Check that a record holds what it must, and nothing that is not known.

    Raises:
        ValueError: If a key is missing or unknown, or holds something of another kind.
    """
    if lacking := [key for key, kind in _PARTS.items() if not isinstance(record.get(key), kind)]:
        raise ValueError(f"{where} must be complete, lacks {lacking}")
    if unknown := sorted(record.keys() - {"schema", *_PARTS, *_FURTHER}):
        raise ValueError(f"{where} holds unknown keys {unknown}")
    if wrong := [key for key in _FURTHER if not isinstance(record.get(key, {}), dict)]:
        raise ValueError(f"{where} must hold a mapping under each of {wrong}")


def _require_weights(record: Mapping[str, Any], where: str) -> None:
    """Check the list of weights.

    Raises:
        ValueError: If it is empty, an entry is no name with a digest, two have one name, or the
            digest of all is that of others.
    """
    for one in record["weights"]:
        known = isinstance(one, dict) and one.keys() == {"file", "sha256"}
        if not (known and all(isinstance(value, str) for value in one.values())):
            raise ValueError(f"{where} must list weights as file and sha256, got {one}")
        if Path(one["file"]).name != one["file"]:
            raise ValueError(f"{where} must name weights in its folder, got {one['file']!r}")
    listed = listed_weights(record)
    if not listed or len(listed) < len(record["weights"]):
        raise ValueError(f"{where} must list weights once each, got {len(record['weights'])}")
    if joint_digest(list(listed.values())) != record["weights_sha256"]:
        raise ValueError(f"{where}: weights_sha256 is not that of the weights it lists")
