"""``privacy.json``: what a run did to identifiers, as a machine can check it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctbone.deidentification.contents import Content, Kinds, listing
from ctbone.deidentification.fates import Fate, fates
from ctbone.deidentification.seen import Seen
from ctbone.ingest import CATALOGUE
from ctbone.ingest.identifying import HASH, PSEUDONYM_DIGITS, SCANNER_DIGITS
from ctbone.version import __version__

PRIVACY = "privacy.json"


@dataclass(frozen=True, kw_only=True)
class Handling:
    """What a command does to identifiers.

    Attributes:
        command: Its name.
        written: What it writes of header values in other files than the catalogue, by name in
            ``ingest.tags``.
        files: What the files that it leaves hold, by pattern.
        copied: Keywords of what it copies from images into DICOM objects.
    """

    command: str
    written: Mapping[str, Fate]
    files: Kinds
    copied: tuple[str, ...] = ()


def write_privacy(
    out: Path, handling: Handling, *, seen: Seen, site_key: Path | None = None
) -> Path:
    """Write the report into the folder of a run, once all else is there; return its path.

    Args:
        out: Folder of the run.
        handling: What the command does.
        seen: What passed.
        site_key: File of the key, if one was given; it is not read.
    """
    is_catalogued = Content.PATHS in handling.files.get(CATALOGUE, ())
    found = fates(handling.written, is_catalogued=is_catalogued)
    record = {
        "ctbone": __version__,
        "command": handling.command,
        "key": _key(site_key),
        "pseudonym_of_the_patient": _digest(found[Fate.PSEUDONYM], PSEUDONYM_DIGITS),
        "pseudonym_of_the_scanner": _digest(found[Fate.SCANNER], SCANNER_DIGITS),
        "uids": "kept" if handling.written.get("study_uid") is Fate.KEPT else "not written",
        "header_values": found,
        "other_header_values": "not read",
        "copied_into_dicom_objects": list(handling.copied),
        "files": listing(out, _keyed(handling.files, site_key), and_also=(PRIVACY,)),
        "counts": seen.counts(),
    }
    path = out / PRIVACY
    part = path.with_name(f"{PRIVACY}.part")
    part.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return part.replace(path)


def _key(site_key: Path | None) -> dict[str, Any]:
    if site_key is None:
        return {"kind": "random, of this folder alone", "kept_in": CATALOGUE}
    return {"kind": "given by the site", "kept_in": None}


def _digest(keywords: list[str], digits: int) -> dict[str, Any]:
    return {"made_by": f"HMAC-{HASH.upper()}", "hexadecimal_digits": digits, "of": keywords}


def _keyed(files: Kinds, site_key: Path | None) -> Kinds:
    """Return the kinds of files; the catalogue holds the key where no other was given."""
    if site_key is not None or CATALOGUE not in files:
        return files
    return {**files, CATALOGUE: (*files[CATALOGUE], Content.KEY)}
