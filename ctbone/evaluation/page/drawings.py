"""The figures of the page: what lies in the folder of figures, as SVG, by its name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ctbone.pages import Figure, Gallery

#: What the figures of each kind show; the group that they are of follows.
_CAPTIONS = {
    "confusion_matrix": "Patients by reference standard and index test",
    "roc": "Receiver operating characteristic of the score, by target",
    "bland_altman": "Differences of density against their mean",
}


def gallery(figures: Path, kind: str) -> Iterator[Gallery]:
    """Yield every figure of a kind, beside each other; nothing where there is none."""
    found = sorted(figures.glob(f"{kind}_*.svg"))
    items = tuple(_figure(path, _caption(path.stem, kind)) for path in found)
    if items:
        yield Gallery(items=items)


def single(figures: Path, name: str, caption: str) -> Iterator[Figure]:
    """Yield one figure by its name; nothing where it is not there."""
    path = figures / f"{name}.svg"
    if path.is_file():
        yield _figure(path, caption)


def _figure(path: Path, caption: str) -> Figure:
    return Figure(svg=path.read_text(encoding="utf-8"), alt=caption, caption=f"{caption}.")


def _caption(stem: str, kind: str) -> str:
    group = stem.removeprefix(f"{kind}_").replace("_", " ")
    return f"{_CAPTIONS.get(kind, kind.replace('_', ' '))}: {group}"
