"""``masks.csv``: which mask belongs to which image.

Its columns are

* ``series_uid``, or ``image``: the path of a NIfTI CT relative to the export;
* ``mask``: the path of a NIfTI label map, relative to the folder of ``masks.csv``;
* ``numbering``: ``verse``, ``totalsegmentator`` (version 2, which may be said as
  ``totalsegmentator_v2``), ``totalsegmentator_v1``, ``monai``, ``nnunet`` or ``ctbone``;
* ``labels``, for ``nnunet`` alone: the path of the ``dataset.json`` that says what the numbers
  mean, relative to the folder of ``masks.csv``;
* ``holds``, which may be left out: ``body`` where the labels hold vertebral bodies, ``vertebra``
  where they hold whole vertebrae. Left out, it is ``body`` for ctbone's own masks and ``vertebra``
  for the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from ctbone.anatomy import LABELS, Numbering, VertebralLevel
from ctbone.delimited import read_rows
from ctbone.errors import UnreadableFile
from ctbone.ingest.nifti_header import nifti_digest, nifti_uid
from ctbone.localisation.masks.dataset_labels import read_dataset_labels

Holds = Literal["body", "vertebra"]

#: Numbering and usual content of the schemes that a row can name. ctbone numbers as VerSe does.
_SCHEMES: Mapping[str, tuple[Numbering, Holds]] = MappingProxyType(
    {name: (name, "vertebra") for name in LABELS} | {"ctbone": ("verse", "body")}
)


@dataclass(frozen=True, slots=True)
class MaskEntry:
    """One mask, and how to read it.

    Attributes:
        path: Where the label map lies.
        numbering: How it numbers the levels.
        holds: Whether its labels hold vertebral bodies or whole vertebrae.
        own_labels: What its numbers mean where ``numbering`` leaves that to the data set.

    Raises:
        ValueError: If a numbering without numbers of its own comes without them, or another with.
    """

    path: Path
    numbering: Numbering
    holds: Holds
    own_labels: Mapping[int, VertebralLevel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if bool(LABELS[self.numbering]) == bool(self.own_labels):
            raise ValueError(f"numbers of {self.numbering} must be known from one place")

    @property
    def levels(self) -> Mapping[int, VertebralLevel]:
        """Which level each label is."""
        return LABELS[self.numbering] or self.own_labels


def read_masks(path: Path, *, images: Path) -> Mapping[str, MaskEntry]:
    """Read ``masks.csv``: the mask of each series, by SeriesInstanceUID.

    A row whose image cannot be read is passed over: it names no series, and the study that the
    image should have been is rejected for what is wrong with it.

    Args:
        path: The table.
        images: Folder that its column ``image`` is relative to.

    Raises:
        ValueError: If a row names no image or no mask, an unknown numbering or content, or an
            image that does not exist, if two rows are of one series, or a ``dataset.json`` is
            absent, where nothing needs it, or not sound.
    """
    masks: dict[str, MaskEntry] = {}
    lines: dict[str, int] = {}
    for line, row in read_rows(path, required=("mask", "numbering")):
        where = f"{path.name}, line {line}"
        uid, entry = _uid(row, images, where), mask_entry(row, folder=path.parent, where=where)
        if uid is None:
            continue
        masks[uid] = entry
        if lines.setdefault(uid, line) != line:
            raise ValueError(f"{where}: expected a mask a series, that of line {lines[uid]} again")
    return masks


def _uid(row: Mapping[str, str], images: Path, where: str) -> str | None:
    """Return the SeriesInstanceUID of a row; that of a NIfTI file comes from its content.

    ``None`` where that cannot be read.
    """
    if uid := row.get("series_uid"):
        return uid
    image = row.get("image")
    if not image or not (images / image).is_file():
        found = "neither" if not image else "an image that does not exist"
        raise ValueError(f"{where}: expected series_uid or image, found {found}")
    try:
        return nifti_uid(nifti_digest(images / image), "series")
    except UnreadableFile:
        return None


def mask_entry(row: Mapping[str, str], *, folder: Path, where: str) -> MaskEntry:
    """Return the mask that a row speaks of.

    Args:
        row: Cells by column: ``mask`` and ``numbering``, perhaps ``labels`` and ``holds``.
        folder: What its paths are relative to.
        where: What messages call it.

    Raises:
        ValueError: If it names no mask, an unknown numbering or content, or a ``dataset.json``
            that is absent, where nothing needs it, or not sound.
    """
    scheme = row["numbering"]
    if not row["mask"]:
        raise ValueError(f"{where}: expected the path of a mask, found none")
    if scheme not in _SCHEMES:
        raise ValueError(f"{where}: numbering must be one of {list(_SCHEMES)}, got {scheme!r}")
    numbering, usual = _SCHEMES[scheme]
    own = _own_labels(row, numbering, folder, where)
    return MaskEntry(folder / row["mask"], numbering, _holds(row, usual, where), own)


def _own_labels(
    row: Mapping[str, str], numbering: Numbering, folder: Path, where: str
) -> Mapping[int, VertebralLevel]:
    given = row.get("labels")
    if bool(given) != (numbering == "nnunet"):
        found = f"{given!r} for {numbering}" if given else "none"
        raise ValueError(f"{where}: expected labels, a dataset.json, for nnunet alone, {found}")
    if not given:
        return {}
    try:
        return read_dataset_labels(folder / given)
    except ValueError as fault:
        raise ValueError(f"{where}: {fault}") from None


def _holds(row: Mapping[str, str], usual: Holds, where: str) -> Holds:
    match row.get("holds") or usual:
        case "body":
            return "body"
        case "vertebra":
            return "vertebra"
        case other:
            raise ValueError(f"{where}: holds must be body or vertebra, got {other!r}")
