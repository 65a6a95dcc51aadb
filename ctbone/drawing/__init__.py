"""How every figure of ctbone looks, and the flow chart that several of its pages show."""

from __future__ import annotations

from ctbone.drawing.figure import ACCENT, INK, QUIET, figure_text, new_figure, save_figure
from ctbone.drawing.flowchart import FlowChart, Step, draw_flow_chart, flow_chart_text

__all__ = [
    "ACCENT",
    "INK",
    "QUIET",
    "FlowChart",
    "Step",
    "draw_flow_chart",
    "figure_text",
    "flow_chart_text",
    "new_figure",
    "save_figure",
]
