"""Figures that are files without a picture, for tests of which there are and where they lie."""

from contextlib import contextmanager
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG


@contextmanager
def blank_figures():
    """Write empty files where figures would be painted, which takes a third of a second each."""

    def png(canvas, path, **_):
        Path(path).write_bytes(b"")

    def svg(canvas, path, **_):
        Path(path).write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>')

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FigureCanvasAgg, "print_png", png)
        patch.setattr(FigureCanvasSVG, "print_svg", svg)
        yield
