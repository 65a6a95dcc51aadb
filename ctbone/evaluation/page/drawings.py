"""The figures of the page: what lies in the folder of figures, as SVG, by its name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType

from ctbone.pages import Block, Figure, Folded, Gallery

#: Of which kinds the page shows those by split as well: where a new site can differ most. The
#: others lie in the folder of figures, and would make the page long to print.
_BY_SPLIT = frozenset({"roc", "bland_altman", "t_score_bland_altman", "calibration"})

#: What the figures of each kind show; the group that they are of follows.
_CAPTIONS = MappingProxyType(
    {
        "confusion_matrix": "Patients by reference standard and index test",
        "roc": "Receiver operating characteristic of the score, by target",
        "bland_altman": "Differences of density against their mean",
        "density_scatter": "Density by index test and reference standard",
        "t_score_bland_altman": "Differences of T-score against their mean",
        "t_score_scatter": "T-score by index test and reference standard",
        "calibration": "Calibration of the probabilities",
        "decision_curve": "Net benefit of acting on the probabilities",
        "cutoffs": "Sensitivity and specificity at other cut-offs",
    }
)


def gallery(figures: Path, *kinds: str) -> Iterator[Block]:
    """Yield the figures of some kinds: those of all patients open, those of parts of them folded.

    Nothing comes where there is none.
    """
    first, rest = _found(figures, kinds)
    if first:
        yield Gallery(items=first)
    if rest:
        yield Folded(summary="The same by split", blocks=(Gallery(items=rest),))


def wide(figures: Path, *kinds: str) -> Iterator[Block]:
    """Yield figures of several panels, which take the width of the page."""
    first, rest = _found(figures, kinds)
    yield from first
    if rest:
        yield Folded(summary="The same by split", blocks=rest)


def single(figures: Path, name: str, caption: str) -> Iterator[Figure]:
    """Yield one figure by its name; nothing where it is not there."""
    path = figures / f"{name}.svg"
    if path.is_file():
        yield _figure(path, caption)


def _found(figures: Path, kinds: tuple[str, ...]) -> tuple[tuple[Figure, ...], tuple[Figure, ...]]:
    """Return the figures of all patients, and those of parts of them."""
    found = [(kind, path) for kind in kinds for path in sorted(figures.glob(f"{kind}_*.svg"))]
    first = [_shown(kind, path) for kind, path in found if path.stem == f"{kind}_all_patients"]
    others = [(k, path) for k, path in found if path.stem != f"{k}_all_patients"]
    return tuple(first), tuple(_shown(k, path) for k, path in others if k in _BY_SPLIT)


def _shown(kind: str, path: Path) -> Figure:
    group = path.stem.removeprefix(f"{kind}_").replace("_", " ")
    return _figure(path, f"{_CAPTIONS[kind]}: {group}")


def _figure(path: Path, caption: str) -> Figure:
    return Figure(svg=path.read_text(encoding="utf-8"), alt=caption, caption=f"{caption}.")
