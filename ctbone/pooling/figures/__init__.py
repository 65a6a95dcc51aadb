"""The figures of a meta-analysis of diagnostic accuracy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ctbone.drawing import figure_text, new_figure, save_figure
from ctbone.pooling.analysis import Analysis
from ctbone.pooling.figures.boxplot import bivariate_box_plot
from ctbone.pooling.figures.fagan import fagan
from ctbone.pooling.figures.forest import forest
from ctbone.pooling.figures.funnel import funnel_plot
from ctbone.pooling.figures.influence import influence
from ctbone.pooling.figures.plates import Missing, Plate
from ctbone.pooling.figures.predictive import predictive
from ctbone.pooling.figures.scattergram import scattergram
from ctbone.pooling.figures.sroc import sroc
from ctbone.pooling.figures.subgroups import subgroups

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "Missing", "Plate", "draw", "file_name", "plate_text", "plates"]

#: The figures, by the start of their file names.
FIGURES = (
    "sroc",
    "forest",
    "fagan",
    "scattergram",
    "predictive",
    "funnel",
    "boxplot",
    "influence",
    "subgroups",
)


def draw(analysis: Analysis, out: Path, *, suffix: str = "") -> tuple[Path, ...]:
    """Draw every figure that the analysis carries; return the files, PNG and SVG of each.

    Args:
        analysis: What the figures show.
        out: Folder for the files.
        suffix: What sets the files of this target apart from those of others.
    """
    paths: list[Path] = []
    for plate in plates(analysis):
        if isinstance(plate, Plate):
            paths += save_plate(plate, out, file_name(plate, suffix))
    return tuple(paths)


def save_plate(plate: Plate, out: Path, name: str) -> tuple[Path, Path]:
    """Draw one figure; return its PNG and its SVG."""
    with _painted(plate) as figure:
        return save_figure(figure, out, name)


def plate_text(plate: Plate) -> str:
    """Draw one figure; return it as the text of an SVG file."""
    with _painted(plate) as figure:
        return figure_text(figure)


@contextmanager
def _painted(plate: Plate) -> Iterator[Figure]:
    with new_figure(*plate.size_in) as figure:
        _pad(figure)
        plate.paint(figure)
        yield figure


def _pad(figure: Figure) -> None:
    """Keep titles and legends off the edges, inches."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    if isinstance(engine := figure.get_layout_engine(), ConstrainedLayoutEngine):
        engine.set(w_pad=0.1, h_pad=0.1)


def file_name(plate: Plate, suffix: str) -> str:
    """Return the name of a figure's files, without their endings."""
    return f"{plate.name}_{suffix}" if suffix else plate.name


def plates(analysis: Analysis) -> tuple[Plate | Missing, ...]:
    """Return every figure, in the order of reading, and why one cannot be drawn."""
    return (
        *forest(analysis),
        sroc(analysis),
        scattergram(analysis),
        fagan(analysis),
        predictive(analysis),
        funnel_plot(analysis),
        bivariate_box_plot(analysis),
        influence(analysis),
        *subgroups(analysis),
    )
