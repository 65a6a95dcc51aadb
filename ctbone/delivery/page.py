"""The outcome of a screened study as one page to print, a PDF that names no patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from ctbone.delivery.case import Case
from ctbone.delivery.wording import CAVEAT, told
from ctbone.drawing import ACCENT, INK, QUIET, new_figure
from ctbone.version import __version__

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: A4, inches.
_WIDTH_IN, _HEIGHT_IN = 8.27, 11.69

#: Heights of the parts of the page, by their order, as shares.
_PARTS = (2.0, 1.2, 4.6, 2.1)

#: Columns of the table of levels, and how each is headed.
_COLUMNS = {
    "level": "level",
    "bmd_mg_cm3": "BMD, mg/cm3",
    "sd_mg_cm3": "SD, mg/cm3",
    "t_score": "expected DXA T-score",
    "trabecular_hu": "attenuation, HU",
    "trabecular_volume_mm3": "region, mm3",
}

TITLE = "Bone density from CT, opportunistic"


def draw_page(case: Case, *, picture: Path) -> bytes:
    """Return the page as PDF; the same case and picture give the same bytes.

    Args:
        case: The study and its outcome.
        picture: The quality-control picture, a PNG.
    """
    buffer = BytesIO()
    with new_figure(_WIDTH_IN, _HEIGHT_IN) as figure:
        _leave_margins(figure)
        words, table, image, foot = _axes(figure)
        words.set_title(TITLE, loc="left", fontsize=15)
        _write(words, [*told(case.outcome)], size=9.5)
        _tabulate(table, [cells for cells in case.levels if cells.get("evaluable") is True])
        with Image.open(picture) as file:
            image.imshow(file.convert("RGB"), interpolation="antialiased")
        _write(foot, [CAVEAT], size=9.5, colour=ACCENT)
        _write(foot, _made(case), size=6.0, colour=QUIET, top=0.6)
        figure.savefig(buffer, format="pdf", dpi=160, metadata=_metadata())
    return buffer.getvalue()


def _leave_margins(figure: Figure) -> None:
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure.set_layout_engine(ConstrainedLayoutEngine(rect=(0.06, 0.04, 0.88, 0.92)))


def _axes(figure: Figure) -> Sequence[Axes]:
    parts: Sequence[Axes] = figure.subplots(len(_PARTS), 1, height_ratios=_PARTS)
    for part in parts:
        part.set_axis_off()
    return parts


def _write(
    axes: Axes,
    sentences: Sequence[str],
    *,
    size: float,
    colour: str = INK,
    top: float = 1.0,
) -> None:
    from textwrap import fill

    columns = int(880 / size)
    text = "\n".join(fill(sentence, columns) for sentence in sentences)
    axes.text(
        0.0, top, text, va="top", fontsize=size, color=colour, linespacing=1.5, in_layout=False
    )


def _tabulate(axes: Axes, levels: Sequence[Mapping[str, object]]) -> None:
    held = [name for name in _COLUMNS if any(cells.get(name) is not None for cells in levels)]
    cells = [[_cell(row.get(name)) for name in held] for row in levels]
    table = axes.table(cells, colLabels=[_COLUMNS[name] for name in held], loc="upper center")
    table.scale(1.0, 1.4)
    for cell in table.get_celld().values():
        cell.set_edgecolor(QUIET)


def _cell(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value or "")


def _made(case: Case) -> Sequence[str]:
    digests = (f"sha256 of {name}: {digest}" for name, digest in case.digests.items())
    return (f"Study {case.name}", f"ctbone {__version__}", *digests)


def _metadata() -> dict[str, str | None]:
    # Without a time, so that the same page is the same file.
    return {"Title": TITLE, "Creator": f"ctbone {__version__}", "CreationDate": None}
