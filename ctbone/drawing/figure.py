"""How every figure of ctbone looks, and the two files that each becomes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Ink, an accent and a quiet grey; the pair differs in lightness, so that print and colour-blind
#: readers tell them apart.
INK, ACCENT, QUIET = "#1b2a41", "#c8553d", "#9aa5b1"

#: Of a PNG file.
_DOTS_PER_INCH = 160

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    # Names are no formulas, whatever dollars they hold.
    "text.parse_math": False,
    # Text stays text, and two runs write the same bytes.
    "svg.fonttype": "none",
    "svg.hashsalt": "ctbone",
}


@contextmanager
def new_figure(width_in: float, height_in: float) -> Iterator[Figure]:
    """Give a figure in the common style, without a window or a global state."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        yield Figure(figsize=(width_in, height_in), layout="constrained")


def figure_text(figure: Figure) -> str:
    """Return a figure as the text of an SVG file, for a page that it becomes part of."""
    text = StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def save_figure(figure: Figure, out: Path, name: str) -> tuple[Path, Path]:
    """Write a figure as PNG and SVG; return both paths.

    A letter that the font lacks is a box in the PNG; the SVG keeps it as text.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out.mkdir(parents=True, exist_ok=True)
    png, svg = out / f"{name}.png", out / f"{name}.svg"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        # By the canvas: savefig draws once more before each file, to no end but tight margins.
        figure.set_dpi(_DOTS_PER_INCH)
        FigureCanvasAgg(figure).print_png(str(png))  # type: ignore[no-untyped-call]
        # Laid out once: it takes as long as drawing, and both files are then of one look.
        figure.set_layout_engine("none")
        FigureCanvasSVG(figure).print_svg(str(svg), metadata={"Date": None})  # type: ignore[no-untyped-call]
    return png, svg
