"""Pictures of studies in the report: each checked, carried over and made small, once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from ctbone.report.folder import link_or_copy
from ctbone.report.studies import Study

#: Where they lie in the folder of a run, and in the report.
PICTURES, THUMBNAILS = "pictures", "thumbnails"

#: Width of a small picture, twice what it is shown with for fine screens; pixels.
_WIDTH = 240

#: More than any picture of ctbone has; a larger one could take all memory. Pixels.
_MOST_PIXELS = 30_000_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is to see of a study.

    Attributes:
        study_uid: Of the study.
        picture: File name of its picture; empty where it has none.
        note: Why it has none; empty where it has one, or none was drawn.
    """

    study_uid: str
    picture: str = ""
    note: str = ""

    @property
    def thumbnail(self) -> str:
        """File name of its small picture."""
        return f"{Path(self.picture).stem}.jpg" if self.picture else ""


def carry_pictures(
    studies: Iterable[Study], *, run: Path, out: Path, earlier: Path
) -> dict[str, Shown]:
    """Put the pictures of a run into its folder of the report, with a small one of each.

    A picture that is broken is a note. One that an earlier report had already is not made small
    once more.

    Args:
        studies: Of the run.
        run: Folder of the run.
        out: Its folder of the report.
        earlier: Its folder of the earlier report, if there is one.
    """
    for name in (PICTURES, THUMBNAILS):
        (out / name).mkdir(parents=True, exist_ok=True)
    carry = partial(_carry, run=run, out=out, earlier=earlier)
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as threads:
        return {shown.study_uid: shown for shown in threads.map(carry, studies)}


def _carry(study: Study, *, run: Path, out: Path, earlier: Path) -> Shown:
    name = f"{study.study_uid}.png"
    source = run / PICTURES / name
    # Pictures are named by UIDs; what is none could lead anywhere.
    if not study.is_named_soundly or not source.is_file():
        return Shown(study.study_uid)
    small = out / THUMBNAILS / f"{study.study_uid}.jpg"
    known = earlier / THUMBNAILS / small.name
    if known.is_file() and _is_same(earlier / PICTURES / name, source):
        link_or_copy(known, small)
    elif fault := _shrink(source, small):
        return Shown(study.study_uid, note=f"The picture {name} cannot be shown: {fault}.")
    link_or_copy(source, out / PICTURES / name)
    return Shown(study.study_uid, picture=name)


def _shrink(source: Path, small: Path) -> str:
    """Write a small picture; return what is wrong with the large one instead, if anything is."""
    try:
        with Image.open(source, formats=["PNG"]) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return f"it has {picture.width} x {picture.height} pixels"
            height = max(1, round(picture.height * _WIDTH / picture.width))
            reduced = picture.convert("RGB").resize((_WIDTH, height), Image.Resampling.BOX)
        reduced.save(small, quality=80)
    # Pillow tells broken files by all of these.
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return "it is no whole PNG"
    return ""


def _is_same(first: Path, second: Path) -> bool:
    try:
        one, other = first.stat(), second.stat()
    except OSError:
        return False
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)
