"""``model.json``: what a trained head is, as its folder says it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

#: Version of the folder's layout.
SCHEMA = 1

#: What every record holds, beside its schema, and of which type.
_PARTS = {"network": dict, "input": dict, "grid": dict, "weights": str, "weights_sha256": str}


def read_model_record(folder: Path) -> dict[str, Any]:
    """Read the record of a model folder.

    Raises:
        ValueError: If the folder holds no model, or ``model.json`` is not one of this version.
    """
    path = folder / "model.json"
    if not path.is_file():
        raise ValueError(f"{folder.name} is no model folder: it lacks model.json")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"model.json of {folder.name} must be JSON in UTF-8: {error}") from error
    if not isinstance(record, dict) or record.get("schema") != SCHEMA:
        found = record.get("schema") if isinstance(record, dict) else type(record).__name__
        raise ValueError(f"model.json of {folder.name} must be of schema {SCHEMA}, got {found}")
    if lacking := [key for key, kind in _PARTS.items() if not isinstance(record.get(key), kind)]:
        raise ValueError(f"model.json of {folder.name} must be complete, lacks {lacking}")
    return record
