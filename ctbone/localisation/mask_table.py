"""``masks.csv``: which mask belongs to which image.

Its columns are

* ``series_uid``, or ``image``: the path of a NIfTI CT relative to the export;
* ``mask``: the path of a NIfTI label map, relative to the folder of ``masks.csv``;
* ``numbering``: ``verse``, ``totalsegmentator`` (version 2) or ``ctbone``;
* ``holds``, which may be left out: ``body`` where the labels hold vertebral bodies, ``vertebra``
  where they hold whole vertebrae. Left out, it is ``body`` for ctbone's own masks and ``vertebra``
  for the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ctbone.anatomy import Numbering
from ctbone.delimited import read_rows
from ctbone.ingest.nifti_header import nifti_digest, nifti_uid

Holds = Literal["body", "vertebra"]

#: Numbering and usual content of the schemes that a row can name. ctbone numbers as VerSe does.
_SCHEMES: Mapping[str, tuple[Numbering, Holds]] = {
    "verse": ("verse", "vertebra"),
    "totalsegmentator": ("totalsegmentator", "vertebra"),
    "ctbone": ("verse", "body"),
}


@dataclass(frozen=True, slots=True)
class MaskEntry:
    """One mask, and how to read it.

    Attributes:
        path: Where the label map lies.
        numbering: How it numbers the levels.
        holds: Whether its labels hold vertebral bodies or whole vertebrae.
    """

    path: Path
    numbering: Numbering
    holds: Holds


def read_masks(path: Path, *, images: Path) -> Mapping[str, MaskEntry]:
    """Read ``masks.csv``: the mask of each series, by SeriesInstanceUID.

    Args:
        path: The table.
        images: Folder that its column ``image`` is relative to.

    Raises:
        ValueError: If a row names no image or no mask, an unknown numbering or content, or an
            image that does not exist, or if two rows are of one series.
    """
    masks: dict[str, MaskEntry] = {}
    lines: dict[str, int] = {}
    for line, row in read_rows(path, required=("mask", "numbering")):
        where = f"{path.name}, line {line}"
        uid = _uid(row, images, where)
        masks[uid] = _entry(row, path.parent, where)
        if lines.setdefault(uid, line) != line:
            raise ValueError(f"{where}: expected a mask a series, that of line {lines[uid]} again")
    return masks


def _uid(row: Mapping[str, str], images: Path, where: str) -> str:
    """Return the SeriesInstanceUID of a row; that of a NIfTI file comes from its content."""
    if uid := row.get("series_uid"):
        return uid
    image = row.get("image")
    if not image or not (images / image).is_file():
        found = "neither" if not image else "an image that does not exist"
        raise ValueError(f"{where}: expected series_uid or image, found {found}")
    return nifti_uid(nifti_digest(images / image), "series")


def _entry(row: Mapping[str, str], folder: Path, where: str) -> MaskEntry:
    scheme = row["numbering"]
    if not row["mask"]:
        raise ValueError(f"{where}: expected the path of a mask, found none")
    if scheme not in _SCHEMES:
        raise ValueError(f"{where}: numbering must be one of {list(_SCHEMES)}, got {scheme!r}")
    numbering, usual = _SCHEMES[scheme]
    match row.get("holds") or usual:
        case "body":
            return MaskEntry(folder / row["mask"], numbering, "body")
        case "vertebra":
            return MaskEntry(folder / row["mask"], numbering, "vertebra")
        case other:
            raise ValueError(f"{where}: holds must be body or vertebra, got {other!r}")
