"""The figures of the overview, as SVG that stands inside the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from ctbone.drawing import INK, QUIET, FlowChart, figure_text, flow_chart_text, new_figure
from ctbone.pages import Figure
from ctbone.report.drift import Month

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

#: Width of a figure, height of a panel and of what stands around panels; inches.
_WIDTH_IN, _PANEL_IN, _AROUND_IN = 7.2, 0.85, 0.7

#: Height of a panel of drift, inches, and months from which on not every one is named.
_DRIFT_IN, _NAMED = 1.25, 12

#: Room around the points of a drift, as a share of what they span and in months, so that the frame
#: cuts none.
_ROOM, _ROOM_MONTHS = 0.12, 0.6

#: Fewest and most bars of a distribution.
_BINS = (20, 60)


def flow_figure(chart: FlowChart, *, alt: str) -> Figure:
    """Draw the way of studies through a run."""
    return Figure(svg=flow_chart_text(chart), alt=alt, caption=alt)


def distribution_figure(groups: Mapping[str, Sequence[float]], *, label: str, alt: str) -> Figure:
    """Draw how values are distributed, a panel a group on one axis.

    Args:
        groups: Values by group; none empty.
        label: Quantity and unit.
        alt: What the figure shows.
    """
    edges = _edges([value for values in groups.values() for value in values])
    with new_figure(_WIDTH_IN, _AROUND_IN + _PANEL_IN * len(groups)) as figure:
        panels = figure.subplots(len(groups), 1, sharex=True, squeeze=False)[:, 0]
        for axes, (name, values) in zip(panels, groups.items(), strict=True):
            axes.hist(values, bins=edges, color=INK, edgecolor="white", linewidth=0.5)
            axes.set_title(f"{name}, {len(values)}", loc="left", fontsize=8.5)
            axes.yaxis.get_major_locator().set_params(integer=True, nbins=3)
        panels[-1].set_xlabel(label)
        figure.supylabel("Studies", fontsize=9.0)
        return Figure(svg=figure_text(figure), alt=alt, caption=alt)


def drift_figure(months: Sequence[Month], *, label: str, alt: str) -> Figure:
    """Draw medians and quartiles by month, a panel a scanner on the same axes.

    Args:
        months: Of each scanner, in the order of time, none of an unknown month.
        label: Quantity and unit.
        alt: What the figure shows.
    """
    names = _calendar(months)
    scanners = [(name, list(part)) for name, part in groupby(months, lambda m: m.scanner)]
    with new_figure(_WIDTH_IN, _AROUND_IN + _DRIFT_IN * len(scanners)) as figure:
        panels = figure.subplots(len(scanners), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
        for axes, (name, part) in zip(panels, scanners, strict=True):
            _drift_panel(axes, part, names)
            axes.set_title(f"{name}, {sum(m.number for m in part)}", loc="left", fontsize=8.5)
        step = 1 + len(names) // _NAMED
        panels[-1].set_xticks(range(0, len(names), step), names[::step], rotation=35, ha="right")
        room = max(_ROOM_MONTHS, 0.01 * len(names))
        panels[-1].set_xlim(-room, len(names) - 1 + room)
        figure.supylabel(label, fontsize=9.0)
        return Figure(svg=figure_text(figure), alt=alt, caption=alt)


def _drift_panel(axes: Axes, months: Sequence[Month], names: Sequence[str]) -> None:
    places = [names.index(month.month) for month in months]
    axes.plot(places, [month.median for month in months], color=QUIET, lw=0.9, zorder=1)
    for x, month in zip(places, months, strict=True):
        axes.plot([x, x], [month.lower, month.upper], color=INK, lw=0.9, zorder=2)
        face = "white" if month.is_sparse else INK
        axes.plot([x], [month.median], "o", ms=4.5, mfc=face, mec=INK, mew=1.0, zorder=3)
    axes.margins(y=_ROOM)
    axes.grid(axis="y", color=QUIET, alpha=0.35, lw=0.6)


def _calendar(months: Sequence[Month]) -> list[str]:
    """Return every month from the first to the last: a gap in time is a gap in the figure."""
    known = np.array([month.month for month in months], dtype="datetime64[M]")
    return [str(month) for month in np.arange(known.min(), known.max() + 1)]


def _edges(values: Sequence[float]) -> NDArray[np.float64]:
    edges = np.histogram_bin_edges(values, bins="fd")
    few, most = _BINS
    return edges if few < edges.size <= most + 1 else np.histogram_bin_edges(values, bins=few)
